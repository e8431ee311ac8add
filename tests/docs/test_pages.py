"""The pages: each in every language, its links, its facts, and what a browser is told with it."""

from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser

import httpx
import pytest

from app.pages.docs import facts
from app.pages.docs.contents import PAGES, PATH, SECTIONS, source
from app.pages.docs.library import page
from app.pages.docs.words import word
from app.pages.texts import LANGUAGES, Language
from graph.errors import Code
from graph.events import EVENTS
from graph.scopes import SCOPES
from tests.conftest import Instance

pytestmark = pytest.mark.slow

EVERY = [(name, language) for name in PAGES for language in LANGUAGES]
# Addresses besides pages that a link leads to, once they have been found to be there.
# The home page has tests of its own.
CHECKED = {"/"}
# Sites of others, which no test asks.
OTHERS = {
    "https://www.standardwebhooks.com",
    "https://schemathesis.readthedocs.io",
    "https://keepachangelog.com",
    "https://semver.org",
}
TRANSLATED = {"intro", "authentication", "webhooks"}


class Reading(HTMLParser):
    """What a page leads to, loads, and can be led to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.append((name, value or ""))
            if name == "id":
                assert value not in self.anchors, f"two elements are called {value}"
                self.anchors.add(value or "")
            if name == "href" and tag == "a":
                self.links.append(value or "")


@pytest.fixture(scope="module")
def client(instance: Instance) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=instance.base_url, timeout=30) as made:
        yield made


@pytest.fixture(scope="module")
def readings(client: httpx.Client) -> dict[tuple[str, str], Reading]:
    """Every page in every language, as it is served."""
    found = {}
    for name, language in EVERY:
        answer = client.get(f"{PATH}/{name}", params={"lang": language})
        assert answer.status_code == 200, (name, language, answer.text[:500])
        assert not facts.DIRECTIVE.search(answer.text)
        found[name, language] = Reading(answer.text)
    return found


class TestPages:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_speaks_its_language(self, language: Language, readings: dict[tuple[str, str], Reading]) -> None:
        for name in PAGES:
            reading = readings[name, language]
            assert ("lang", language) in reading.attributes
            assert ("dir", "rtl" if language == "ar" else "ltr") in reading.attributes
            assert reading.tags.count("h1") == 1
            assert "style" not in reading.tags
            assert "style" not in {attribute for attribute, _ in reading.attributes}

    @pytest.mark.parametrize("name", PAGES)
    def test_every_link_leads_somewhere(
        self, name: str, readings: dict[tuple[str, str], Reading], client: httpx.Client
    ) -> None:
        elsewhere = set()
        for language in LANGUAGES:
            for link in readings[name, language].links:
                address, _, anchor = link.partition("#")
                target = address.removeprefix(f"{PATH}/") or name
                if (target, language) in readings:
                    assert not anchor or anchor in readings[target, language].anchors, (language, link)
                else:
                    assert not anchor, (language, link)
                    elsewhere.add(address)
        for address in elsewhere - OTHERS - CHECKED:
            assert client.get(address, headers={"Accept": "text/html"}).status_code in {200, 303}, address
            CHECKED.add(address)

    def test_translations_are_whole(self) -> None:
        for language in ("fr", "ar"):
            assert {name for name in PAGES if source(name, language)} == TRANSLATED
            for name in TRANSLATED:
                original, translation = page(name, "en"), page(name, language)
                assert original is not None
                assert translation is not None
                levels = [each.level for each in translation.rendered.headings]
                assert levels == [each.level for each in original.rendered.headings][: len(levels)]
                shown = {each.anchor for each in translation.rendered.headings}
                assert shown <= {each.anchor for each in original.rendered.headings}

    def test_one_that_is_not_translated_says_so(self, client: httpx.Client) -> None:
        for language in ("fr", "ar"):
            note = word("not_translated", language)
            assert note in unescape(client.get(f"{PATH}/orders?lang={language}").text)
            assert note not in unescape(client.get(f"{PATH}/intro?lang={language}").text)

    def test_every_file_is_a_page(self) -> None:
        for language in LANGUAGES:
            files = {path.stem for path in source("intro", "en").parents[1].joinpath(language).glob("*.md")}  # type: ignore[union-attr]
            assert files <= set(PAGES)
        assert all(source(name, "en") for name in PAGES)

    def test_small_enough(self, client: httpx.Client) -> None:
        for name in PAGES:
            with client.stream("GET", f"{PATH}/{name}", headers={"Accept-Encoding": "gzip"}) as answer:
                assert answer.headers["content-encoding"] == "gzip"
                assert len(b"".join(answer.iter_raw())) < 50_000

    def test_one_that_is_not_there_leads_on(self, client: httpx.Client) -> None:
        answer = client.get(f"{PATH}/rate_limit?lang=fr")
        assert answer.status_code == 404
        assert word("missing", "fr") in unescape(answer.text)
        links = Reading(answer.text).links
        assert f"{PATH}/rate-limits" in {link.partition("#")[0] for link in links}
        assert f"{PATH}/webhooks" in links

    def test_answers_are_told_from_requests(self, client: httpx.Client) -> None:
        text = client.get(f"{PATH}/intro?lang=en").text
        assert text.count(f"<bdi>{word('answer', 'en')}</bdi>") == 3
        assert f"<bdi>{word('answer_excerpt', 'en')}</bdi>" in client.get(f"{PATH}/delivery?lang=en").text

    @pytest.mark.parametrize("path", ["nope", "intro.html", "intro.md.md", "..%2fintro", "search/en", "search/de.json"])
    def test_no_other_page(self, path: str, client: httpx.Client) -> None:
        assert client.get(f"{PATH}/{path}").status_code == 404


class TestFacts:
    def test_all_are_told_in_every_language(self) -> None:
        for language in LANGUAGES:
            codes, events = facts.codes(language), facts.events(language)
            assert all(f"`{code}`" in codes for code in Code)
            assert all(f"`{name}`" in events for name in EVENTS)
            for scope in SCOPES:
                assert f"`{scope.name}`" in facts.scopes_of(language, scope.key_type)

    def test_each_error_has_its_causes_and_fixes(self) -> None:
        errors = page("errors", "en")
        assert errors is not None
        told = [each.title for each in errors.rendered.headings if each.level == 3]
        assert told == [code.value for code in Code]
        passages = {each.title: each.text for each in errors.rendered.passages}
        assert [code for code in told if len(passages[code]) < 60] == []

    def test_each_is_used(self) -> None:
        text = "".join(
            path.read_text(encoding="utf-8")
            for path in source("intro", "en").parent.glob("*.md")  # type: ignore[union-attr]
        )
        used = {found[1] for found in facts.DIRECTIVE.finditer(text)}
        assert set(facts.numbers()) | set(facts.TABLES) == used


class TestHttp:
    def test_headers(self, client: httpx.Client) -> None:
        answer = client.get(f"{PATH}/intro")
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        again = client.get(f"{PATH}/intro", headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        plain = client.get(f"{PATH}/intro", headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert (plain.text, plain.headers["etag"]) == (answer.text, answer.headers["etag"])
        other = client.get(f"{PATH}/intro?lang=ar", headers={"If-None-Match": answer.headers["etag"]})
        assert other.status_code == 200

    def test_the_beginning(self, client: httpx.Client) -> None:
        for path in (PATH, f"{PATH}/"):
            assert client.get(path).headers["location"] == f"{PATH}/intro"

    def test_language(self, client: httpx.Client) -> None:
        title = {language: word("nav_intro", language) for language in LANGUAGES}
        for headers, language in (
            ({"Accept-Language": "fr-DZ,fr;q=0.9"}, "fr"),
            ({"Cookie": "language=ar", "Accept-Language": "fr"}, "ar"),
            ({"Accept-Language": "de"}, "en"),
        ):
            assert f"<h1>{title[language]}</h1>" in client.get(f"{PATH}/intro", headers=headers).text

    def test_examples_name_this_server(self, client: httpx.Client, instance: Instance) -> None:
        for path in ("intro", "intro.md"):
            text = client.get(f"{PATH}/{path}").text
            assert f"{instance.base_url}/v1/whoami" in text
            assert "api.dzbuild.app" not in text

    def test_a_host_that_is_none_stays_text(self, client: httpx.Client) -> None:
        text = client.get(f"{PATH}/intro", headers={"Host": 'x"><script>alert(1)</script>'}).text
        assert "<script>alert" not in text

    def test_sections_have_every_page_once(self) -> None:
        assert sorted(PAGES) == sorted({name for section in SECTIONS for name in section.pages})
