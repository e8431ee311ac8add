"""What a process writes about its requests."""

import asyncio
import json
import os
import sys
from typing import Any

import pytest

from app.services import Servers
from tests.conftest import Shop

pytestmark = pytest.mark.anyio


class TestLogs:
    async def run(self, servers: Servers, shop: Shop) -> tuple[list[list[str]], str]:
        """Return the id and status of each answer, and everything that was logged."""
        environment = os.environ | {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.chain.logged", shop.token),
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        printed, logged = await process.communicate()
        assert process.returncode == 0, logged.decode()
        return [line.split() for line in printed.decode().splitlines()], logged.decode()

    async def test_one_line_a_request_without_secrets(self, servers: Servers, shop: Shop) -> None:
        answers, logged = await self.run(servers, shop)
        lines: list[dict[str, Any]] = [json.loads(line) for line in logged.splitlines()]
        requests = [line for line in lines if line["event"] == "request"]
        assert [status for _, status in answers] == ["201", "201", "200", "401", "200", "200", "500"]
        assert [str(line["status"]) for line in requests] == [status for _, status in answers]
        # A replay answers under the first one's id, and is logged under its own.
        own = [line["request_id"] for line in requests]
        assert own[0] == answers[0][0] == answers[1][0] != own[1]
        assert own[2:] == [identifier for identifier, _ in answers[2:]]
        assert [line["replayed"] for line in requests[:2]] == [False, True]
        assert requests[0]["route"] == "/v1/products"
        assert requests[0]["store_id"] == shop.store_id
        crash = next(line for line in lines if line["event"] == "crash")
        assert crash["request_id"] == answers[-1][0]
        assert "CheckViolationError" in crash["exception"]
        assert shop.token.split(".")[1] not in logged
        # A traceback has the names of variables; what they hold is not in it.
        told = [{name: value for name, value in line.items() if name != "exception"} for line in lines]
        assert "secret" not in json.dumps(told).lower()
