"""What is there to download: plain Markdown, the contract, the schema, a Postman collection, texts for programs."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from app.pages.docs.contents import PAGES, PATH
from app.pages.docs.contract import operations
from app.pages.docs.facts import DIRECTIVE
from tests.conftest import Instance

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def client(instance: Instance) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=instance.base_url, timeout=30) as made:
        yield made


class TestMarkdown:
    @pytest.mark.parametrize("name", PAGES)
    def test_is_plain(self, name: str, client: httpx.Client) -> None:
        answer = client.get(f"{PATH}/{name}.md")
        assert answer.headers["content-type"].startswith("text/markdown")
        assert answer.text.startswith("# ")
        assert not re.search(r"^```\w+ ", answer.text, re.MULTILINE)
        assert not DIRECTIVE.search(answer.text)

    def test_in_another_language(self, client: httpx.Client) -> None:
        assert client.get(f"{PATH}/intro.md?lang=ar").text.startswith("# بداية سريعة")


class TestTexts:
    def test_llms(self, client: httpx.Client, instance: Instance) -> None:
        text = client.get("/llms.txt").text
        assert text.startswith("# DZBuild API\n\n> ")
        links = re.findall(r"\]\((.+?)\)", text)
        assert [f"{instance.base_url}{PATH}/{name}.md" for name in PAGES] == links[: len(PAGES)]
        assert all(client.get(link).status_code == 200 for link in links)

    def test_llms_full(self, client: httpx.Client) -> None:
        text = client.get("/llms-full.txt").text
        for name in PAGES:
            assert client.get(f"{PATH}/{name}.md").text.splitlines()[0] in text


class TestContract:
    def test_openapi(self, client: httpx.Client) -> None:
        answer = client.get(f"{PATH}/openapi.yaml")
        assert answer.text == (ROOT / "openapi.yaml").read_text(encoding="utf-8")
        assert yaml.safe_load(answer.text)["openapi"] == "3.1.0"

    def test_schema(self, client: httpx.Client) -> None:
        assert client.get(f"{PATH}/schema.graphql").text == (ROOT / "schema.graphql").read_text(encoding="utf-8")

    def test_kept(self, client: httpx.Client) -> None:
        for name in ("openapi.yaml", "schema.graphql", "postman.json", "intro.md", "search/ar.json"):
            answer = client.get(f"{PATH}/{name}")
            kept = "private, no-cache" if name == "intro.md" else "public, max-age=60, stale-while-revalidate=3600"
            assert answer.headers["cache-control"] == kept
            again = client.get(f"{PATH}/{name}", headers={"If-None-Match": answer.headers["etag"].removeprefix("W/")})
            assert (again.status_code, again.content) == (304, b"")


class TestPostman:
    """Format 2.1: https://schema.getpostman.com/json/collection/v2.1.0/docs/index.html."""

    @pytest.fixture
    def collection(self, client: httpx.Client) -> dict[str, Any]:
        return client.get(f"{PATH}/postman.json").json()

    def test_structure(self, collection: dict[str, Any], instance: Instance) -> None:
        assert set(collection) == {"info", "auth", "variable", "item"}
        assert collection["info"]["schema"].endswith("/v2.1.0/collection.json")
        variables = {each["key"]: each["value"] for each in collection["variable"]}
        assert variables["base_url"] == instance.base_url
        used = set(re.findall(r"\{\{(\w+)\}\}", json.dumps(collection)))
        assert used == {"base_url", "platform_key", "public_key_id"}
        assert collection["auth"]["bearer"][0] == {"key": "token", "value": "{{platform_key}}", "type": "string"}

    def test_has_every_operation_once(self, collection: dict[str, Any]) -> None:
        found = sorted(
            (item["request"]["method"], re.sub(r":(\w+)", r"{\1}", "/" + "/".join(item["request"]["url"]["path"])))
            for folder in collection["item"]
            for item in folder["item"]
        )
        assert found == sorted((each.method, each.path) for each in operations().values())

    def test_each_request_is_whole(self, collection: dict[str, Any]) -> None:
        for folder in collection["item"]:
            assert folder["name"]
            assert folder["item"]
            for item in folder["item"]:
                self.check(item["request"])

    def check(self, request: dict[str, Any]) -> None:
        url = request["url"]
        assert url["raw"] == "{{base_url}}/" + "/".join(url["path"])
        assert {each["key"] for each in url["variable"]} == {part[1:] for part in url["path"] if part[0] == ":"}
        assert all(each["value"] for each in url["variable"])
        headers = {each["key"]: each["value"] for each in request["header"]}
        assert ("Idempotency-Key" in headers) == (request["method"] != "GET")
        if "body" in request:
            assert headers["Content-Type"] == "application/json"
            json.loads(request["body"]["raw"])

    def test_requests_are_answered(self, collection: dict[str, Any], instance: Instance) -> None:
        """Send what Postman would send of the reads that need no row of their own."""
        with httpx.Client(headers={"Authorization": f"Bearer {instance.members['platform_key']}"}) as client:
            for folder in collection["item"]:
                for request in (item["request"] for item in folder["item"]):
                    if request["method"] == "GET" and not request["url"]["variable"]:
                        address = request["url"]["raw"].replace("{{base_url}}", instance.base_url)
                        assert client.get(address).status_code == 200, address
