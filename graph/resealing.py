"""Seals what is stored anew, under the first of the app's keys, so that an old key can go (`contract.md §3`, §5).

Batches, each a transaction by itself: it can be stopped anywhere and begun again, and a secret that is changed
meanwhile keeps its change.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Final, NamedTuple

import asyncpg

from db.engine import engine
from graph import sealing

BATCH: Final = 500


class Place(NamedTuple):
    """A column that holds what is sealed; of a ledger, in those rows alone that say so."""

    table: str
    column: str
    condition: str

    def count_sql(self) -> str:
        """Return the statement that counts what is sealed there."""
        return f"SELECT count(*) AS found FROM {self.table} WHERE {self.condition}"

    def read_sql(self) -> str:
        """Return the statement that reads a batch of it, from an id on."""
        return (
            f"SELECT id, {self.column} AS sealed FROM {self.table}"
            f" WHERE id > $1 AND {self.condition} ORDER BY id LIMIT {BATCH}"
        )

    def write_sql(self) -> str:
        """Return the statement that writes a batch of it, wherever that is what was read."""
        return (
            f"UPDATE {self.table} SET {self.column} = given.renewed"
            " FROM unnest($1::bigint[], $2::bytea[], $3::bytea[]) AS given(id, sealed, renewed)"
            f" WHERE {self.table}.id = given.id AND {self.table}.{self.column} = given.sealed"
        )


PLACES: Final = (
    *(
        Place(table, column, f"{column} IS NOT NULL")
        for table, column in (
            ("stores", "identity_secret"),
            ("api_keys", "signing_secret"),
            ("api_keys", "previous_signing_secret"),
            ("webhooks", "secret"),
            ("webhooks", "previous_secret"),
        )
    ),
    Place("idempotency_keys", "body", "sealed"),
    Place("member_writes", "body", "sealed"),
)


class Progress(NamedTuple):
    """What became of a batch: how many were looked at, sealed anew, and can't be opened by any key in use."""

    seen: int
    resealed: int
    lost: int


async def sealed_count() -> int:
    """Return how much is sealed in the database."""
    rows = [await engine.fetch_row(place.count_sql()) for place in PLACES]
    return sum(row["found"] for row in rows if row is not None)


async def reseal() -> AsyncIterator[Progress]:
    """Seal everything under the first key that isn't yet, and tell of each batch once it is kept."""
    for place in PLACES:
        last = 0
        while rows := await engine.fetch(place.read_sql(), last):
            yield await _batch(place, rows)
            last = rows[-1]["id"]


async def _batch(place: Place, rows: Sequence[asyncpg.Record]) -> Progress:
    renewed: list[tuple[int, bytes, bytes]] = []
    lost = 0
    for row in rows:
        try:
            fresh = sealing.renewed(row["sealed"])
        except sealing.Unsealable:
            lost += 1
            continue
        if fresh is not None:
            renewed.append((row["id"], row["sealed"], fresh))
    if renewed:
        async with engine.transaction():
            await engine.write(place.write_sql(), *map(list, zip(*renewed, strict=True)))
    return Progress(len(rows), len(renewed), lost)
