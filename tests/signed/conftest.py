"""What the tests of signed requests share: the app's key, public keys, and what the database has of them."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from app.asgi import Application
from db.engine import engine
from graph import sealing
from graph.keys import find_key
from graph.public_keys import public_key_create
from tests.conftest import APP_KEY, ShopMaker
from tests.signed.clients import Page, PublicKey


@pytest.fixture(autouse=True)
def app_keys() -> Iterator[None]:
    """The process's keys, whatever a test did with them."""
    sealing.use(APP_KEY)
    yield
    sealing.use(APP_KEY)


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


PageMaker = Callable[..., Awaitable[Page]]


@pytest.fixture
def make_page(application: Application, make_key: PublicKeyMaker) -> PageMaker:
    """A maker of pages, each with a public key and an address of its own."""

    async def make(store_id: int | None = None, **options: Any) -> Page:
        return Page(application, await make_key(store_id, **options))

    return make


@pytest.fixture
async def page(make_page: PageMaker) -> Page:
    """A page of a store of one's own."""
    return await make_page()
