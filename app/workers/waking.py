"""Tells a worker that there is something for it, so that it needn't wait for its next poll.

It is a hint: whoever misses it looks soon anyway. A list, as it works on a cluster, too, and wakes one of several.
"""

import asyncio
from typing import Any, Final, cast

from app.chain.valkey import FAILURES, valkey
from graph.events import deliveries_written

DELIVER: Final = "dzbuild:wake:deliver"
# So that a list that nobody reads stays short.
KEPT: Final = 16
PATIENCE: Final = 5
REST: Final = 1.0


async def wake(name: str) -> None:
    """Wake the worker of this name, once what it is to do has been committed."""
    client: Any = valkey.client
    if client is None or not valkey.usable:
        return
    pipeline = client.pipeline(transaction=False)
    pipeline.lpush(name, b"1").ltrim(name, 0, KEPT - 1)
    await valkey.attempt(pipeline.execute())


async def wake_for_deliveries() -> None:
    """Wake who sends webhooks if the running task has written deliveries, once they have been committed."""
    if deliveries_written.get():
        await wake(DELIVER)


async def woken(name: str) -> bool:
    """Wait until somebody wakes the worker of this name, for a few seconds at most, and tell whether that was so."""
    client: Any = valkey.client
    try:
        if client is not None:
            return cast("Any", await client.blpop([name], timeout=PATIENCE)) is not None
    except FAILURES:
        pass
    await asyncio.sleep(REST)
    return False
