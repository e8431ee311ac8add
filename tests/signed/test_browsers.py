"""Pages on other origins: preflights, what a page may read, and the origins that a key allows."""

import httpx
import pytest

from app.asgi import Application
from tests.addresses import fresh_address
from tests.conftest import Shop, Statements
from tests.rest.answers import given, refused
from tests.signed.clients import BODY, Page
from tests.signed.conftest import PageMaker

pytestmark = pytest.mark.anyio

ORIGIN = "https://shop.example"
ASKS = {
    "Origin": ORIGIN,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,x-dz-nonce,x-dz-signature,x-dz-timestamp",
}


def listed(response: httpx.Response, name: str) -> set[str]:
    return {part.strip().lower() for part in response.headers[name].split(",")}


class TestPreflight:
    @pytest.mark.parametrize(("path", "methods"), [("/v1/events", {"post"}), ("/graphql", {"get", "post"})])
    async def test_any_origin_without_a_key(self, application: Application, path: str, methods: set[str]) -> None:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(application, client=(fresh_address(), 1)), base_url="http://test"
        ) as client:
            for origin in (ORIGIN, "null", "http://localhost:5173", "https://evil.example"):
                response = await client.options(path, headers=ASKS | {"Origin": origin})
                assert (response.status_code, response.content) == (204, b"")
                assert response.headers["access-control-allow-origin"] == "*"
                assert listed(response, "access-control-allow-methods") == methods
                assert listed(response, "access-control-allow-headers") >= {
                    *ASKS["Access-Control-Request-Headers"].split(","),
                    "idempotency-key",
                    "x-request-id",
                }
                assert "access-control-allow-credentials" not in response.headers
                assert "content-type" not in response.headers
                assert response.headers["x-request-id"].startswith("req_")

    async def test_counts_for_nothing(self, page: Page, statements: Statements) -> None:
        with statements.counted() as sent:
            for _ in range(100):
                assert (await page.client.options("/v1/events", headers=ASKS)).status_code == 204
        assert sent == []
        assert given(await page.track(), 202)

    @pytest.mark.parametrize("missing", ["Origin", "Access-Control-Request-Method"])
    async def test_other_options_are_a_wrong_method(self, page: Page, missing: str) -> None:
        headers = {name: value for name, value in ASKS.items() if name != missing}
        refused(await page.client.options("/v1/events", headers=headers), 405, "method_not_allowed")

    async def test_none_where_platform_keys_go(self, page: Page) -> None:
        response = await page.client.options("/v1/products", headers=ASKS)
        refused(response, 405, "method_not_allowed")
        assert "access-control-allow-origin" not in response.headers


class TestReadable:
    async def test_success(self, page: Page) -> None:
        response = await page.track(headers={"Origin": ORIGIN})
        given(response, 202)
        assert response.headers["access-control-allow-origin"] == "*"
        assert listed(response, "access-control-expose-headers") >= {
            "x-request-id",
            "retry-after",
            "x-ratelimit-limit",
            "x-ratelimit-remaining",
            "x-ratelimit-reset",
            "ratelimit",
            "ratelimit-policy",
        }

    async def test_errors(self, page: Page) -> None:
        answers = [
            await page.track(b"{}", headers={"Origin": ORIGIN}),
            await page.track(headers={"Origin": ORIGIN, "X-DZ-Signature": "0" * 64}),
            await page.track(headers={"Origin": ORIGIN, "Authorization": ""}),
            await page.client.put("/v1/events", headers={"Origin": ORIGIN}),
            await page.client.post("/graphql", content=BODY, headers={"Origin": ORIGIN}),
        ]
        assert [answer.status_code for answer in answers] == [400, 401, 401, 405, 401]
        assert all(answer.headers["access-control-allow-origin"] == "*" for answer in answers)

    async def test_limit(self, page: Page) -> None:
        while (response := await page.track(headers={"Origin": ORIGIN})).status_code == 202:
            pass
        assert response.status_code == 429
        assert response.headers["access-control-allow-origin"] == "*"
        assert "retry-after" in listed(response, "access-control-expose-headers")

    async def test_graphql(self, page: Page) -> None:
        headers = {"Authorization": f"DZ-Public {page.key.key_id}", "Origin": ORIGIN}
        response = await page.client.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
        assert response.json()["data"] == {"__typename": "Query"}
        assert response.headers["access-control-allow-origin"] == "*"

    async def test_nothing_without_an_origin(self, page: Page) -> None:
        assert "access-control-allow-origin" not in (await page.track()).headers

    async def test_nothing_for_a_platform_key(self, shop: Shop) -> None:
        for path, body in (("/graphql", {"query": "{ store { name } }"}), ("/v1/events", {"name": "x"})):
            response = await shop.client.post(path, json=body, headers={"Origin": ORIGIN})
            assert "access-control-allow-origin" not in response.headers


class TestAllowedOrigins:
    async def test_list(self, make_page: PageMaker) -> None:
        page = await make_page(allowed_origins=[ORIGIN, "http://localhost:5173"])
        for origin in (ORIGIN, "http://localhost:5173"):
            given(await page.track(headers={"Origin": origin}), 202)
        for origin in ("https://evil.example", "http://shop.example", "https://shop.example:444", "null"):
            response = await page.track(headers={"Origin": origin})
            assert "may not be used from" in refused(response, 403, "forbidden")["message"]
        # A server or an app sends no Origin.
        given(await page.track(), 202)
        assert len(await page.key.inbox()) == 3

    async def test_refused_one_uses_up_nothing_of_the_key(self, make_page: PageMaker) -> None:
        page = await make_page(allowed_origins=[ORIGIN], tier="free")
        for _ in range(30):
            refused(await page.track(headers={"Origin": "https://evil.example"}), 403, "forbidden")
        assert (await page.track(headers={"Origin": ORIGIN})).headers["x-ratelimit-remaining"] == "29"

    async def test_reads_too(self, make_page: PageMaker) -> None:
        page = await make_page(allowed_origins=[ORIGIN])
        headers = {"Authorization": f"DZ-Public {page.key.key_id}", "Accept": "application/graphql-response+json"}
        for origin, status in ((ORIGIN, 200), ("https://evil.example", 403)):
            response = await page.client.post(
                "/graphql", json={"query": "{ __typename }"}, headers=headers | {"Origin": origin}
            )
            assert response.status_code == status

    async def test_any_without_a_list(self, page: Page) -> None:
        given(await page.track(headers={"Origin": "https://anywhere.example"}), 202)

    async def test_a_platform_key_has_none(self, shop: Shop) -> None:
        given(await shop.get("/v1/store", headers={"Origin": "https://evil.example"}))
