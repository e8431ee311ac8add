"""The page at `/graphql`, as a person meets it."""

import gzip
import json
import re

import brotli
import httpx
import pytest

from app.web.static import FOLDER, VENDORED, files
from tests.browser.conftest import PageOpener, Tab
from tests.conftest import Instance

pytestmark = pytest.mark.slow

# Those that our own may stand beside.
LICENCES = ("MIT License", "SIL Open Font License", "Zero-Clause BSD")
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


def run(tab: Tab) -> str:
    """Run the query in the editor, and return what is said of its cost."""
    tab.get_by_label("Execute query").click()
    said = tab.locator("#cost")
    said.filter(has_text=re.compile(r"\d+ ms")).wait_for()
    return said.inner_text()


def answer(tab: Tab) -> dict:
    return json.loads(tab.evaluate("document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()"))


def write(tab: Tab, editor: str, text: str) -> None:
    """Put text into an editor. GraphiQL takes a moment to learn an operation's name, so a query keeps the first one."""
    tab.evaluate(
        "([editor, text]) => document.querySelector(`${editor} .CodeMirror`).CodeMirror.setValue(text)", [editor, text]
    )


class TestDemo:
    def test_runs_a_query_at_once(self, open_page: PageOpener, demo: str) -> None:
        tab = open_page(f"{demo}/graphql")
        assert re.fullmatch(
            r"Cost 7 of 10,000 · counts as 1 request · (read anew|from the cache) · [\d,]+ left this minute · \d+ ms",
            run(tab),
        )
        assert len(answer(tab)["data"]["products"]["nodes"]) == 5
        assert tab.title() == "GraphQL – DZBuild API"
        assert tab.locator("html").get_attribute("lang") == "en"

    def test_shows_the_schema(self, open_page: PageOpener, demo: str) -> None:
        tab = open_page(f"{demo}/graphql")
        tab.get_by_label("Show Documentation Explorer").click()
        tab.get_by_role("link", name="Query", exact=True).click()
        tab.get_by_text("products").first.wait_for()

    def test_a_mutation_needs_no_key_of_its_own(self, open_page: PageOpener, demo: str) -> None:
        tab = open_page(f"{demo}/graphql")
        tab.get_by_label("Execute query").wait_for()
        text = 'mutation FirstProducts { productCreate(input: {name: "من الصفحة", price: 5}) { product { name } } }'
        write(tab, ".graphiql-query-editor", text)
        assert run(tab).startswith("Cost 12 of 10,000")
        assert answer(tab)["data"] == {"productCreate": {"product": {"name": "من الصفحة"}}}

    def test_a_dear_one_counts_more(self, open_page: PageOpener, demo: str) -> None:
        tab = open_page(f"{demo}/graphql")
        tab.get_by_label("Execute query").wait_for()
        write(
            tab, ".graphiql-query-editor", "query FirstProducts { products(first: 200) { nodes { images { url } } } }"
        )
        assert run(tab).startswith("Cost 2,201 of 10,000 · counts as 3 requests")

    def test_an_error_is_shown(self, open_page: PageOpener, demo: str) -> None:
        tab = open_page(f"{demo}/graphql")
        tab.get_by_label("Execute query").wait_for()
        write(tab, ".graphiql-query-editor", 'query FirstProducts { product(id: "0") { name } }')
        run(tab)
        assert answer(tab)["errors"][0]["extensions"]["code"] == "not_found"

    def test_on_a_phone(self, open_page: PageOpener, demo: str) -> None:
        tab = open_page(f"{demo}/graphql", width=375, height=667, has_touch=True)
        run(tab)
        assert len(answer(tab)["data"]["products"]["nodes"]) == 5
        assert tab.evaluate("document.documentElement.scrollWidth") <= 375
        for part in (".graphiql-query-editor", ".result-window"):
            assert tab.locator(part).bounding_box()["width"] > 200

    def test_in_the_dark(self, open_page: PageOpener, demo: str) -> None:
        run(open_page(f"{demo}/graphql", color_scheme="dark"))


