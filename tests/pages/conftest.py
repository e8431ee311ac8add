"""What the tests of pages share."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from app.asgi import Application
from tests.conftest import Shop
from tests.pages.browser import Browser, begun, browser, member

SignedIn = Callable[..., Awaitable[Browser]]


@pytest.fixture
async def signed_in(application: Application) -> AsyncIterator[SignedIn]:
    """A maker of browsers in which somebody of a role has signed in to a store."""
    opened: list[Browser] = []

    async def make(shop: Shop, role: str = "owner", **headers: str) -> Browser:
        made = browser(application, **headers)
        opened.append(made)
        response = await begun(made, await member(shop.store_id, role))
        assert response.status_code == 200, response.text
        return made

    yield make
    for each in opened:
        await each.client.aclose()


@pytest.fixture
async def stranger(application: Application) -> AsyncIterator[Browser]:
    """A browser in which nobody has signed in."""
    made = browser(application)
    yield made
    await made.client.aclose()
