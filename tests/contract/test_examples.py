"""Every example in `openapi.yaml` is sent to the API, and answered as it says."""

import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import jsonschema_rs
import pytest

from db.engine import engine
from db.request_log import Logged, requests_log
from graph.keys import platform_key_create
from graph.store_admin import limits_override
from graph.usage import Bucket, requests_add
from rest_compat.openapi.examples import EXAMPLES
from rest_compat.openapi.request_samples import REQUEST_ID
from tests.conftest import Shop
from tests.contract.conftest import ROOT, load
from tests.contract.signing import page_of
from tests.rest.answers import given

CONTRACT = load(ROOT / "openapi.yaml")
OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, operations in CONTRACT["paths"].items()
    for method, operation in operations.items()
}
# What public keys do.
SIGNED = {name for name, (_, _, operation) in OPERATIONS.items() if operation["security"] == [{"publicKey": []}]}
# What differs from run to run, and from store to store.
OWN_ID = "sync-2026-04-30.17"
VOLATILE = {
    "id",
    "created_at",
    "occurred_at",
    "order_id",
    "updated_at",
    "time",
    "key_id",
    "store_id",
    "next_cursor",
    "remaining",
    "reset",
    "period",
    "at",
    "actor",
    "order_number",
    "product_id",
    "bearer_token",
    "signing_secret",
    "secret",
    "standard_secret",
    "next_attempt_at",
    "request_id",
    "received_at",
    "duration_ms",
    "p50_ms",
    "p95_ms",
}
SETTINGS = {"scopes", "name", "slug", "subdomain", "public_url", "description"}


def successes() -> Iterator[tuple[str, str]]:
    for name, (_, _, operation) in OPERATIONS.items():
        status = next(status for status in operation["responses"] if status < "300")
        for example in operation["responses"][status]["content"]["application/json"]["examples"]:
            yield name, example


def requests() -> Iterator[tuple[str, str]]:
    for name, (_, _, operation) in OPERATIONS.items():
        if "requestBody" in operation:
            for example in operation["requestBody"]["content"]["application/json"]["examples"]:
                yield name, example


