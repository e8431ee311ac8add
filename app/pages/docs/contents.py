"""Which pages the documentation has, and in which order: the one table that navigation, links and tests read."""

from pathlib import Path
from typing import Final, NamedTuple

from app.pages.texts import Language

FOLDER: Final = Path(__file__).resolve().parents[3] / "docs"
PATH: Final = "/api-docs"
FIRST: Final = "intro"
# The address that examples are written with; a reader sees that of the server that shows them.
ADDRESS: Final = "https://api.dzbuild.app"


class Section(NamedTuple):
    """Pages that stand together in the navigation. Names of both are texts (`docs.section_…`, `docs.nav_…`)."""

    name: str
    pages: tuple[str, ...]


SECTIONS: Final = (
    Section("start", ("intro", "authentication", "testing", "going-live")),
    Section("basics", ("errors", "idempotency", "pagination", "rate-limits")),
    Section(
        "resources",
        (
            "store",
            "products",
            "categories",
            "orders",
            "customers",
            "landing-pages",
            "delivery",
            "keys",
            "usage",
        ),
    ),
    Section("happenings", ("webhooks", "verifying-signatures", "event-log")),
    Section("pages", ("tag", "signups", "events", "storefront")),
    Section("more", ("graphql", "versioning", "not-in-v1", "changelog")),
)
PAGES: Final = tuple(page for section in SECTIONS for page in section.pages)


def neighbours(page: str) -> tuple[str | None, str | None]:
    """Return the page before one, and the one after it."""
    place = PAGES.index(page)
    return (PAGES[place - 1] if place else None, PAGES[place + 1] if place + 1 < len(PAGES) else None)


def source(page: str, language: Language) -> Path | None:
    """Return the file of a page in a language, None where it isn't translated."""
    path = FOLDER / language / f"{page}.md"
    return path if path.is_file() else None
