"""What a store has used of what it may use (`contract.md §8`): this month's totals, their history, the limits.

Counts of requests are written every few seconds, and so lag behind by as much.
"""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

import msgspec
import strawberry

from db import tables
from db.engine import engine
from graph.context import Context
from graph.errors import ApiError, Code, Detail, invalid_fields
from graph.fields import column, entity, entity_of
from graph.rules import Rule, moment
from graph.scalars import BigInt, DateTime
from graph.sources import Order, Sort, Source
from graph.tiers import TIERS, limit_sql, sandboxed
from graph.tiers import Limits as Allowed
from graph.usage import month_of

KINDS: Final = ("request", "signup", "event", "webhook")
LONGEST: Final = timedelta(days=90)
USUAL: Final = timedelta(days=30)
EARLIEST: Final = datetime.min.replace(tzinfo=UTC) + USUAL
DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
LAST_SECOND: Final = timedelta(days=1, seconds=-1)
LAST_TIME: Final = time(23, 59, 59)


@strawberry.type(description="This month's count of one kind of usage.")
class UsageCount:
    """One kind's count."""

    total: BigInt = strawberry.field(description="Everything that was counted.")
    billable: BigInt = strawberry.field(
        description="The part that counts against the plan; in the sandbox nothing does."
    )


@strawberry.type(description="This month's counts.")
class UsageCounts:
    """The counts of all kinds."""

    request: UsageCount = strawberry.field(description="API requests; a GraphQL request counts by its cost.")
    signup: UsageCount = strawberry.field(description="Signups; each person is billed once.")
    event: UsageCount = strawberry.field(description="Tracked events.")
    webhook: UsageCount = strawberry.field(description="Webhook deliveries, counted by their first attempt.")


@strawberry.type(description="The limits in force; -1 means unlimited.")
class Limits:
    """The members of `tiers.Limits`."""

    requests_per_month: BigInt = strawberry.field(description="API requests a month.")
    signups_per_month: BigInt = strawberry.field(description="Billable signups a month.")
    webhooks_per_month: BigInt = strawberry.field(description="Webhook deliveries a month.")
    requests_per_minute: BigInt = strawberry.field(description="Requests a minute, for each key.")


@strawberry.type(description="Limits set for one store in place of its plan's; null where the plan's applies.")
class LimitOverrides:
    """What an operator has set, and why."""

    requests_per_month: BigInt | None = strawberry.field(description="API requests a month.")
    signups_per_month: BigInt | None = strawberry.field(description="Billable signups a month.")
    webhooks_per_month: BigInt | None = strawberry.field(description="Webhook deliveries a month.")
    requests_per_minute: BigInt | None = strawberry.field(description="Requests a minute, for each key.")
    notes: str | None = strawberry.field(description="Why the limits differ.")


@strawberry.type(description="This month's usage, and its limits.")
class Usage:
    """What `GET /v1/usage` answers."""

    period: str = strawberry.field(description="The month in UTC, as `2026-04`.")
    tier: str = strawberry.field(description="The store's plan: `free`, `pro`, `pro_plus` or `enterprise`.")
    usage: UsageCounts = strawberry.field(description="What has been used.")
    limits: Limits = strawberry.field(description="The limits in force.")


@strawberry.type(description="The store's limits and where they come from, and this month's usage.")
class Quotas:
    """What `GET /v1/quotas` answers."""

    tier: str = strawberry.field(description="The store's plan: `free`, `pro`, `pro_plus` or `enterprise`.")
    tier_limits: Limits = strawberry.field(description="The plan's limits.")
    overrides: LimitOverrides | None = strawberry.field(
        description="The limits set for this store in place of the plan's, if any."
    )
    effective: Limits = strawberry.field(description="The limits in force; with a test key, the sandbox's.")
    usage: UsageCounts = strawberry.field(description="This month's usage.")


@entity(tables.UsageHistory)
class UsageHour:
    """The requests to one group of endpoints in one hour."""

    period_hour: DateTime = column(description="The start of the hour.")
    endpoint_group: str = column(description="A group of endpoints: `products`, `orders`, … or `graphql`.")
    count: BigInt = column("counted", description="Requests let through.")
    billable_count: BigInt = column(description="Those that count against the plan.")


# Oldest first; no two rows of a store and mode are alike in both.
BY_HOUR: Final = Order((Sort("period_hour", "time"), Sort("endpoint_group", "text")))

