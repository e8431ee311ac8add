"""The connection to PostgreSQL: one pool, real transactions, and the only place that knows a connection string.

Piccolo's queries and asyncpg's run on the same pool and, inside `engine.transaction()`, on the same transaction.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, cast

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

from db.leases import Leases, end_transaction

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]

Observer = Callable[[str, Sequence[Any]], None]
Isolation = Literal["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]

# How an unreachable server shows itself: PostgreSQL that is killed, starting or stopping, a network that fails.
OUTAGES = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)
ACQUIRE_TIMEOUT = 5.0


@dataclass(slots=True)
class Spent:
    """What a request has spent on the database: statements, and the seconds that they took."""

    statements: int = 0
    seconds: float = 0.0


# The running request's, if it is to be known. BEGIN and COMMIT are not counted.
spent: ContextVar[Spent | None] = ContextVar("spent", default=None)


class Transaction(PostgresTransaction):
    """A transaction on one connection of the pool; inside another one, a savepoint.

    Unlike Piccolo's own, a nested one undoes only itself, and a failed BEGIN or COMMIT neither leaks its connection
    nor leaves the context variable set. A savepoint that did well is not released: the commit does that for all.
    """

    engine: "Engine"

    def __init__(self, engine: "Engine", isolation: Isolation, first: str, *, savepoint: bool) -> None:
        super().__init__(engine, allow_nested=True)
        self._begin = f"BEGIN ISOLATION LEVEL {isolation}; {first}"
        if savepoint:
            self._begin += "; SAVEPOINT nested_1"
        # Whether the next nested one finds its savepoint set.
        self._savepoint_is_set = savepoint
        # A statement without parameters that goes with the COMMIT, in one round trip.
        self.last = ""
        self._depth: int = 0 if self._parent is None else getattr(self._parent, "_depth", 0) + 1

    async def __aenter__(self) -> Self:
        """Begin, and make this the transaction of the running task."""
        if self._parent is not None:
            self.connection = self._parent.connection
            if not (isinstance(self._parent, Transaction) and self._parent.take_savepoint()):
                await self._execute(f"SAVEPOINT nested_{self._depth}")
        else:
            self._leases = self.engine.opened()
            self.connection = await self._leases.take(ACQUIRE_TIMEOUT)
            try:
                await self._execute(self._begin)
            except BaseException:
                await self._undo()
                self._leases.give(self.connection)
                raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> Literal[False]:
        """Commit, or roll back when there was an error; the connection goes back to the pool either way."""
        try:
            if exception is not None:
                await self._undo()
            elif self._parent is None:
                await self._commit()
        except BaseException:
            await self._undo()
            raise
        finally:
            self.engine.current_transaction.reset(self.context)
            if self._parent is None:
                self._leases.give(self.connection)
        return False

    def take_savepoint(self) -> bool:
        """Tell whether the savepoint of the next one within it is set already; it is no other's then."""
        is_set, self._savepoint_is_set = self._savepoint_is_set, False
        return is_set

    async def _commit(self) -> None:
        # PostgreSQL takes the COMMIT of a transaction in which a statement failed for a ROLLBACK, without an error.
        if await self._execute(f"{self.last}; COMMIT" if self.last else "COMMIT") != "COMMIT":
            raise RuntimeError("a statement failed, and was not undone to a savepoint: nothing was committed")

    async def _undo(self) -> None:
        """Roll back; shielded, so that a request that is cancelled leaves no transaction open."""
        statement = "ROLLBACK" if self._parent is None else f"ROLLBACK TO SAVEPOINT nested_{self._depth}"
        with suppress(*OUTAGES, asyncpg.NoActiveSQLTransactionError):
            await asyncio.shield(self._execute(statement))

    async def _execute(self, statement: str) -> str:
        for observe in self.engine.observers:
            observe(statement, ())
        status: str = await self.connection.execute(statement)
        return status


