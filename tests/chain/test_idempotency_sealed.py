"""An answer that holds a secret is kept so that the database alone does not give it away (`contract.md §5`)."""

import secrets

import pytest

from app.chain import idempotency
from app.chain.request import Answer, begin
from db.engine import engine
from graph.context import Context
from graph.keys import find_key
from tests.conftest import Shop

pytestmark = pytest.mark.anyio
BODY = b'{"data":{"bearer_token":"dzpk_live_x.%s"}}'


@pytest.fixture
async def context(shop: Shop) -> Context:
    found = await find_key(shop.token.partition(".")[0])
    assert found is not None
    return found.context


async def nothing() -> None:
    """Begin with nothing."""


async def answered(context: Context, answer: Answer) -> Answer:
    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def work() -> Answer:
        return answer

    scope = {"type": "http", "method": "POST", "path": "/v1/keys", "query_string": b"", "headers": []}
    request = begin(scope, receive)
    return await idempotency.run_once(request, context, b"sealed", b"{}", work, nothing)


@pytest.mark.parametrize("secret", [True, False])
async def test_what_the_database_has(context: Context, secret: bool) -> None:
    token = secrets.token_hex(32).encode()
    body = BODY % token
    assert (await answered(context, Answer(201, body, secret=secret))).body == body
    row = await engine.fetch_row("SELECT body, sealed FROM idempotency_keys WHERE api_key_id = $1", context.api_key_id)
    assert row is not None
    assert row["sealed"] is secret
    assert (token in row["body"]) is not secret
    again = await answered(context, Answer(500, b"never"))
    assert (again.status, again.body) == (201, body)
