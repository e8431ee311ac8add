"""Writes the log of requests: many rows by one statement."""

from collections.abc import Sequence
from typing import NamedTuple

from db.engine import engine


class Logged(NamedTuple):
    """A request of a key, as it is logged: no body, no query string, no address, nothing of a person."""

    key_id: str
    received_at: float
    request_id: str
    method: str
    operation: str
    surface: str
    status: int
    error_code: str | None
    milliseconds: float


# A row that is there already was written by a try whose answer never came. One whose key is nobody's is left out.
ADD = """
    INSERT INTO tracking.request_log (store_id, livemode, api_key_id, received_at, request_id, method, operation,
        surface, status, outcome, error_code, duration_ms)
    SELECT k.store_id, k.livemode, k.id, to_timestamp(g.received_at), g.request_id, g.method, g.operation, g.surface,
        g.status, CASE WHEN g.status >= 500 THEN 'failed' WHEN g.status >= 400 OR g.error_code IS NOT NULL
        THEN 'refused' ELSE 'succeeded' END, g.error_code, g.milliseconds
    FROM unnest($1::text[], $2::float8[], $3::text[], $4::text[], $5::text[], $6::text[], $7::smallint[], $8::text[],
        $9::float8[]) AS g(key_id, received_at, request_id, method, operation, surface, status, error_code,
        milliseconds)
    JOIN api_keys k ON k.key_id = g.key_id
    ON CONFLICT DO NOTHING
"""


async def requests_log(rows: Sequence[Logged | tuple[object, ...]]) -> None:
    """Add requests to the log, in a transaction of their own; one that is there already stays as it is.

    Raises:
        asyncpg.CheckViolationError: the table of a request's day is not made yet.
    """
    await engine.write_alone(ADD, *zip(*rows, strict=True))
