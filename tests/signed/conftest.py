"""What the tests of signed requests share: the app's key, public keys, and what the database has of them."""

import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from app.asgi import Application
from app.services import Servers
from db.engine import engine
from graph import sealing
from graph.keys import find_key
from graph.public_keys import public_key_create
from graph.signatures import sign
from tests.conftest import ShopMaker

APP_KEY = "a key of the tests which is long enough"


@pytest.fixture(autouse=True)
def app_keys() -> Iterator[None]:
    """The process's keys, whatever a test did with them."""
    sealing.use(APP_KEY)
    yield
    sealing.use(APP_KEY)


@dataclass(frozen=True)
class PublicKey:
    """A public key, and its signatures as a page's code makes them."""

    store_id: int
    row_id: int
    key_id: str
    signing_secret: str

    def headers(
        self,
        body: bytes,
        *,
        nonce: str | None = None,
        timestamp: str | int | None = None,
        idempotency_key: str | None = None,
    ) -> dict[str, str]:
        """Return a signed write's headers."""
        nonce = nonce or secrets.token_hex(16)
        timestamp = str(int(time.time()) if timestamp is None else timestamp)
        headers = {
            "Authorization": f"DZ-Public {self.key_id}",
            "Content-Type": "application/json",
            "X-DZ-Timestamp": timestamp,
            "X-DZ-Nonce": nonce,
            "X-DZ-Signature": sign(self.signing_secret.encode(), self.key_id, nonce, timestamp, body),
        }
        return headers if idempotency_key is None else headers | {"Idempotency-Key": idempotency_key}

    async def inbox(self) -> list[asyncpg.Record]:
        """Return what the inbox has of this key."""
        return await engine.fetch("SELECT * FROM inbox WHERE api_key_id = $1 ORDER BY id", self.row_id)

    async def signed(self) -> list[asyncpg.Record]:
        """Return which of this key's requests were accepted."""
        return await engine.fetch("SELECT * FROM signed_requests WHERE api_key_id = $1 ORDER BY id", self.row_id)


PublicKeyMaker = Callable[..., Awaitable[PublicKey]]


@pytest.fixture
def make_key(make_shop: ShopMaker) -> PublicKeyMaker:
    """A maker of public keys, each of a store of its own unless one is given."""

    async def make(store_id: int | None = None, *, tier: str = "enterprise", **options: Any) -> PublicKey:
        if store_id is None:
            store_id = (await make_shop(tier=tier)).store_id
        async with engine.transaction():
            issued = await public_key_create(store_id, "page", **options)
        found = await find_key(issued.key_id)
        assert found is not None
        return PublicKey(store_id, found.context.api_key_id, issued.key_id, issued.signing_secret)

    return make


@pytest.fixture
async def key(make_key: PublicKeyMaker) -> PublicKey:
    """A public key of a store of one's own."""
    return await make_key()


@pytest.fixture
async def connection(servers: Servers, application: Application) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection of one's own to the database."""
    own = await asyncpg.connect(servers.database_url)
    yield own
    await own.close()
