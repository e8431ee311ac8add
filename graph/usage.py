"""What a store has used: counted by hour and group of endpoints, and summed by month (`contract.md §4`, §8)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from db.engine import engine


class Bucket(NamedTuple):
    """What requests are counted by."""

    store_id: int
    livemode: bool
    period_hour: datetime
    endpoint_group: str
    public: bool


def month_of(year: int, month: int) -> tuple[datetime, datetime]:
    """Return the moment at which a month begins, and the one at which the next does."""
    return datetime(year, month, 1, tzinfo=UTC), datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)


async def month_count(store_id: int, livemode: bool, year: int, month: int) -> tuple[int, int]:
    """Return the requests that a store was let through in a month, and how many of them by public keys."""
    start, end = month_of(year, month)
    row = await engine.fetch_row(
        "SELECT coalesce(sum(count), 0)::bigint AS total,"
        " coalesce(sum(count) FILTER (WHERE public), 0)::bigint AS public FROM usage_hours"
        " WHERE store_id = $1 AND livemode = $2 AND kind = 'request' AND period_hour >= $3 AND period_hour < $4",
        store_id,
        livemode,
        start,
        end,
    )
    return (row["total"], row["public"]) if row else (0, 0)


async def requests_add(counts: Mapping[Bucket, int]) -> None:
    """Add requests to their hours, in one statement on the running transaction; a store that is gone is left out."""
    await _add("request", counts)


async def deliveries_add(counts: Mapping[Bucket, int]) -> None:
    """Add webhook deliveries, by their first attempt, as `requests_add`."""
    await _add("webhook", counts)


async def _add(kind: str, counts: Mapping[Bucket, int]) -> None:
    buckets = sorted(counts)
    await engine.write(
        "INSERT INTO usage_hours"
        " (store_id, livemode, kind, period_hour, endpoint_group, public, count, billable_count)"
        " SELECT s.id, given.livemode, $7, given.period_hour, given.endpoint_group, given.public, given.count,"
        " CASE WHEN given.livemode THEN given.count ELSE 0 END"
        " FROM unnest($1::bigint[], $2::bool[], $3::timestamptz[], $4::text[], $5::bool[], $6::bigint[])"
        " AS given(store_id, livemode, period_hour, endpoint_group, public, count)"
        " JOIN stores s ON s.id = given.store_id"
        " ORDER BY 1, 2, 4, 5, 6"
        " ON CONFLICT (store_id, livemode, kind, period_hour, endpoint_group, public) DO UPDATE"
        " SET count = usage_hours.count + excluded.count,"
        " billable_count = usage_hours.billable_count + excluded.billable_count",
        [bucket.store_id for bucket in buckets],
        [bucket.livemode for bucket in buckets],
        [bucket.period_hour for bucket in buckets],
        [bucket.endpoint_group for bucket in buckets],
        [bucket.public for bucket in buckets],
        [counts[bucket] for bucket in buckets],
        kind,
    )


async def transaction_id() -> str:
    """Return the id of the running transaction, by which it can be asked later whether it was kept."""
    rows = await engine.write("SELECT pg_current_xact_id()::text AS id")
    return str(rows[0]["id"])


async def transaction_kept(identifier: str) -> bool | None:
    """Tell whether a transaction was committed; None while it is still going on."""
    row = await engine.fetch_row("SELECT pg_xact_status($1::text::xid8) AS status", identifier)
    status = row["status"] if row else None
    return None if status == "in progress" else status == "committed"


async def keys_used(seen: Mapping[int, tuple[datetime, str]]) -> None:
    """Note when and from where keys were last used, at most once a minute a key, on the running transaction."""
    identifiers = sorted(seen)
    await engine.write(
        "UPDATE api_keys k SET last_used_at = given.at, last_used_ip = given.address"
        " FROM unnest($1::bigint[], $2::timestamptz[], $3::text[]) AS given(id, at, address)"
        " WHERE k.id = given.id AND (k.last_used_at IS NULL OR k.last_used_at < given.at - interval '1 minute')",
        identifiers,
        [seen[identifier][0] for identifier in identifiers],
        [seen[identifier][1] for identifier in identifiers],
    )
