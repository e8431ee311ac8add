"""Facts that stand in the code, as pages tell them: `{{ name }}` in a sentence, `{{ name argument }}` for a table."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from typing import Final

from app.chain.idempotency import KEY_LENGTH
from app.chain.limits import PUBLIC_SHARE
from app.chain.outdating import LIFETIME
from app.chain.request import BODY_LIMIT
from app.pages.docs import contract
from app.pages.docs.contents import FOLDER
from app.pages.docs.words import word
from app.pages.texts import Language, text
from app.settings import Settings
from app.web.tag import tag
from db.cleaning import EVENTS_KEPT
from db.ledger import LIFETIME as ANSWERS_KEPT
from graph import documents, scopes, tries
from graph.api_keys import ACTIVE_MAXIMUM
from graph.costs import COST_UNIT, MAXIMUM_COST
from graph.errors import Code
from graph.events import EVENTS
from graph.geography import wilayas
from graph.order_states import TRANSITIONS
from graph.pricing import ITEMS_MAXIMUM
from graph.product_forms import IMAGES_MAXIMUM
from graph.rules import METADATA_MEMBERS
from graph.signatures import TOLERANCE
from graph.sources import DEFAULT_LIMIT, MAXIMUM_LIMIT
from graph.tiers import TEST_REQUESTS_PER_MONTH, TIERS
from graph.tracking import OBJECT_BYTES
from graph.webhook_queue import DEAD_AFTER, LONGEST_WISH, SCHEDULE
from graph.webhooks import GRACE_MAXIMUM, WEBHOOKS_MAXIMUM
from rest_compat.status import STATUS

DIRECTIVE: Final = re.compile(r"\{\{ ([a-z_]+)((?: [\w:-]+)*) \}\}")
TIER_NAMES: Final = {"free": "Free", "pro": "Pro", "pro_plus": "Pro + API", "enterprise": "Enterprise"}


def expanded(markdown: str, language: Language) -> str:
    """Return a page's Markdown with every fact in its place.

    Raises:
        KeyError: it names a fact that there isn't.
    """

    def put(found: re.Match[str]) -> str:
        name, arguments = found[1], found[2].split()
        if name in numbers():
            return numbers()[name]
        return TABLES[name](language, *arguments)

    return DIRECTIVE.sub(put, markdown)


@lru_cache(maxsize=1)
def numbers() -> dict[str, str]:
    """Return what a sentence can name."""
    track_address, track_phone = tries.LIMITS["order_track"]
    place_address, place_phone = tries.LIMITS["order_place"]
    settings = {name: field.default for name, field in Settings.model_fields.items()}
    counted = {
        "list_default": DEFAULT_LIMIT,
        "list_maximum": MAXIMUM_LIMIT,
        "cache_seconds": LIFETIME,
        "idempotency_key_length": KEY_LENGTH,
        "kept_hours": int(ANSWERS_KEPT.split()[0]),
        "events_days": int(EVENTS_KEPT.split()[0]),
        "public_share": PUBLIC_SHARE,
        "body_limit_kib": BODY_LIMIT // 1024,
        "tolerance": TOLERANCE,
        "webhook_timeout": int(Settings.model_fields["webhook_timeout"].default),
        "webhooks_maximum": WEBHOOKS_MAXIMUM,
        "webhook_attempts": len(SCHEDULE) + 1,
        "webhook_dead_after": DEAD_AFTER,
        "webhook_wish_hours": int(LONGEST_WISH.total_seconds()) // 3600,
        "grace_seconds": GRACE_MAXIMUM,
        "keys_maximum": ACTIVE_MAXIMUM,
        "items_maximum": ITEMS_MAXIMUM,
        "images_maximum": IMAGES_MAXIMUM,
        "metadata_members": METADATA_MEMBERS,
        "properties_kib": OBJECT_BYTES // 1024,
        "test_requests": TEST_REQUESTS_PER_MONTH,
        "public_per_address": settings["public_per_address_per_minute"],
        "strangers_per_address": settings["unauthenticated_per_minute"],
        "cost_maximum": MAXIMUM_COST,
        "cost_unit": COST_UNIT,
        "wilayas": len(wilayas()),
        "communes": sum(len(each.communes) for each in wilayas()),
        "track_address": track_address.most,
        "track_phone": track_phone.most,
        "place_address": place_address.most,
        "place_phone": place_phone.most,
        "tag_most": int(_told_by_tag("MOST")),
    }
    return {name: f"{value:,}" for name, value in counted.items()}


def _told_by_tag(name: str) -> str:
    """Return a number that stands in `/dz.js`."""
    found = re.search(rf"\b{name} = (\d+)", tag().plain.decode())
    if found is None:
        raise KeyError(name)
    return found[1]


def codes(language: Language) -> str:
    """Return the table of error codes."""
    rows = [f"| `code` | HTTP | {word('head_when', language)} |", "|---|---|---|"]
    rows += [f"| `{code}` | {STATUS[code]} | {word(f'error_{code}', language)} |" for code in Code]
    return "\n".join(rows)


def scopes_of(language: Language, key_type: str) -> str:
    """Return the scopes of one type of key."""
    rows = [f"| {word('head_scope', language)} | {word('head_default', language)} | {word('head_allows', language)} |"]
    rows.append("|---|---|---|")
    for scope in scopes.SCOPES:
        if scope.key_type == key_type:
            default = word("yes" if scope.default else "no", language)
            told = scope.allows if language == "en" else text(language, f"scope.{scope.name.replace(':', '_')}")
            rows.append(f"| `{scope.name}` | {default} | {told} |")
    return "\n".join(rows)


def tiers(language: Language) -> str:
    """Return the plans and what they have."""
    heads = [word(f"head_{name}", language) for name in ("plan", "minute", "month", "signups", "webhooks")]
    rows = [f"| {' | '.join(heads)} |", "|---|---:|---:|---:|---:|"]
    for tier, limits in TIERS.items():
        counts = (
            limits.requests_per_minute,
            limits.requests_per_month,
            limits.signups_per_month,
            limits.webhooks_per_month,
        )
        shown = [word("unlimited", language) if count < 0 else f"{count:,}" for count in counts]
        rows.append(f"| {TIER_NAMES[tier]} (`{tier}`) | {' | '.join(shown)} |")
    return "\n".join(rows)


def events(language: Language) -> str:
    """Return the events that webhooks and the event log tell of."""
    rows = [f"| {word('head_event', language)} | `data` | {word('head_fires', language)} |", "|---|---|---|"]
    for name, members in EVENTS.items():
        told = word("event_" + name.replace(".", "_"), language)
        rows.append(f"| `{name}` | {', '.join(f'`{member}`' for member in members)} | {told} |")
    return "\n".join(rows)


def transitions(language: Language) -> str:
    """Return which status of an order follows which."""
    rows = [f"| {word('head_status', language)} | {word('head_next', language)} |", "|---|---|"]
    for status, after in TRANSITIONS.items():
        told = ", ".join(f"`{each}`" for each in after) or word("final", language)
        rows.append(f"| `{status}` | {told} |")
    return "\n".join(rows)


def schedule(language: Language) -> str:
    """Return the pauses between the attempts of a delivery, as a sentence has them."""
    return ", ".join(_span(pause, language) for pause in SCHEDULE)


def _span(span: timedelta, language: Language) -> str:
    minutes = int(span.total_seconds()) // 60
    if minutes >= 60:
        return f"{minutes // 60} {word('unit_hours', language)}"
    return f"{minutes} {word('unit_minutes', language)}"


def document_limits(language: Language) -> str:
    """Return what a GraphQL document may have."""
    rows = [f"| {word('head_limit', language)} | {word('head_most', language)} |", "|---|---:|"]
    rows += [f"| {name} | {most:,} |" for name, most in documents.LIMITS.items()]
    rows.append(f"| cost | {MAXIMUM_COST:,} |")
    return "\n".join(rows)


def way_to_keys(language: Language) -> str:
    """Return where keys are made, by the names that the dashboard has for its parts."""
    parts = ("home.dashboard", "layout.group_settings", "keys.title", "keys.generate")
    arrow = " ← " if language == "ar" else " → "
    return arrow.join(text(language, part) for part in parts)


def changelog(_: Language) -> str:
    """Return what the changelog has below its title; an installation without the repository has none."""
    path = FOLDER.parent / "CHANGELOG.md"
    if not path.is_file():
        return "This installation came without its changelog: it is `CHANGELOG.md` in the repository."
    return path.read_text(encoding="utf-8").partition("\n")[2].strip()


TABLES: Final[dict[str, Callable[..., str]]] = {
    "codes": codes,
    "scopes": scopes_of,
    "tiers": tiers,
    "events": events,
    "transitions": transitions,
    "schedule": schedule,
    "document_limits": document_limits,
    "changelog": changelog,
    "way_to_keys": way_to_keys,
    "operations": lambda _, *tag: contract.table_of(" ".join(tag)),
    "operation": lambda _, name: contract.told(name),
    "example": lambda _, name, *which: contract.example(name, *which),
    "fields": lambda _, schema: contract.fields(schema),
}
