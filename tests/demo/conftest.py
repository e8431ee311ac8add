"""The demo's shops, as its first start fills them, in a database of their own."""

import asyncio
import json
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from app.services import Servers
from app.services.running import temporary_folder

ROOT = Path(__file__).parents[2]
# In a process of its own: what fills a database opens the process's one engine.
FILL = """
import asyncio, sys
from pathlib import Path
from app.cli.progress import Progress
from app.cli.seeding import Seeding
from app.services.app_key import use_app_keys
from db.migrate import migrate

url, folder = sys.argv[1], Path(sys.argv[2])
use_app_keys(None, folder)
asyncio.run(migrate(url))
asyncio.run(Seeding("demo", folder, Progress())(url, "http://127.0.0.1:1"))
"""


@dataclass
class Demo:
    """A filled database."""

    database_url: str
    connection: "asyncpg.Connection[asyncpg.Record]"
    folder: Path
    secrets: dict = field(default_factory=dict)

    async def start(self) -> None:
        """Do what a start of the demo does to the database."""
        command = [sys.executable, "-c", FILL, self.database_url, str(self.folder)]
        done = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        self.secrets = json.loads((self.folder / "demo-secrets.json").read_text())

    async def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        """Run a command of `dzbuild` on the database."""
        command = [sys.executable, "-m", "app.cli", *arguments]
        variables = os.environ | {"DATABASE_URL": self.database_url} | environment
        return await asyncio.to_thread(
            subprocess.run, command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False
        )


@pytest.fixture(scope="session")
async def demo(servers: Servers, anyio_backend: object) -> AsyncIterator[Demo]:
    """The database of a demo that was started once."""
    admin = await asyncpg.connect(servers.database_url)
    name, folder = f"demo_{secrets.token_hex(6)}", temporary_folder()
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    url = urlunsplit(urlsplit(servers.database_url)._replace(path=f"/{name}"))
    filled = Demo(url, await asyncpg.connect(url), folder)
    try:
        await filled.start()
        yield filled
    finally:
        await filled.connection.close()
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()
