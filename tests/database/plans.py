"""How PostgreSQL finds the rows of a statement that the application sent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from tests.conftest import Shop
from tests.graphql.requests import asked
from tests.rest.answers import given

LIMIT = 50

# Indexes that begin with the store and the mode.
OF_A_STORE = {
    "products_list",
    "products_by_status",
    "products_by_change",
    "products_by_price",
    "products_by_name",
    "products_slug",
    "products_sku",
    "products_external_id",
    "products_search",
    "categories_list",
    "categories_slug",
    "landing_pages_list",
    "landing_pages_by_status",
    "landing_pages_slug",
}


@dataclass(frozen=True)
class Plan:
    """An executed plan."""

    root: dict[str, Any]

    def nodes(self) -> list[dict[str, Any]]:
        """Return every node, the outermost first."""
        return list(_nodes(self.root))

    @property
    def indexes(self) -> set[str]:
        """Return the names of the indexes that are read."""
        return {node["Index Name"] for node in self.nodes() if "Index Name" in node}

    @property
    def kinds(self) -> set[str]:
        """Return the kinds of its nodes."""
        return {node["Node Type"] for node in self.nodes()}

    @property
    def rows_read(self) -> int:
        """Return how many rows the scans of tables and indexes touched, kept or not."""
        scans = [node for node in self.nodes() if "Scan" in node["Node Type"] and node["Node Type"] != "Subquery Scan"]
        return sum(round((n["Actual Rows"] + n.get("Rows Removed by Filter", 0)) * n["Actual Loops"]) for n in scans)

    @property
    def rows_sorted(self) -> int:
        """Return the most rows that any sort took in."""
        sorts = [node for node in self.nodes() if "Sort" in node["Node Type"]]
        return max((round(node["Plans"][0]["Actual Rows"]) for node in sorts), default=0)

    @property
    def buffers(self) -> int:
        """Return how many blocks were looked at."""
        return int(self.root["Shared Hit Blocks"] + self.root["Shared Read Blocks"])


@dataclass(frozen=True)
class Bulk:
    """The large store: its id, and a connection to ask PostgreSQL how it would find its rows."""

    store_id: int
    connection: "asyncpg.Connection[asyncpg.Record]"


class Recorder:
    """The statements that were sent, with their values."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, tuple[Any, ...]]] = []

    def __call__(self, sql: str, values: Sequence[Any]) -> None:
        if " t WHERE " in sql:
            self.sent.append((sql, tuple(values)))


async def explained(
    connection: "asyncpg.Connection[asyncpg.Record]", statement: tuple[str, tuple[Any, ...]], *, generic: bool = False
) -> Plan:
    """Run a statement under EXPLAIN as it was sent: prepared, planned for these values or, `generic`, for any."""
    sql, values = statement
    literals = [await _literal(connection, value) for value in values]
    mode = "force_generic_plan" if generic else "force_custom_plan"
    async with connection.transaction():
        await connection.execute(f"SET LOCAL plan_cache_mode = {mode}")
        await connection.execute(f"PREPARE explained AS {sql}")
        try:
            rows = await connection.fetch(
                f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE explained({', '.join(literals)})"
            )
        finally:
            await connection.execute("DEALLOCATE explained")
    return Plan(msgspec.json.decode(rows[0][0])[0]["Plan"])


async def _literal(connection: "asyncpg.Connection[asyncpg.Record]", value: Any) -> str:
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    if isinstance(value, tuple):
        text = f"{{{','.join(value)}}}"
    quoted: str = await connection.fetchval("SELECT quote_literal($1::text)", text)
    return quoted


class Asker:
    """Asks as a client of the large store, and tells how PostgreSQL found the answer."""

    def __init__(self, shop: Shop, bulk: Bulk, recorder: Recorder) -> None:
        self.shop = shop
        self.bulk = bulk
        self.recorder = recorder

    async def get(self, path: str, *, generic: bool = False) -> Plan:
        self.recorder.sent.clear()
        self.data = given(await self.shop.get(path))
        return await self._plan(generic)

    async def query(self, query: str, *, generic: bool = False, **variables: object) -> Plan:
        self.recorder.sent.clear()
        self.data = await asked(self.shop, query, **variables)
        return await self._plan(generic)

    async def _plan(self, generic: bool) -> Plan:
        (statement,) = self.recorder.sent
        return await explained(self.bulk.connection, statement, generic=generic)


def assert_walks(plan: Plan, index: str, rows: int) -> None:
    """A plan that reads one index of the store, in its order, and no more rows than it shows."""
    assert plan.indexes == {index}
    assert not plan.kinds & {"Sort", "Incremental Sort", "Seq Scan", "Bitmap Heap Scan"}
    assert plan.rows_read <= rows
    (condition,) = [node["Index Cond"] for node in plan.nodes() if node.get("Index Name") == index]
    assert "store_id" in condition


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)
