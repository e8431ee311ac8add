"""Every error that `openapi.yaml` tells of an operation happens, with the code, headers and example that it tells."""

import asyncio
import contextvars
import re
import secrets
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest

from app import rest
from app.asgi import Application
from app.chain import idempotency
from app.chain.admission import Allowances, gate
from app.chain.credentials import keys as key_cache
from db.engine import engine
from graph.api_keys import ACTIVE_MAXIMUM
from graph.keys import find_key
from graph.store_admin import limits_override
from graph.webhooks import WEBHOOKS_MAXIMUM
from tests.conftest import Shop, ShopMaker
from tests.contract.signing import page_of
from tests.contract.test_examples import CONTRACT, EXAMPLES, OPERATIONS, ROWS, SIGNED, resolved, validator
from tests.rest.ordering import body, ordered, stocked

pytestmark = pytest.mark.anyio

MEBIBYTE = 1024 * 1024
SKU = "TAKEN"
# Ids that are nobody's, where 999 can't be one.
NOBODY = {"key_id": f"dzpk_live_{'0' * 16}"}
# What any platform key may do, and no public one; or no live one.
OF_PLATFORM_KEYS = {"listKeys", "resetSandbox"}
# What an operation conflicts with by its slug.
SLUGS = {
    "createCategory": "categories",
    "createLandingPage": "landing-pages",
    "updateLandingPage": "landing-pages",
}


def documented() -> Iterator[tuple[str, str, str]]:
    """Give each operation's error statuses, with each code that they can have."""
    for name, (_, _, operation) in OPERATIONS.items():
        for status, response in operation["responses"].items():
            if status >= "400":
                schema = resolved(response)["content"]["application/json"]["schema"]
                for code in schema["allOf"][1]["properties"]["error"]["properties"]["code"]["enum"]:
                    yield name, status, code


class Asked:
    """A request of an operation that would succeed, until something about it is changed."""

    def __init__(self, name: str, shop: Shop, rows: dict[str, int | str]) -> None:
        self.name, self.shop, self.rows = name, shop, rows
        self.method, self.template, operation = OPERATIONS[name]
        self.path = self.template.format_map(rows)
        self.listing = "limit" in {resolved(each)["name"] for each in operation["parameters"]}
        self.writes = self.method != "GET"
        self.headers = {"Idempotency-Key": secrets.token_hex(8)} if self.writes else {}
        self.body = dict(next(iter(EXAMPLES[name].values())).body or {}) if "requestBody" in operation else None
        self.options: dict[str, Any] = {}

    async def send(self) -> httpx.Response:
        given = {"json": self.body} if self.body is not None else {}
        options = {**given, **self.options, "headers": self.headers | self.options.get("headers", {})}
        return await self.shop.client.request(self.method, self.path, **options)


async def bad_request(asked: Asked) -> httpx.Response:
    if asked.body is not None:
        asked.options = {"json": None, "content": b"{", "headers": {"Content-Type": "application/json"}}
    elif asked.listing:
        asked.path += "?limit=201"
    else:
        asked.path += "?a=%ff"
    return await asked.send()


async def no_key(asked: Asked) -> httpx.Response:
    # Where it may be left out, an empty one is none either.
    asked.headers = {"Idempotency-Key": ""} if asked.name in SIGNED else {}
    return await asked.send()


async def unauthorized(asked: Asked) -> httpx.Response:
    asked.headers["Authorization"] = f"Bearer dzpk_live_{'0' * 16}.{'0' * 64}"
    return await asked.send()


async def not_found(asked: Asked) -> httpx.Response:
    asked.path = asked.template.format_map({name: NOBODY.get(name, "999") for name in asked.rows})
    return await asked.send()


