"""Takes in what was acknowledged: rows of signups and events, persons, counts and what is told of (`contract.md §8`).

A batch leaves the inbox in the transaction that writes all that comes of it, so each message is taken in once, whatever
is killed when. Several workers may do it at once: a message is taken by one of them, and the persons of a store are
held by one at a time.

Use is counted in the hour in which a message was acknowledged. A person's first signup counts, until the month's quota
is reached; in a sandbox it is told of too, and counts for nothing.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple

import asyncpg
import msgspec

from db import inbox
from db.engine import OUTAGES, engine
from db.partitions import TRACKED, month_later
from graph.context import Context
from graph.events import events_record
from graph.persons import Identifier, identifiers_of, people, persons_hold
from graph.signup_quota import month_at, months_counted
from graph.tiers import limit_sql

# What comes of running beside others, and not of a message: it is tried again.
PASSING: Final = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.LockNotAvailableError)
REASON_LENGTH: Final = 500
EMPTY: Final = msgspec.Raw(b"{}")
_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that was taken out of the inbox. `document` is its `properties` or `meta`, as JSON."""

    id: int
    store_id: int
    livemode: bool
    api_key_id: int
    kind: str
    payload: dict[str, Any]
    document: str
    received_at: datetime

    @property
    def hour(self) -> datetime:
        """Return the hour that it counts in."""
        return self.received_at.replace(minute=0, second=0, microsecond=0)


class Signed(NamedTuple):
    """A signup, and whose it is; `counted` where it is the person's first and within the quota."""

    taken: Taken
    person: int
    counted: bool


async def batch_take_in(most: int) -> int:
    """Take in the oldest messages, in one transaction, and return how many.

    A batch that fails for one of its messages is taken in one by one: the one that can't be is put aside with the
    reason.

    Raises:
        OSError: the database is out of reach; or one of `db.engine.OUTAGES`. Everything is where it was.
    """
    try:
        async with engine.transaction():
            return await _take_in(await inbox.take(most))
    except (*OUTAGES, *PASSING):
        raise
    except Exception:  # noqa: BLE001 -- whatever it is, one message must not hold up the others
        return await _one_by_one(most)


async def _one_by_one(most: int) -> int:
    done = 0
    for identifier in await inbox.next_ones(most):
        try:
            async with engine.transaction():
                done += await _take_in(await inbox.take_one(identifier))
        except (*OUTAGES, *PASSING):
            raise
        except Exception as error:  # noqa: BLE001
            async with engine.transaction():
                done += await inbox.bury(identifier, reason_of(error))
    return done


def reason_of(error: Exception) -> str:
    """Return why a message could not be taken in, without what PostgreSQL quotes of it."""
    said = getattr(error, "message", "") if isinstance(error, asyncpg.PostgresError) else str(error)
    return f"{type(error).__name__}: {said or 'no more is known'}"[:REASON_LENGTH].replace("\0", "")


async def _take_in(rows: Sequence[asyncpg.Record]) -> int:
    """Write all that comes of these messages, on the running transaction, and return how many they are."""
    if not rows:
        return 0
    there = await _tiers({row["store_id"] for row in rows})
    # What has lost its store, has lost whom to count it for.
    taken = [_taken(row) for row in rows if row["store_id"] in there]
    signups = await _signups_add([each for each in taken if each.kind == "signup"], there)
    events = [each for each in taken if each.kind == "event"]
    await _events_add(events)
    await _count(signups, events)
    await _tell(signups)
    return len(rows)


def _taken(row: asyncpg.Record) -> Taken:
    # What a page sent along is passed on as it is: a number may be larger than any that is known here.
    members = _members.decode(row["payload"])
    document = members.pop("properties" if row["kind"] == "event" else "meta", EMPTY)
    payload = {name: msgspec.json.decode(value) for name, value in members.items()}
    return Taken(**{**row, "payload": payload, "document": bytes(document).decode()})


async def _tiers(stores: set[int]) -> dict[int, int]:
    """Return the month's quota of signups of each of these stores that is there."""
    rows = await engine.fetch(
        f"SELECT t.id, {limit_sql('signups_per_month')} AS quota FROM stores t WHERE t.id = ANY($1::bigint[])",
        list(stores),
    )
    return {row["id"]: row["quota"] for row in rows}


async def _signups_add(taken: Sequence[Taken], quotas: dict[int, int]) -> list[Signed]:
    """Write signups and their persons, and return them with what counts."""
    if not taken:
        return []
    await persons_hold((each.store_id, each.livemode) for each in taken)
    named: list[tuple[Taken, list[Identifier]]] = [
        (each, identifiers_of(each.store_id, each.livemode, each.payload)) for each in taken
    ]
    known = await people((identifier for _, several in named for identifier in several), len(taken))
    signed = [Signed(each, *known.meet(several)) for each, several in named]
    signed = await _within_quota(signed, quotas)
    await known.store()
    await _signups_insert([each._replace(person=known.now(each.person)) for each in signed])
    return signed


