"""A synchronous hand on the instance's database, to hold what runs there at a step of its own."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg

GATE = 7_331

HOLD = f"""
CREATE OR REPLACE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_advisory_xact_lock({GATE}); RETURN NULL; END $$
"""
STEPS = {
    "after the product": "CREATE TRIGGER hold AFTER INSERT ON products FOR EACH ROW EXECUTE FUNCTION hold()",
    "after the ledger row": "CREATE TRIGGER hold AFTER INSERT ON idempotency_keys FOR EACH ROW EXECUTE FUNCTION hold()",
    "within the commit": "CREATE CONSTRAINT TRIGGER hold AFTER INSERT ON idempotency_keys"
    " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hold()",
}


class Database:
    """A connection with an event loop of its own."""

    def __init__(self, url: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._connection = self._loop.run_until_complete(asyncpg.connect(url))

    def run(self, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        """Run a statement and return its rows."""
        return self._loop.run_until_complete(self._connection.fetch(sql, *arguments))

    def close(self) -> None:
        """Close the connection."""
        self._loop.run_until_complete(self._connection.close())
        self._loop.close()

    @contextmanager
    def holding(self, step: str) -> Iterator[None]:
        """Let every write stop at a step within the block, and go on after it."""
        self.run(HOLD)
        self.run(STEPS[step])
        self.run("SELECT pg_advisory_lock($1)", GATE)
        try:
            yield
        finally:
            self.run("SELECT pg_advisory_unlock($1)", GATE)
            for table in ("products", "idempotency_keys"):
                self.run(f"DROP TRIGGER IF EXISTS hold ON {table}")

    def somebody_waits(self) -> bool:
        """Tell whether a write has come to the step."""
        return bool(
            self.run("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = $1::int::oid", GATE)
        )