class TestElsewhere:
    def test_asks_for_a_key(self, open_page: PageOpener, instance: Instance) -> None:
        tab = open_page(f"{instance.base_url}/graphql")
        tab.get_by_label("Execute query").click()
        tab.get_by_text("Put your key in place of YOUR_KEY").first.wait_for()
        assert [url for url in tab.asked if url.endswith("/graphql")] == [f"{instance.base_url}/graphql"]
        headers = json.dumps({"Authorization": f"Bearer {instance.members['platform_key']}"})
        write(tab, ".graphiql-editor-tool .graphiql-editor:not(.hidden)", headers)
        assert run(tab).startswith("Cost 7 of 10,000")

    def test_gives_no_key_away(self, instance: Instance, demo: str) -> None:
        for base_url, headers, has_key in (
            (instance.base_url, {}, False),
            (demo, {}, True),
            (demo, {"Host": "localhost:1"}, True),
            (demo, {"Host": "rebound.example"}, False),
            (demo, {"Host": ""}, False),
        ):
            response = httpx.get(f"{base_url}/graphql", headers={"Accept": BROWSER, **headers})
            assert response.status_code in {200, 400}
            assert (instance.members["platform_key"] in response.text) is has_key


class TestHttp:
    def test_headers(self, instance: Instance) -> None:
        response = httpx.get(f"{instance.base_url}/graphql", headers={"Accept": BROWSER})
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert response.headers["cache-control"] == "no-store"
        assert "script-src 'self';" in response.headers["content-security-policy"]
        assert "unsafe" not in response.headers["content-security-policy"]
        assert "x-request-id" in response.headers

    @pytest.mark.parametrize(
        ("accept", "query"),
        [
            ("application/json", ""),
            ("*/*", ""),
            (BROWSER, "?query={__typename}"),
            ("application/json, text/html;q=0.5", ""),
        ],
    )
    def test_whoever_asks_for_data_gets_data(self, instance: Instance, accept: str, query: str) -> None:
        response = httpx.get(f"{instance.base_url}/graphql{query}", headers={"Accept": accept})
        assert response.status_code == 401
        assert response.json()["errors"]

    def test_files(self, instance: Instance) -> None:
        page = httpx.get(f"{instance.base_url}/graphql", headers={"Accept": BROWSER}).text
        named = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
        assert len(named) == 6
        for path in named:
            plain = httpx.get(instance.base_url + path, headers={"Accept-Encoding": "identity"})
            assert plain.status_code == 200
            assert "content-encoding" not in plain.headers
            assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
            with httpx.stream(
                "GET", instance.base_url + path, headers={"Accept-Encoding": "gzip, deflate, br, zstd"}
            ) as compressed:
                raw = b"".join(compressed.iter_raw())
            decoded = {"gzip": gzip.decompress, "br": brotli.decompress}[compressed.headers["content-encoding"]](raw)
            assert decoded == plain.content
            assert len(raw) < len(decoded)

    @pytest.mark.parametrize(
        "path",
        ["/static/try.js", "/static/try.0000000000000000.js", "/static/..%2fvendored.json", "/static/", "/static/%00"],
    )
    def test_no_other_file(self, instance: Instance, path: str) -> None:
        response = httpx.get(instance.base_url + path)
        assert response.status_code == 404
        assert response.json()["error"]["code"] == "not_found"


class TestVendored:
    def test_both_forms_are_of_one_file(self) -> None:
        for path in VENDORED.glob("*.gz"):
            assert brotli.decompress(path.with_suffix(".br").read_bytes()) == gzip.decompress(path.read_bytes())

    def test_each_has_its_licence(self) -> None:
        pinned = json.loads((FOLDER.parent / "vendored.json").read_text())
        wanted = set()
        for members in pinned.values():
            names = {*members["files"].values(), *members.get("licence", {})}
            (licence,) = [name for name in names if name.endswith(".LICENSE")]
            assert any(known in (VENDORED / licence).read_text() for known in LICENCES), licence
            wanted |= names - {licence}
        own = {path.name for path in FOLDER.glob("*.*")}
        assert set(files()) == wanted | own
