"""Which rows: a description that read resolvers return, and that runs as one statement.

A `Source` adds the store and the mode by itself, so a query that forgets its tenant can't be written. Lists are walked
by keyset: a cursor holds the sort values of the last row and a fingerprint of its list and filters
(`contract.md §6`).
"""

import base64
import binascii
import hashlib
import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Generic, Literal, NamedTuple, TypeVar

import msgspec

from db.engine import engine
from graph.context import Context
from graph.creations import Creation, numbered
from graph.errors import ApiError, Code, Detail, bad_request
from graph.fields import Entity, entity_of
from graph.plans import Plan

T = TypeVar("T")

DEFAULT_LIMIT = 50
MAXIMUM_LIMIT = 200
# A name of 255 characters may fold to 8 KiB of sort value.
CURSOR_LENGTH = 16_384
# More than the rows of any source that is read whole: 90 days of hours in some twenty groups of endpoints.
FEW = 100_000
# How many rows a statement reads at most: written in it, for one that doesn't know plans itself anew for each request,
# which takes PostgreSQL as long as running it. There is one more than a page shows, and few texts to keep plans of.
ROWS = (1, 2, 4, 6, 11, 21, 26, 31, 51, 101, MAXIMUM_LIMIT + 1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, eq=False)
class Sort:
    """One column of an order. Every order ends with the id, so that no two rows are alike."""

    column: str
    type: Literal["integer", "text", "time", "transaction"] = "integer"


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """The columns that a list is sorted by, all in one direction, as their index has them.

    Each is made once, by name, and told from others by being another one.
    """

    columns: tuple[Sort, ...]
    descending: bool = False


NEWEST = Order((Sort("id"),), descending=True)
OLDEST = Order((Sort("id"),))
BY_CHANGE = Order((Sort("updated_at", "time"), Sort("id")))

# Before which moment nothing can change any more that is not to be seen now. `updated_at` is `now()` of the transaction
# that wrote it: one that is open may yet commit rows older than everything seen here, so it is the oldest of theirs.
# Read in a statement of its own, before the rows: a transaction that ends in between is then seen whole.
#
# `now()` is the moment at which a backend got its first message; it shows as `xact_start` only when the transaction has
# begun, a few steps later. Neither a snapshot nor `backend_xmin` knows it in between, as it has no id yet. But:
# - who gets its message after this statement's own `now()` has a later one: the horizon is never after that;
# - who says it is active, and has no transaction yet, takes `query_start` for its `now()`;
# - who still says it is idle, and waits for its client no more, has got a message after `state_change`.
# A role sees the times of its own backends alone: all that write must be of one role, as the README asks.
HORIZON = (
    "SELECT least(now(), min(coalesce(xact_start, CASE state WHEN 'idle' THEN state_change ELSE query_start END)))"
    " AS horizon FROM pg_stat_activity"
    " WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    " AND (xact_start IS NOT NULL OR state <> 'idle' OR wait_event IS DISTINCT FROM 'ClientRead')"
)


@dataclass(frozen=True, slots=True)
class Source:
    """Rows of one entity in one store and mode.

    Attributes:
        entity: what the rows are.
        context: whose they are.
        conditions: SQL over `t`, each with `{}` where its values go.
        values: the values, in the order of the places.
        order: how they are sorted.
        missing: what a single row that isn't there is called by.
        ids_first: find the ids by index alone before a row is read (for conditions that filter many rows).
        until_horizon: leave out what changed after the oldest transaction still open began.
        endless: rows come at its end later, so that its last page has a cursor to go on from, too.
        begins: SQL of the keys that its first page begins after, where that is not its beginning: such a page is empty.
    """

    entity: Entity
    context: Context
    conditions: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()
    order: Order = NEWEST
    missing: Callable[[], ApiError] | None = None
    ids_first: bool = False
    until_horizon: bool = False
    endless: bool = False
    begins: str | None = None

    def where(self, condition: str, *values: Any) -> "Source":
        """Return a source of those rows that also meet a condition with these values at its `{}`."""
        return replace(self, conditions=(*self.conditions, condition), values=(*self.values, *values))

    def filtered(self, **filters: Any) -> "Source":
        """Return a source of those rows whose columns equal the values given; None filters nothing."""
        source = self
        for name, value in filters.items():
            if value is not None:
                source = source.where(f"t.{name} = {{}}", value)
        return source

    def changed_since(self, since: datetime) -> "Source":
        """Return a source of what changed at or after a time, oldest change first, for syncing (`contract.md §6`)."""
        changed = self.where("t.updated_at >= {}", since)
        return replace(changed, order=BY_CHANGE, until_horizon=True)


