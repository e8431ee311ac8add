"""Ways to ask, shared by the tests of `/graphql`."""

import json
import secrets
from typing import Any

import httpx

from tests.conftest import Shop

GRAPHQL_JSON = "application/graphql-response+json"


async def post(shop: Shop, body: Any, **headers: str) -> httpx.Response:
    """Send a body, JSON or raw bytes, to `/graphql`."""
    sent = {"Idempotency-Key": secrets.token_hex(8), "Content-Type": "application/json", **headers}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await shop.client.post("/graphql", content=content, headers=sent)


async def answered(shop: Shop, query: str, **variables: Any) -> Any:
    """Return the whole answer of an operation. Every character can be sent, as JSON escapes it."""
    return (await post(shop, {"query": query, "variables": variables})).json()


async def asked(shop: Shop, query: str, **variables: Any) -> Any:
    """Return the data of a query that has no errors."""
    answer = await answered(shop, query, **variables)
    assert "errors" not in answer, answer["errors"]
    assert list(answer) == ["data", "extensions"]
    return answer["data"]


def paths(answer: dict[str, Any]) -> list[Any]:
    """Return the path of each error."""
    return [error.get("path") for error in answer["errors"]]
