"""The whole schedule of a receiver that never answers well, by a worker as a process whose clock is moved."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from tests.conftest import Instance
from tests.faults.storm import asked, until_none
from tests.faults.workers import Clock, worker
from tests.webhooks.receiver import answering, receiving
from tests.webhooks.test_processes import Merchant, merchant

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
__all__ = ["merchant"]

SCHEDULE = (1, 5, 30, 120, 720)


@pytest.fixture
async def clock(instance: Instance) -> AsyncIterator[Clock]:
    made = Clock(instance)
    await made.make()
    yield made
    await made.remove()


async def until_tried(instance: Instance, hook: int, attempts: int) -> list[asyncpg.Record]:
    """Wait until each of a webhook's deliveries was tried so often; return how long each waits for its next attempt."""
    await until_none(instance, "SELECT FROM webhook_deliveries WHERE webhook_id = $1 AND attempts < $2", hook, attempts)
    return await asked(
        instance,
        "SELECT status, attempts, next_attempt_at, next_attempt_at - (now() + ahead) AS wait"
        " FROM webhook_deliveries, moved.clock WHERE webhook_id = $1",
        hook,
    )


async def test_to_the_dead_letter(instance: Instance, merchant: Merchant, clock: Clock, tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    async with receiving(answering(500, b"no")) as receiver:
        hook = await merchant.hooked(receiver.url)
        for _ in range(5):
            await merchant.ordered()
        with worker(instance, "deliver", log, search_path=clock.path):
            for attempt, minutes in enumerate(SCHEDULE, 1):
                rows = await until_tried(instance, hook, attempt)
                assert {(row["status"], row["attempts"]) for row in rows} == {("retrying", attempt)}
                # Some of it may have passed already.
                waits = [row["wait"] / timedelta(minutes=minutes) for row in rows]
                assert all(0.9 - 1 / minutes < wait <= 1.1 for wait in waits), waits
                assert len(receiver.received) == 5 * attempt
                await clock.move(timedelta(minutes=minutes * 1.1))
            rows = await until_tried(instance, hook, len(SCHEDULE) + 1)
        assert {(row["status"], row["attempts"], row["next_attempt_at"]) for row in rows} == {("dead", 6, None)}
        assert len(receiver.received) == 30
        assert len({each.headers["x-dz-delivery"] for each in receiver.received}) == 5
        shown = (await merchant.client.get(f"/v1/webhooks/{hook}")).json()["data"]
        assert (shown["status"], shown["failure_count"]) == ("dead", 5)
        turned = [json.loads(line) for line in log.read_text().splitlines() if "turned off" in line]
        assert [(each["webhook_id"], each["status"]) for each in turned] == [(hook, "dead")]
        # It is told of nothing any more.
        await merchant.ordered()
        left = await asked(instance, "SELECT count(*) AS n FROM webhook_deliveries WHERE webhook_id = $1", hook)
        assert left[0]["n"] == 5