async def conflict(asked: Asked) -> httpx.Response:
    assert asked.body is not None
    if asked.name in {"createOrder", "updateOrder"}:
        product = await stocked(asked.shop)
        await ordered(asked.shop, product, external_id="taken")
        asked.body = body(product, external_id="taken") if asked.name == "createOrder" else {"external_id": "taken"}
        return await asked.send()
    if asked.name == "createKey":
        await fill_with_keys(asked.shop)
        return await asked.send()
    if asked.name == "createWebhook":
        for _ in range(WEBHOOKS_MAXIMUM):
            assert (await asked.shop.write("POST", asked.path, asked.body)).status_code == 201
        return await asked.send()
    kind = SLUGS.get(asked.name)
    if kind is not None:
        taken = {"name" if kind == "categories" else "title": "x", "slug": "taken"}
        made = await asked.shop.write("POST", f"/v1/{kind}", taken)
        assert made.status_code == 201
        asked.body["slug"] = "taken"
    else:
        await asked.shop.create(sku=SKU)
        asked.body["sku"] = SKU
    return await asked.send()


async def fill_with_keys(shop: Shop) -> None:
    """Give a store as many keys as it may have."""
    async with engine.transaction():
        await engine.write(
            "INSERT INTO api_keys (store_id, key_id, type, name, secret_hash)"
            " SELECT $1, 'dzpk_live_' || $1::bigint || 'x' || n, 'platform', 'x', sha256('x')"
            " FROM generate_series(1, $2) n",
            shop.store_id,
            ACTIVE_MAXIMUM - 1,
        )


async def invalid_transition(asked: Asked) -> httpx.Response:
    asked.body = {"status": "delivered"}
    return await asked.send()


async def insufficient_stock(asked: Asked) -> httpx.Response:
    order = await ordered(asked.shop, await stocked(asked.shop, 1), 2)
    asked.path, asked.body = f"/v1/orders/{order['id']}", {"status": "confirmed"}
    return await asked.send()


async def precondition_failed(asked: Asked) -> httpx.Response:
    asked.headers["If-Match"] = '"0"'
    return await asked.send()


async def in_progress(asked: Asked) -> httpx.Response:
    stored = await find_key(asked.shop.token.partition(".")[0])
    assert stored is not None
    async with idempotency._locked(stored.context, asked.headers["Idempotency-Key"].encode()):
        # In a context of its own, so that it is not a part of this transaction.
        return await asyncio.create_task(asked.send(), context=contextvars.Context())


async def too_large(asked: Asked) -> httpx.Response:
    asked.options = {"json": None, "content": b" " * (MEBIBYTE + 1), "headers": {"Content-Type": "application/json"}}
    return await asked.send()


async def not_json(asked: Asked) -> httpx.Response:
    asked.options = {"headers": {"Content-Type": "text/plain"}}
    return await asked.send()


async def key_reused(asked: Asked) -> httpx.Response:
    key = asked.headers["Idempotency-Key"]
    if asked.name in SIGNED:
        assert asked.body is not None
        other = {"external_user_id": "other"} if asked.name == "trackSignup" else {"name": "other"}
        assert (await asked.shop.write("POST", asked.path, other, key)).status_code == 202
        return await asked.send()
    assert (await asked.shop.write("POST", "/v1/categories", {"name": "Other"}, key)).status_code == 201
    return await asked.send()


async def window_full(asked: Asked) -> httpx.Response:
    if asked.name == "ping":
        allowed, gate.allowances = gate.allowances, Allowances(unauthenticated=1)
        try:
            await asked.send()
            return await asked.send()
        finally:
            gate.allowances = allowed
    await limit(asked.shop, requests_per_minute=1)
    await asked.shop.get("/v1/whoami")
    return await asked.send()


async def month_full(asked: Asked) -> httpx.Response:
    await limit(asked.shop, requests_per_month=0)
    return await asked.send()


async def limit(shop: Shop, **limits: int) -> None:
    async with engine.transaction():
        await limits_override(shop.store_id, limits)
    key_cache.clear()


