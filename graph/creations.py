"""Rows that are inserted by the very statement that answers with them: none is needed to read them back.

Such a statement has what it inserts under the tables' own names, so that a plan finds it where it looks for rows that
were there before: what is created, changed and read is one plan's, and can't differ.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import asyncpg

from graph.context import Context
from graph.fields import Entity, entity_of

# Inserts the row on the running transaction, and returns these terms of it: SQL over `t`, the row.
Insert = Callable[[str], Awaitable[asyncpg.Record]]


@dataclass(frozen=True, slots=True)
class Creation:
    """A row that is checked and yet to be inserted: by who answers with it, or by `make`."""

    entity: Entity
    context: Context
    insert: Insert

    async def make(self) -> int:
        """Insert the row on the running transaction and return its id; raises as who created it says."""
        return int((await self.insert("t.id"))[0])


def creation(type_: type, context: Context, insert: Insert) -> Creation:
    """Return a row of a type, as whose the answer shows it."""
    return Creation(entity_of(type_), context, insert)


@dataclass(frozen=True, slots=True)
class Beside:
    """What is inserted beside a row, by the same statement.

    Attributes:
        sql: `WITH` queries, each with a comma before it, and `{}` where its values go.
        values: the values, in the order of the places.
    """

    sql: str = ""
    values: tuple[Any, ...] = ()

    def __add__(self, other: "Beside") -> "Beside":
        """Return both."""
        return Beside(self.sql + other.sql, self.values + other.values)


NOTHING: Final = Beside()


def numbered(sql: str, first: int = 1) -> str:
    """Return the SQL with each `{}` as `$first` and so on, in the order in which they stand."""
    head, *rest = sql.split("{}")
    return head + "".join(f"${place}{part}" for place, part in enumerate(rest, first))


@lru_cache(maxsize=1024)
def creation_sql(table: str, insert: str, beside: str, terms: str, places: int) -> str:
    """Return the statement that inserts one row and what is beside it, and returns terms of the row.

    Args:
        table: the row's.
        insert: the INSERT, with `$1`, `$2`, … for its values; without RETURNING.
        beside: `Beside.sql`.
        terms: SQL over `t`.
        places: how many values the INSERT has.
    """
    beside = numbered(beside, places + 1)
    return f"WITH {table} AS ({insert} RETURNING *){beside} SELECT {terms} FROM {table} t"