# The plan, and a row for each kind that was used.
MONTH: Final = (
    "SELECT t.tier, t.limit_overrides::text AS overrides,"
    f" {', '.join(f'{limit_sql(name)} AS {name}' for name in Allowed._fields)}, used.kind, used.total, used.billable"
    " FROM stores t LEFT JOIN LATERAL ("
    "SELECT h.kind, sum(h.count)::bigint AS total, sum(h.billable_count)::bigint AS billable FROM usage_hours h"
    " WHERE h.store_id = t.id AND h.livemode = $2 AND h.kind = ANY($3::text[]) AND h.period_hour >= $4"
    " AND h.period_hour < $5 GROUP BY h.kind) used ON true WHERE t.id = $1"
)


async def usage(context: Context) -> Usage:
    """Return what the store has used this month; needs `usage:read`."""
    context.require("usage:read")
    now = datetime.now(UTC)
    rows = await _month(context, now)
    return Usage(
        period=f"{now:%Y-%m}", tier=rows[0]["tier"], usage=_counts(rows), limits=_shown(_effective(context, rows[0]))
    )


async def quotas(context: Context) -> Quotas:
    """Return the store's limits, where they come from, and what of them is used; needs `usage:read`."""
    context.require("usage:read")
    rows = await _month(context, datetime.now(UTC))
    set_for_store = msgspec.json.decode(rows[0]["overrides"])
    known = {name: set_for_store.get(name) for name in (*Allowed._fields, "notes")}
    return Quotas(
        tier=rows[0]["tier"],
        tier_limits=_shown(TIERS[rows[0]["tier"]]),
        overrides=LimitOverrides(**known) if any(value is not None for value in known.values()) else None,
        effective=_shown(_effective(context, rows[0])),
        usage=_counts(rows),
    )


def usage_history(context: Context, start: datetime | None = None, end: datetime | None = None) -> Source:
    """Return the hours from `start` on and before `end`; needs `usage:read`.

    Raises:
        ApiError: `bad_request` when they are more than 90 days apart, or in the wrong order.
    """
    context.require("usage:read")
    first, last = span(start, end)
    hour = first.replace(minute=0, second=0, microsecond=0)
    source = Source(entity_of(UsageHour), context, order=BY_HOUR).where("t.period_hour >= {}", hour)
    # Where it ends now there is no end in the conditions, so that a list's cursors hold for more than a moment.
    ends = end is not None or (start is not None and last == start + LONGEST)
    return source.where("t.period_hour < {}", last) if ends else source


def span(start: datetime | None, end: datetime | None) -> tuple[datetime, datetime]:
    """Return the first moment and the end of a history: from 30 days before, until now, where nothing else is said.

    Raises:
        ApiError: `bad_request`, as `usage_history` has it.
    """
    last = end or _now_or_the_most(start)
    first = start or (max(last, EARLIEST) - USUAL).replace(hour=0, minute=0, second=0, microsecond=0)
    if first > last:
        raise invalid_fields([Detail("to", "must not be before from")])
    # A last day was given as a date, and is counted from there.
    reach = last - LAST_SECOND if last.time() == LAST_TIME else last
    if reach - first > LONGEST:
        raise invalid_fields([Detail("to", f"must be at most {LONGEST.days} days after from")])
    return first, last


def _now_or_the_most(start: datetime | None) -> datetime:
    """Return the end of a history that has none: now, but not before its beginning or too long after it."""
    now = datetime.now(UTC)
    if start is None:
        return now
    return start if start > now else min(now, start + LONGEST)


def day_or_moment(*, last: bool) -> Rule:
    """Return the rule of a date or a time; a date is its first second or, `last`, its last one."""
    known = moment()

    def check(value: Any) -> datetime:
        found: datetime = known.check(value)
        whole_day = last and isinstance(value, str) and DATE.fullmatch(value)
        return found + LAST_SECOND if whole_day else found

    return Rule(check, {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}, from_text=check)


async def _month(context: Context, now: datetime) -> list[Any]:
    start, end = month_of(now.year, now.month)
    rows = await engine.fetch(MONTH, context.store_id, context.livemode, list(KINDS), start, end)
    if not rows:
        raise ApiError(Code.NOT_FOUND, "Store not found")
    return rows


def _counts(rows: list[Any]) -> UsageCounts:
    used = {row["kind"]: UsageCount(total=row["total"], billable=row["billable"]) for row in rows}
    return UsageCounts(**{kind: used.get(kind) or UsageCount(total=BigInt(0), billable=BigInt(0)) for kind in KINDS})


def _effective(context: Context, row: Any) -> Allowed:
    limits = Allowed(*(row[name] for name in Allowed._fields))
    return limits if context.livemode else sandboxed(limits)


def _shown(limits: Allowed) -> Limits:
    return Limits(**limits._asdict())
