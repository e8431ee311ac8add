"""What the tests of `/v1` share."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.asgi import Application
from app.services import Servers


@pytest.fixture
async def outsider(servers: Servers, application: Application) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection of its own, beside the application's pool."""
    connection = await asyncpg.connect(servers.database_url)
    yield connection
    await connection.close()