def validator(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(schema | {"components": CONTRACT["components"]}, validate_formats=True)


def success_of(name: str) -> tuple[int, dict[str, Any]]:
    """Return the status of an operation's success, and what is said of its content."""
    responses = OPERATIONS[name][2]["responses"]
    status = next(status for status in responses if status < "300")
    return int(status), responses[status]["content"]["application/json"]


def headers_of(operation: dict[str, Any]) -> dict[str, str]:
    """Return the headers of an operation's example, and a client's own id of its request."""
    described = [resolved(each) for each in operation["parameters"]]
    shown = {each["name"]: each["example"] for each in described if each["in"] == "header" and "example" in each}
    return {**shown, "X-Request-Id": OWN_ID}


def resolved(value: dict[str, Any]) -> dict[str, Any]:
    name = value.get("$ref", "")
    return CONTRACT["components"][name.split("/")[2]][name.split("/")[3]] if name else value


async def created_product(shop: Shop) -> int:
    return (await created(shop, "shirt"))["id"]


async def created_landing_page(shop: Shop) -> int:
    body = EXAMPLES["createLandingPage"]["ramadan"].body
    return given(await shop.write("POST", "/v1/landing-pages", body), 201)["id"]


async def created_key(shop: Shop) -> str:
    return given(await shop.write("POST", "/v1/keys", EXAMPLES["createKey"]["erp"].body), 201)["key_id"]


async def created_order(shop: Shop) -> dict[str, Any]:
    body = of_product(EXAMPLES["createOrder"]["home"].body, await created_product(shop))
    found: dict[str, Any] = given(await shop.write("POST", "/v1/orders", body), 201)
    return found


async def created_order_id(shop: Shop) -> int:
    return int((await created_order(shop))["id"])


async def created_customer_id(shop: Shop) -> int:
    return int((await created_order(shop))["customer"]["id"])


async def created_webhook(shop: Shop) -> int:
    """Create a webhook that a test is on its way to."""
    hook: int = given(await shop.write("POST", "/v1/webhooks", EXAMPLES["createWebhook"]["erp"].body), 201)["id"]
    given(await shop.write("POST", f"/v1/webhooks/{hook}/test"), 202)
    return hook


async def created_delivery(shop: Shop) -> int:
    """Return the delivery of the webhook that has been created."""
    (hook,) = given(await shop.get("/v1/webhooks"))["items"]
    return int(given(await shop.get(f"/v1/webhooks/{hook['id']}/deliveries"))["items"][0]["id"])


async def logged_request(shop: Shop) -> str:
    """Put a refused and an answered request into the log, and return the id of the refused one."""
    key_id, now = shop.token.partition(".")[0], time.time()
    await requests_log(
        [
            Logged(key_id, now, REQUEST_ID, "GET", "/v1/products/{product_id}", "rest", 404, "not_found", 3.25),
            Logged(key_id, now, f"req_{secrets.token_hex(8)}", "GET", "/v1/products", "rest", 200, None, 4.5),
        ]
    )
    return REQUEST_ID


def of_product(body: dict[str, Any] | None, product: int) -> dict[str, Any]:
    """Return the body of an order of this product in place of the example's."""
    assert body is not None
    return body | {"items": [each | {"product_id": product} for each in body["items"]]}


async def sandbox_of(shop: Shop) -> Shop:
    """Return the sandbox of a store, with a product in it."""
    async with engine.transaction():
        key = await platform_key_create(shop.store_id, "sandbox", livemode=False)
    headers = {"Authorization": f"Bearer {key.bearer_token}"}
    client = httpx.AsyncClient(transport=shop.client._transport, base_url="http://test", headers=headers)
    sandbox = Shop(shop.store_id, key.bearer_token, client)
    await sandbox.create()
    return sandbox


# What a parameter of a path names, and how such a row is made.
ROWS: dict[str, Callable[[Shop], Awaitable[int | str]]] = {
    "product_id": created_product,
    "landing_page_id": created_landing_page,
    "key_id": created_key,
    "order_id": created_order_id,
    "customer_id": created_customer_id,
    "webhook_id": created_webhook,
    "delivery_id": created_delivery,
    "request_id": logged_request,
}

# What a list has one row of, in its examples.
LISTED: dict[str, Callable[[Shop], Awaitable[Any]]] = {
    "listOrders": created_order,
    "listCustomers": created_order,
    "listEvents": created_order,
    "listKeys": created_key,
    "listRequests": logged_request,
    "listRefusals": logged_request,
    "listOperations": logged_request,
    "listLandingPages": created_landing_page,
    "listWebhooks": created_webhook,
}


@pytest.mark.parametrize(("name", "example"), list(successes()))
class TestAnswers:
    def test_fits_its_schema(self, name: str, example: str) -> None:
        _, content = success_of(name)
        assert [str(e) for e in validator(content["schema"]).iter_errors(content["examples"][example]["value"])] == []

    @pytest.mark.anyio
    async def test_is_what_the_api_answers(self, shop: Shop, name: str, example: str) -> None:
        await prepared(shop, name)
        method, path, operation = OPERATIONS[name]
        if name in SIGNED:
            shop = await page_of(shop)
        if name == "resetSandbox":
            shop = await sandbox_of(shop)
        for parameter, make in ROWS.items():
            if f"{{{parameter}}}" in path:
                path = path.replace(f"{{{parameter}}}", str(await make(shop)))
        content = operation.get("requestBody", {}).get("content", {})
        body = content["application/json"]["examples"][example]["value"] if content else None
        if name == "createOrder":
            body = of_product(body, await created_product(shop))
        query = EXAMPLES[name][example].query
        response = await shop.client.request(method, path, json=body, params=query, headers=headers_of(operation))
        status, content = success_of(name)
        assert response.status_code == status, response.text
        answer = response.json()
        assert [str(e) for e in validator(content["schema"]).iter_errors(answer)] == []
        told = content["examples"][example]["value"]
        assert answer["meta"] == told["meta"] | {
            "request_id": response.headers["x-request-id"],
            "client_request_id": headers_of(operation)["X-Request-Id"],
        }
        unlike = VOLATILE | (SETTINGS if name in {"whoami", "getStore", "updateStore"} else set())
        compare(answer["data"], told["data"], unlike, excerpt=EXAMPLES[name][example].excerpt)


@pytest.mark.parametrize(("name", "example"), list(requests()))
def test_request_fits_its_schema(name: str, example: str) -> None:
    content = OPERATIONS[name][2]["requestBody"]["content"]["application/json"]
    assert [str(e) for e in validator(content["schema"]).iter_errors(content["examples"][example]["value"])] == []


def test_parameter_examples_fit_their_schemas() -> None:
    described = [resolved(each) for _, _, operation in OPERATIONS.values() for each in operation["parameters"]]
    examples = [each for each in described if "example" in each]
    assert {each["name"] for each in examples} >= {"Idempotency-Key", "X-DZ-Timestamp", "product_id"}
    for each in examples:
        assert validator(each["schema"]).is_valid(each["example"]), each["name"]


async def prepared(shop: Shop, name: str) -> None:
    """Give the store what the examples of an operation find there."""
    if name == "listProducts":
        await created(shop, "shirt")
        await created(shop, "honey")
    if name in LISTED:
        await LISTED[name](shop)
    if name == "listCategories":
        for example in ("french", "arabic"):
            body = EXAMPLES["createCategory"][example].body
            assert (await shop.write("POST", "/v1/categories", body)).status_code == 201
    if name in {"whoami", "getStore", "updateStore"}:
        async with engine.transaction():
            await engine.write("UPDATE stores SET description = 'x' WHERE id = $1", shop.store_id)

    if name == "getQuotas":
        async with engine.transaction():
            await limits_override(shop.store_id, {"requests_per_minute": 3_000, "notes": "Ramadan"})
    if name in {"getUsage", "getQuotas"}:
        async with engine.transaction():
            await used(shop, datetime.now(UTC), products=48_211)
    if name == "getUsageHistory":
        async with engine.transaction():
            await used(shop, datetime(2026, 4, 30, 10, tzinfo=UTC), products=1187, graphql=212)


async def used(shop: Shop, moment: datetime, **counts: int) -> None:
    """Count requests as the worker does."""
    hour = moment.replace(minute=0, second=0, microsecond=0)
    await requests_add({Bucket(shop.store_id, True, hour, group, False): count for group, count in counts.items()})


async def created(shop: Shop, example: str) -> dict[str, Any]:
    response = await shop.write("POST", "/v1/products", EXAMPLES["createProduct"][example].body)
    assert response.status_code == 201, response.text
    return response.json()["data"]


def compare(answer: Any, told: Any, unlike: set[str], name: str = "data", *, excerpt: bool = False) -> None:
    """Compare an answer with its example: the same members in the same order, the same values but for the volatile.

    Of an excerpt's lists there may be more.
    """
    if isinstance(told, dict):
        assert list(answer) == list(told), name
        for member, value in told.items():
            compare(answer[member], value, unlike, member, excerpt=excerpt)
    elif name in unlike:
        assert type(answer) is type(told), name
    elif isinstance(told, list):
        assert len(answer) > len(told) if excerpt else len(answer) == len(told), name
        for one, other in zip(answer, told, strict=not excerpt):
            compare(one, other, unlike, name, excerpt=excerpt)
    else:
        assert answer == told, name
