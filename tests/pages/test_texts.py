"""What the pages say: each text in three languages with the same places in it, each used, each there."""

import re
import tomllib
from pathlib import Path
from string import Formatter

import pytest

from app.pages.sections import GROUPS, SECTIONS
from app.pages.texts import LANGUAGES, REFUSALS, accepted, refusal, text, texts
from graph.errors import Code
from graph.roles import ROLES
from graph.tiers import TIERS

PAGES = Path(__file__).parents[2] / "app" / "pages"
SOURCES = [*PAGES.rglob("*.html"), *PAGES.rglob("*.py")]
WHOLE = re.compile(r"""["']([a-z_]+\.[a-z0-9_]+)["'](?! ?~)""")
BEGINNING = re.compile(r"""["']([a-z_]+\.[a-z0-9_]*)["'] ~|f"([a-z_]+\.[a-z0-9_]*)\{""")
# What is put together of names that stand elsewhere.
MADE_OF = {
    *(f"{section.name}.title" for section in SECTIONS),
    *(f"layout.group_{group}" for group in GROUPS),
    *(f"role.{name}" for name in ROLES),
    *(f"plan.{name}" for name in TIERS),
}


def places(said: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(said) if name}


@pytest.mark.parametrize("key", sorted(texts()))
def test_every_text_has_three_languages(key: str) -> None:
    said = texts()[key]
    assert set(said) == set(LANGUAGES)
    assert all(each.strip() for each in said.values())
    assert len({frozenset(places(each)) for each in said.values()}) == 1


def test_every_text_that_is_used_is_there() -> None:
    found = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    named = set(re.findall(r"""\bt\(["']([a-z_]+\.[a-z0-9_]+)["'](?! ?~)""", found))
    assert len(named) > 20
    assert named | MADE_OF <= set(texts())


def test_every_text_is_used() -> None:
    found = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    named = set(WHOLE.findall(found)) | MADE_OF
    beginnings = tuple(one or other for one, other in BEGINNING.findall(found))
    assert [key for key in texts() if key not in named and not key.startswith(beginnings)] == []


@pytest.mark.parametrize("code", sorted(set(Code) - {Code.IDEMPOTENCY_KEY_REQUIRED}))
def test_every_error_is_told_in_every_language(code: Code) -> None:
    assert f"errors.{code}" in texts()


class TestRefusals:
    @pytest.mark.parametrize("said", tomllib.loads(REFUSALS.read_text())["refusal"], ids=lambda said: said["en"][:40])
    def test_each_has_three_languages(self, said: dict[str, str]) -> None:
        assert set(said) == set(LANGUAGES)
        assert len({frozenset(places(each)) for each in said.values()}) == 1
        example = said["en"].format_map(dict.fromkeys(places(said["en"]), "7"))
        assert refusal("en", example) == example
        assert refusal("ar", example) != example

    def test_values_stay(self) -> None:
        assert refusal("fr", "must have 1 to 100 characters, not only blanks") == (
            "doit avoir de 1 à 100 caractères, pas seulement des espaces"
        )

    def test_an_unknown_one_is_told_as_it_was(self) -> None:
        assert refusal("fr", "must be green") == "must be green"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "en"),
        ("fr-DZ,fr;q=0.9,ar;q=0.8", "fr"),
        ("en;q=0.3, ar", "ar"),
        ("ar;q=x", "ar"),
        (",;,", "en"),
    ],
)
def test_accepted(header: str, language: str) -> None:
    assert accepted(header) == language


def test_values_in_texts() -> None:
    assert text("en", "layout.share", share=81) == "81 % used"