class Preparing(asyncpg.Connection):
    """A connection that keeps its prepared statements at hand, by their text; the ones used last."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.prepared: OrderedDict[str, PreparedStatement[asyncpg.Record]] = OrderedDict()


class Engine(PostgresEngine):
    """Piccolo's engine over a pool of ours, opened when the process starts instead of when a module is imported."""

    def __init__(self) -> None:
        super().__init__(config={}, extensions=())
        self.leases: Leases | None = None
        # How many statements each connection keeps prepared.
        self.statements_kept = 0
        # Called for each statement and its values as it is sent (tests count them).
        self.observers: list[Observer] = []

    async def check_version(self) -> None:
        """Ask nothing of the server at import time; `open` connects."""

    async def prep_database(self) -> None:
        """Create nothing at import time; extensions come with the migrations."""

    async def open(
        self,
        dsn: str,
        *,
        size: int = 16,
        statement_cache: int = 512,
        timeout: float = 10.0,  # noqa: ASYNC109 -- seconds for one statement, handed to asyncpg
    ) -> None:
        """Open the pool.

        Args:
            dsn: a PostgreSQL URL.
            size: the most connections it holds.
            statement_cache: prepared statements kept on each connection; 0 behind PgBouncer.
            timeout: seconds that one statement may take.

        Raises:
            OSError: the server is out of reach.
        """
        self.config = {"dsn": dsn}
        self.pool = await asyncpg.create_pool(
            dsn,
            min_size=min(2, size),
            max_size=size,
            statement_cache_size=statement_cache,
            max_cached_statement_lifetime=0,
            command_timeout=timeout,
            server_settings={"timezone": "UTC", "application_name": "dzbuild"},
            reset=end_transaction,
            connection_class=Preparing,
        )
        self.leases = Leases(self.pool, size)
        self.statements_kept = statement_cache

    async def close(self) -> None:
        """Close the pool; what is in flight is let end first, for five seconds at most."""
        pool, self.pool = self.pool, None
        leases, self.leases = self.leases, None
        if pool is None or leases is None:
            return
        try:
            async with asyncio.timeout(5):
                await leases.close()
                await pool.close()
        except OUTAGES:
            pool.terminate()

    def transaction(  # type: ignore[override]
        self, isolation: Isolation = "READ COMMITTED", first: str = "", *, savepoint: bool = False
    ) -> Transaction:
        """Return a transaction to use with `async with`; a savepoint when one is already open in this task.

        Args:
            isolation: of the transaction; a savepoint has its transaction's.
            first: a statement without parameters that begins it, in the same round trip.
            savepoint: set the savepoint of the first one within it in that round trip, too: what is done before that
                one begins is undone with it.
        """
        return Transaction(self, isolation, first, savepoint=savepoint)

    def connection(self) -> "Connection | None":
        """Return the connection of this task's transaction, or None outside of one."""
        current = self.current_transaction.get()
        return None if current is None else current.connection

    async def fetch(self, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        """Run one statement on this task's transaction, or on a pooled connection, and return its rows.

        Outside a transaction a read that met a dying server is tried once more; pass only reads there.
        """
        connection = self.connection()
        if connection is not None:
            return await self._run(connection, sql, arguments)
        try:
            return await self._fetch_pooled(sql, arguments)
        except OUTAGES:
            return await self._fetch_pooled(sql, arguments)

    async def fetch_row(self, sql: str, *arguments: Any) -> asyncpg.Record | None:
        """Return the first row of `fetch`, or None."""
        rows = await self.fetch(sql, *arguments)
        return rows[0] if rows else None

    async def write(self, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        """Run one changing statement on this task's transaction and return what it RETURNs.

        Raises:
            RuntimeError: there is no transaction; a change never commits by itself.
        """
        connection = self.connection()
        if connection is None:
            raise RuntimeError("a change needs a transaction: use `async with engine.transaction()`")
        return await self._run(connection, sql, arguments)

    async def write_alone(self, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        """Run one changing statement that is a transaction by itself, and return what it RETURNs once that is kept.

        It is never tried twice: who loses the connection meanwhile doesn't know whether it was done.
        """
        return await self._fetch_pooled(sql, arguments)

    def opened(self) -> Leases:
        """Return what lends connections.

        Raises:
            ConnectionError: the engine is not open.
        """
        if self.leases is None:
            raise ConnectionError("the connection pool is not open")
        return self.leases

    async def _fetch_pooled(self, sql: str, arguments: Sequence[Any]) -> list[asyncpg.Record]:
        leases = self.opened()
        connection = await leases.take(ACQUIRE_TIMEOUT)
        try:
            rows = await self._run(connection, sql, arguments)
        except BaseException as error:
            # A statement that PostgreSQL refused leaves its connection as good as it was.
            refused = isinstance(error, asyncpg.PostgresError) and not isinstance(error, OUTAGES)
            (leases.give if refused else leases.give_up)(connection)
            raise
        leases.give(connection)
        return rows

    async def _run_in_pool(self, query: str, args: Sequence[Any] | None = None) -> list[asyncpg.Record]:
        """Run a query of Piccolo's own on a connection of ours: its pool has none left."""
        return await self._fetch_pooled(query, args or ())

    async def _run(self, connection: "Connection", sql: str, arguments: Sequence[Any]) -> list[asyncpg.Record]:
        """Run a statement, on the running request's account."""
        for observe in self.observers:
            observe(sql, arguments)
        account = spent.get()
        if account is None:
            return await self._sent(connection, sql, arguments)
        begun = time.perf_counter()
        try:
            return await self._sent(connection, sql, arguments)
        finally:
            account.statements += 1
            account.seconds += time.perf_counter() - begun

    async def _sent(self, connection: "Connection", sql: str, arguments: Sequence[Any]) -> list[asyncpg.Record]:
        """Run a statement as this connection has it prepared: asyncpg's own way to find it takes half as long again."""
        kept = cast("Preparing", connection).prepared
        statement = kept.get(sql)
        if statement is None:
            if not self.statements_kept:
                return await connection.fetch(sql, *arguments)
            statement = kept[sql] = await connection.prepare(sql)
            if len(kept) > self.statements_kept:
                kept.popitem(last=False)
        else:
            kept.move_to_end(sql)
        try:
            return await statement.fetch(*arguments)
        except (asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError):
            # A migration has changed what it answers.
            kept.pop(sql, None)
            if connection.is_in_transaction():
                raise
            return await connection.fetch(sql, *arguments)


engine = Engine()


def insert_sql(table: str, columns: Mapping[str, Any] | tuple[str, ...], returning: str = "id") -> str:
    """Return `INSERT INTO table (…) VALUES ($1, …) RETURNING …` for these columns, in their order."""
    names = tuple(columns)
    places = ", ".join(f"${place}" for place in range(1, len(names) + 1))
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places}) RETURNING {returning}"
