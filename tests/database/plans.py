"""How PostgreSQL finds the rows of a statement that the application sent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

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
    quoted: str = await connection.fetchval("SELECT quote_literal($1::text)", text)
    return quoted


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)