REACHED: dict[str, Callable[[Asked], Awaitable[httpx.Response]]] = {
    "bad_request": bad_request,
    "idempotency_key_required": no_key,
    "unauthorized": unauthorized,
    "not_found": not_found,
    "conflict": conflict,
    "invalid_transition": invalid_transition,
    "insufficient_stock": insufficient_stock,
    "precondition_failed": precondition_failed,
    "idempotency_in_progress": in_progress,
    "payload_too_large": too_large,
    "unsupported_media_type": not_json,
    "idempotency_key_reused": key_reused,
    "rate_limited": window_full,
    "quota_exceeded": month_full,
}
# No request is known to do these: what goes wrong is put in where a route is run.
FAULTS: dict[str, Exception] = {
    "internal_error": RuntimeError("a bug"),
    "unavailable": ConnectionRefusedError("no database"),
}


@pytest.fixture
async def stranger(application: Application) -> httpx.AsyncClient:
    """A client at an address that nobody else has."""
    address = f"198.51.100.{secrets.randbelow(250) + 1}"
    return httpx.AsyncClient(transport=httpx.ASGITransport(application, client=(address, 1)), base_url="http://test")


@pytest.mark.parametrize(("name", "status", "code"), list(documented()))
async def test_documented_error(
    shop: Shop,
    make_shop: ShopMaker,
    stranger: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    status: str,
    code: str,
) -> None:
    path = OPERATIONS[name][1]
    rows = {parameter: await make(shop) for parameter, make in ROWS.items() if f"{{{parameter}}}" in path}
    asked = Asked(name, await page_of(shop) if name in SIGNED else shop, rows)
    if code in FAULTS:
        monkeypatch.setattr(rest, "answer_route", failing(FAULTS[code]))
        response = await asked.send()
    elif code == "forbidden":
        if name in SIGNED or name in OF_PLATFORM_KEYS:
            lacking = ["events:write"] if name == "trackSignup" else ["signups:write"]
            asked.shop = shop if name == "resetSandbox" else await page_of(shop, lacking)
        else:
            other = "store:read" if OPERATIONS[name][2].get("x-required-scope") == "usage:read" else "usage:read"
            asked.shop = await make_shop([other], store_id=shop.store_id)
        response = await asked.send()
    else:
        if name == "ping" or code == "unauthorized":
            asked.shop = Shop(shop.store_id, shop.token, stranger)
        response = await REACHED[code](asked)
    told = resolved(OPERATIONS[name][2]["responses"][status])
    check(response, told, int(status), code, alike=name not in OF_PLATFORM_KEYS or code != "forbidden")


async def test_method_not_allowed(shop: Shop) -> None:
    response = await shop.client.put("/v1/products")
    check(response, CONTRACT["components"]["responses"]["MethodNotAllowed"], 405, "method_not_allowed")


def failing(error: Exception) -> Callable[..., Awaitable[Any]]:
    async def fail(*_: object) -> Any:
        raise error

    return fail


def check(response: httpx.Response, described: dict[str, Any], status: int, code: str, *, alike: bool = True) -> None:
    """Compare an error with what is told of it: its headers, its schema, and its example but for names and numbers."""
    assert response.status_code == status, response.text
    answer = response.json()
    assert answer["error"]["code"] == code
    content = described["content"]["application/json"]
    assert [str(e) for e in validator(content["schema"]).iter_errors(answer)] == []
    for header, told in described["headers"].items():
        header_told = resolved(told)
        assert header in response.headers or not header_told.get("required"), header
        if header in response.headers and header_told["schema"]["type"] == "string":
            assert validator(header_told["schema"]).is_valid(response.headers[header]), header
    example = content["examples"][code]["value"]
    assert validator(content["schema"]).is_valid(example)
    # An example shows the details of one operation; the members are the same for all.
    assert list(answer["error"])[:2] == list(example["error"])[:2]
    if alike and code not in {"bad_request", "conflict"}:
        assert list(answer["error"]) == list(example["error"])
        assert told_by(answer) == told_by(example)


def told_by(answer: dict[str, Any]) -> str:
    return re.sub(r"^[A-Z][a-z ]+ with ID \S+|\d+|\w+:(read|write)", "…", answer["error"]["message"])
