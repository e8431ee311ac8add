"""What tests of keys share: making some, moving their times, asking with any token."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.asgi import Application
from app.chain.credentials import keys as key_cache
from db.engine import engine
from tests.addresses import fresh_address
from tests.conftest import Shop, ShopMaker
from tests.rest.answers import given

ROW = [
    *("key_id", "type", "name", "scopes", "rate_limit_tier", "status"),
    *("last_used_at", "last_used_ip", "created_at", "expires_at"),
]
PLATFORM = {"type": "platform", "name": "ERP"}
PUBLIC = {"type": "public", "name": "صفحة"}


async def create(shop: Shop, **fields: Any) -> Any:
    return given(await shop.write("POST", "/v1/keys", PLATFORM | fields), 201)


async def listed(shop: Shop) -> list[str]:
    return [row["key_id"] for row in given(await shop.get("/v1/keys"))["items"]]


def own_id(shop: Shop) -> str:
    return shop.token.partition(".")[0]


def time_of(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


async def set_times(key_id: str, **columns: datetime) -> None:
    """Move a key's times, and let every process forget it, as it does within a second."""
    changes = ", ".join(f"{name} = ${place}" for place, name in enumerate(columns, 2))
    async with engine.transaction():
        await engine.write(f"UPDATE api_keys SET {changes} WHERE key_id = $1", key_id, *columns.values())
    key_cache.clear()


@pytest.fixture
async def ask(application: Application) -> Any:
    """Asks `whoami` with any token."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(application, client=(fresh_address(), 1)), base_url="http://test"
    ) as client:

        async def send(token: str, path: str = "/v1/whoami") -> httpx.Response:
            return await client.get(path, headers={"Authorization": f"Bearer {token}"})

        yield send


@pytest.fixture
async def make_expiring(make_shop: ShopMaker) -> Any:
    """A maker of shops whose key stops working in an hour."""

    async def make(store_id: int | None = None, scopes: list[str] | None = None) -> Shop:
        shop = await make_shop(scopes, store_id=store_id)
        await set_times(own_id(shop), expires_at=datetime.now(UTC) + timedelta(hours=1))
        return shop

    return make
