"""The search, as the server does it; tests/browser compares what the page finds with it."""

import httpx
import pytest

from app.pages.docs import search
from app.pages.docs.contents import PATH
from app.pages.texts import LANGUAGES, Language
from tests.conftest import Instance


@pytest.mark.parametrize(
    ("query", "language", "page"),
    [
        ("idempotency", "en", "idempotency"),
        ("IDEMPOTENCY", "en", "idempotency"),
        ("rotate secret", "en", "keys"),
        ("rate limit", "en", "rate-limits"),
        ("wilaya", "en", "delivery"),
        ("clé publique", "fr", "authentication"),
        ("cle publique", "fr", "authentication"),
        ("démarrage", "fr", "intro"),
        ("commandes", "fr", "orders"),
        ("التوقيعات", "ar", "verifying-signatures"),
        ("المصادقة", "ar", "authentication"),
        ("المصادقه", "ar", "authentication"),
        ("الطَّلَبِيّات", "ar", "orders"),
    ],
)
def test_finds(query: str, language: Language, page: str) -> None:
    assert (
        page
        in [each.entry.path.partition("#")[0].removeprefix(f"{PATH}/") for each in search.find(query, language)][:3]
    )


@pytest.mark.parametrize("query", ["", "   ", "zzzzzz", "idempotency zzzzz", "\0", "\ud800", "(" * 500])
def test_finds_nothing(query: str) -> None:
    for language in LANGUAGES:
        assert search.find(query, language) == []


@pytest.mark.slow
class TestPage:
    def test_found(self, instance: Instance) -> None:
        text = httpx.get(f"{instance.base_url}{PATH}/search", params={"q": "webhook", "lang": "fr"}).text
        assert f'href="{PATH}/webhooks"' in text
        assert "résultats pour «\u202fwebhook\u202f»" in text.replace("\u00a0", "\u202f")

    def test_nothing_found(self, instance: Instance) -> None:
        text = httpx.get(f"{instance.base_url}{PATH}/search", params={"q": "<script>alert(1)</script>"}).text
        assert "Nothing found" in text
        assert "<script>alert" not in text

    def test_nothing_asked(self, instance: Instance) -> None:
        assert httpx.get(f"{instance.base_url}{PATH}/search").status_code == 200