async def _within_quota(signed: list[Signed], quotas: dict[int, int]) -> list[Signed]:
    """Return the signups, of which no more count than the quota of their month leaves."""
    limited = {
        month_at(each.taken.store_id, each.taken.received_at)
        for each in signed
        if each.counted and each.taken.livemode and quotas[each.taken.store_id] >= 0
    }
    # Read after the lock: nobody else counts signups of these stores now.
    counted = await months_counted(sorted(limited))
    found = []
    for each in signed:
        key = month_at(each.taken.store_id, each.taken.received_at)[:2]
        if each.counted and each.taken.livemode and key in counted:
            fits = counted[key] < quotas[each.taken.store_id]
            counted[key] += fits
            found.append(each._replace(counted=fits))
        else:
            found.append(each)
    return found


async def _signups_insert(signed: Sequence[Signed]) -> None:
    payloads = [each.taken.payload for each in signed]
    await engine.write(
        "INSERT INTO signups (id, store_id, livemode, api_key_id, person_id, source, country, ip_hash, meta, counted,"
        " received_at) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bool[], $4::bigint[], $5::bigint[],"
        " $6::text[], $7::text[], $8::bytea[], $9::jsonb[], $10::bool[], $11::timestamptz[])",
        *_columns([each.taken for each in signed]),
        [each.person for each in signed],
        [payload.get("source") for payload in payloads],
        [payload.get("country") for payload in payloads],
        [bytes.fromhex(payload["ip"]) if "ip" in payload else None for payload in payloads],
        [each.taken.document for each in signed],
        [each.counted for each in signed],
        [each.taken.received_at for each in signed],
    )


async def _events_add(events: Sequence[Taken]) -> None:
    if not events:
        return
    await _months_see(each.received_at for each in events)
    await engine.write(
        "INSERT INTO tracking.events (id, store_id, livemode, api_key_id, name, properties, received_at)"
        " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bool[], $4::bigint[], $5::text[], $6::jsonb[],"
        " $7::timestamptz[])",
        *_columns(events),
        [each.payload["name"] for each in events],
        [each.document for each in events],
        [each.received_at for each in events],
    )


async def _months_see(moments: Iterable[datetime]) -> None:
    """See that the months of these moments are there: those made ahead are, an older one may have been dropped."""
    for month in sorted({month_later(moment, 0) for moment in moments}):
        row = await engine.fetch_row(f"SELECT to_regclass('tracking.events_{month:%Y_%m}') IS NOT NULL AS there")
        if row is None or not row["there"]:
            await TRACKED.make(month, 1)


async def _count(signups: Sequence[Signed], events: Sequence[Taken]) -> None:
    """Add to the hours' counts, in one order for all workers."""
    total: Counter[tuple[int, bool, str, datetime]] = Counter()
    billable: Counter[tuple[int, bool, str, datetime]] = Counter()
    for each in signups:
        key = (each.taken.store_id, each.taken.livemode, "signup", each.taken.hour)
        total[key] += 1
        billable[key] += each.counted and each.taken.livemode
    for event in events:
        key = (event.store_id, event.livemode, "event", event.hour)
        total[key] += 1
        billable[key] += event.livemode
    keys = sorted(total)
    if not keys:
        return
    await engine.write(
        "INSERT INTO usage_hours"
        " (store_id, livemode, kind, period_hour, endpoint_group, public, count, billable_count)"
        " SELECT store_id, livemode, kind, period_hour, kind || 's', true, count, billable_count"
        " FROM unnest($1::bigint[], $2::bool[], $3::text[], $4::timestamptz[], $5::bigint[], $6::bigint[])"
        " AS given(store_id, livemode, kind, period_hour, count, billable_count)"
        " ORDER BY 1, 2, 3, 4"
        " ON CONFLICT (store_id, livemode, kind, period_hour, endpoint_group, public) DO UPDATE"
        " SET count = usage_hours.count + excluded.count,"
        " billable_count = usage_hours.billable_count + excluded.billable_count",
        *(list(column) for column in zip(*keys, strict=True)),
        [total[key] for key in keys],
        [billable[key] for key in keys],
    )


async def _tell(signups: Sequence[Signed]) -> None:
    """Record `signup.counted` for those that count."""
    counted = [each.taken for each in signups if each.counted]
    if not counted:
        return
    rows = await engine.fetch(
        "SELECT id, key_id FROM api_keys WHERE id = ANY($1::bigint[])", list({each.api_key_id for each in counted})
    )
    names = {row["id"]: row["key_id"] for row in rows}
    for store_id, livemode in sorted({(each.store_id, each.livemode) for each in counted}):
        told = [
            ("signup.counted", {"key_id": names.get(each.api_key_id), **_whence(each.payload)})
            for each in counted
            if (each.store_id, each.livemode) == (store_id, livemode)
        ]
        await events_record(replace(WORKER, store_id=store_id, livemode=livemode), told)


def _whence(payload: dict[str, Any]) -> dict[str, Any]:
    return {"source": payload.get("source"), "country": payload.get("country")}


def _columns(taken: Sequence[Taken]) -> list[list[Any]]:
    return [[getattr(each, name) for each in taken] for name in ("id", "store_id", "livemode", "api_key_id")]


# In whose name things happen here.
WORKER: Final = Context(
    store_id=0,
    livemode=True,
    api_key_id=0,
    key_id="worker",
    key_type="platform",
    key_name="worker",
    scopes=frozenset(),
    expires_at=None,
)