@dataclass(slots=True)
class Page(Generic[T]):
    """One page of a list: its rows, and what their cursors are made of.

    Attributes:
        rows: as the plan built them, or as they were read.
        read: the rows as they were read; each one's last values are its keys.
        width: how many values are keys.
        has_more: whether there are rows after it.
        source: the list.
        came_after: the cursor that it was asked for with.
    """

    rows: Sequence[T]
    read: Sequence[Any]
    width: int
    has_more: bool
    source: Source
    came_after: str | None = None

    @property
    def keys(self) -> list[Any]:
        """Return the keys of each row: the values that the list is sorted by."""
        return [row[-self.width :] for row in self.read]

    def cursors(self) -> list[str]:
        """Return the cursor of each row: the one that continues after it."""
        fingerprint = _fingerprint(self.source)
        return [_encode_cursor(fingerprint, keys) for keys in self.keys]

    def cursor(self, place: int) -> str:
        """Return the cursor of one row."""
        return _encode_cursor(_fingerprint(self.source), self.read[place][-self.width :])

    @property
    def end_cursor(self) -> str | None:
        """Return the last row's cursor; of an endless list's empty page, where it goes on later."""
        if self.read:
            return self.cursor(-1)
        return self.came_after if self.source.endless else None

    @property
    def next_cursor(self) -> str | None:
        """Return the cursor of the next page, or None at the end; of an endless list, where it goes on later."""
        return self.end_cursor if self.has_more or self.source.endless else None


class Issued(NamedTuple):
    """What a write answers that makes a secret: its row, what is shown of it this once, and what it is called by."""

    source: "Source"
    secrets: Mapping[str, str]
    name: str


def row_written(type_: type, context: Context, identifier: int) -> Source:
    """Return what a write answers with: its own row, which it may show whatever the key may read."""
    return Source(entity_of(type_), context).where("t.id = {}", identifier)


async def row_hold(source: Source) -> bool:
    """Hold the source's one row until the running transaction ends, and tell whether there is one."""
    sql = _statement(source.entity, "1", source.conditions, None, False, False)
    return bool(await engine.write(f"{sql} FOR NO KEY UPDATE", *_tenant(source), *source.values))


async def fetch_one(source: Source | Creation, compiled: Plan) -> Any:
    """Return the source's one row, or a row that is inserted for it, as the plan builds it, by one statement.

    Raises:
        ApiError: `not_found`, as `source.missing` says it; or as who creates the row says.
    """
    return compiled.build(await read_one(source, compiled.terms), source.context)


async def fetch_page(
    source: Source, compiled: Plan, limit: int, cursor: str | None, called: str = "cursor"
) -> Page[Any]:
    """Return one page of at most `limit` rows after `cursor`, which the client named `called`, by one statement.

    Raises:
        ApiError: `bad_request` when the cursor is not one of this list with these filters.
    """
    page = await read_page(source, compiled.terms, limit, cursor, called)
    build, context = compiled.build, source.context
    page.rows = [build(row, context) for row in page.read]
    return page


async def read_one(source: Source | Creation, terms: str) -> Any:
    """Return the terms of the source's one row, or of a row that is inserted for it.

    Raises:
        ApiError: `not_found`, as `source.missing` says it; or as who creates the row says.
    """
    if isinstance(source, Creation):
        return await source.insert(terms or "1")
    sql = _statement(source.entity, terms or "1", source.conditions, None, False, False)
    row = await engine.fetch_row(sql, *_tenant(source), *source.values)
    if row is None:
        raise source.missing() if source.missing else ApiError(Code.NOT_FOUND, f"{source.entity.name} not found")
    return row


async def read_page(source: Source, terms: str, limit: int, cursor: str | None, called: str = "cursor") -> Page[Any]:
    """Return the terms of one page's rows, each followed by its keys.

    Raises:
        ApiError: `bad_request` when the cursor is not one of this list with these filters.
    """
    asked = source
    if cursor is None and source.begins is not None:
        return await _beginning(source, source.begins)
    after = () if cursor is None else _decode_cursor(source, cursor, called)
    if source.until_horizon:
        horizon = await engine.fetch_row(HORIZON)
        source = source.where("t.updated_at < {}", horizon["horizon"] if horizon else EPOCH)
    keys = [f"t.{sort.column}" for sort in source.order.columns]
    everything = ", ".join([terms, *keys] if terms else keys)
    place = bisect_left(ROWS, limit + 1)
    most = ROWS[place] if place < len(ROWS) else limit + 1
    sql = _statement(source.entity, everything, source.conditions, source.order, bool(after), source.ids_first, most)
    rows = await engine.fetch(sql, *_tenant(source), *source.values, *after)
    shown = rows[:limit]
    return Page(shown, shown, len(keys), len(rows) > limit, asked, cursor)


async def _beginning(source: Source, begins: str) -> Page[Any]:
    """Return an empty page, whose cursor leads to what comes after these keys."""
    keys = await engine.fetch_row(begins)
    cursor = None if keys is None else _encode_cursor(_fingerprint(source), tuple(keys))
    return Page([], [], len(source.order.columns), False, source, cursor)


async def fetch_all(source: Source, compiled: Plan) -> list[Any]:
    """Return every row of a source that has few enough of them, by one statement."""
    return list((await fetch_page(source, compiled, FEW, None)).rows)


def _tenant(source: Source) -> tuple[Any, ...]:
    context = source.context
    return (context.store_id, context.livemode) if source.entity.livemode else (context.store_id,)


@lru_cache(maxsize=4096)
def _statement(
    entity: Entity,
    terms: str,
    conditions: tuple[str, ...],
    order: Order | None,
    after: bool,
    ids_first: bool,
    most: int = 0,
) -> str:
    """Return the SQL: tenant first, then the conditions, the keyset, the order and the limit."""
    tenant = [f"t.{entity.tenant} = {{}}"]
    if entity.livemode:
        tenant.append("t.livemode = {}")
    parts = [*tenant, *conditions, *([entity.live] if entity.live else [])]
    if order is None:
        return numbered(f"SELECT {terms} FROM {entity.table} t WHERE {' AND '.join(parts)}")
    columns = _sorted_by(order)
    if after:
        sign = "<" if order.descending else ">"
        places = ", ".join("{}" for _ in columns)
        parts.append(f"({', '.join(columns)}) {sign} ({places})")
    sorting = ", ".join(f"{name} DESC" if order.descending else name for name in columns)
    found = f"FROM {entity.table} t WHERE {' AND '.join(parts)} ORDER BY {sorting} LIMIT {most}"
    if ids_first:
        found = f"FROM {entity.table} t WHERE t.id = ANY(ARRAY(SELECT t.id {found})) ORDER BY {sorting}"
    return numbered(f"SELECT {terms} {found}")


def _sorted_by(order: Order) -> list[str]:
    """Return the SQL of an order's columns, as their index has them.

    By id alone it is `id + 0`, which the primary key's index can't serve: PostgreSQL would walk that one for any store
    with some hundredths of all rows, through the rows of all others.
    """
    columns = [f"t.{sort.column}" for sort in order.columns]
    return ["(t.id + 0)"] if columns == ["t.id"] else columns


def _fingerprint(source: Source) -> bytes:
    """Return what tells this list with these filters from every other."""
    context = source.context
    told = repr((context.store_id, context.livemode, source.values))
    listed = _listed(source.entity, source.conditions, source.order)
    return hashlib.blake2b(f"{listed}{told}".encode(), digest_size=6).digest()


@lru_cache(maxsize=4096)
def _listed(entity: Entity, conditions: tuple[str, ...], order: Order) -> str:
    """Return what lists with different values of these conditions have in common."""
    return repr((entity.name, conditions, order))


def _encode_cursor(fingerprint: bytes, keys: Sequence[Any]) -> str:
    values = [(key - EPOCH) // MICROSECOND if isinstance(key, datetime) else key for key in keys]
    return base64.urlsafe_b64encode(fingerprint + msgspec.json.encode(values)).rstrip(b"=").decode()


def _decode_cursor(source: Source, cursor: str, called: str) -> tuple[Any, ...]:
    refused = bad_request(
        "The cursor is not one of this list with these filters: pass it as it came, or leave it out",
        [Detail(called, "not a cursor of this list with these filters")],
    )
    if not re.fullmatch(rf"[A-Za-z0-9_-]{{8,{CURSOR_LENGTH}}}", cursor):
        raise refused
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        values = msgspec.json.decode(raw[6:])
    except (binascii.Error, msgspec.DecodeError) as error:
        raise refused from error
    if raw[:6] != _fingerprint(source) or not isinstance(values, list) or len(values) != len(source.order.columns):
        raise refused
    return tuple(_key(sort, value, refused) for sort, value in zip(source.order.columns, values, strict=True))


def _key(sort: Sort, value: object, refused: ApiError) -> Any:
    """Return a cursor's value as the column wants it, or raise what a forged one gets."""
    if sort.type == "text":
        if isinstance(value, str) and "\0" not in value:
            return value
        raise refused
    if not isinstance(value, int) or isinstance(value, bool) or not -(2**63) <= value < 2**63:
        raise refused
    if sort.type == "integer":
        return value
    if sort.type == "transaction":
        if value >= 0:
            return value
        raise refused
    try:
        return EPOCH + value * MICROSECOND
    except OverflowError as error:
        raise refused from error
