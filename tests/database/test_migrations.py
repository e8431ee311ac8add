"""Migrations: up from nothing, once, and to exactly what the tables say."""

import asyncio
import sys
from datetime import timedelta

import asyncpg
import pytest
from piccolo.apps.migrations.commands.new import AutoMigrationManager

from db.migrate import known
from db.piccolo_app import APP_CONFIG
from db.tables import TABLES
from graph.delivery import ZONES
from tests.database.conftest import Connection, DatabaseMaker

pytestmark = pytest.mark.anyio

MIGRATE = "import asyncio, sys; from db.migrate import migrate; print(*asyncio.run(migrate(sys.argv[1])))"
PENDING = "import asyncio, sys; from db.migrate import pending; print(*asyncio.run(pending(sys.argv[1])))"

COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname = ANY($1)
      AND a.attgenerated = ''
"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, contype, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text = ANY($1) AND contype <> 'n'
"""
# What a partitioned table has in its primary key, which Piccolo does not know.
PARTED = {"PRIMARY KEY (id, created_at)": "PRIMARY KEY (id)"}
# A foreign key whose column no whole index begins with: deleting what it points at would read the table.
UNINDEXED = """
    SELECT con.conrelid::regclass::text || '.' || a.attname AS place
    FROM pg_constraint con JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = con.conkey[1]
    WHERE con.contype = 'f' AND con.connamespace = 'public'::regnamespace AND NOT EXISTS (
        SELECT FROM pg_index i WHERE i.indrelid = con.conrelid AND i.indkey[0] = con.conkey[1]
        AND i.indisvalid AND (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) ~ '^\\(\\w+ IS NOT NULL\\)$'))
    ORDER BY place
"""


BY_WEEK = "2026-11-28T04:00:00:000000"
# The table of deliveries as it was before they were parted by week, and rows of it.
WHOLE = """
    ALTER TABLE webhook_deliveries RENAME TO parted;
    CREATE TABLE webhook_deliveries (LIKE parted INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
    ALTER SEQUENCE webhook_deliveries_id_seq OWNED BY webhook_deliveries.id;
    DROP TABLE parted;
    ALTER TABLE webhook_deliveries ADD PRIMARY KEY (id);
"""
FILL = """
    WITH store AS (
        INSERT INTO stores (name, slug, subdomain) SELECT x, x, x FROM (SELECT gen_random_uuid()::text) made(x)
        RETURNING id
    ), hook AS (
        INSERT INTO webhooks (store_id, url, secret) SELECT id, 'https://x.dz', '' FROM store RETURNING id, store_id
    )
    INSERT INTO webhook_deliveries (store_id, webhook_id, event, data, created_at)
    SELECT store_id, hook.id, 'order.created', age::text, now() - age FROM hook, unnest($1::interval[]) WITH ORDINALITY
        AS given(age, n) ORDER BY n RETURNING id, data
"""


async def run(code: str, dsn: str) -> list[str]:
    """Run a line of Python on a database in a process of its own and return the words that it prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, dsn), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    printed, problems = await process.communicate()
    assert process.returncode == 0, problems.decode()
    return printed.decode().split()


class TestMigrate:
    async def test_from_nothing_and_again(self, make_database: DatabaseMaker) -> None:
        dsn = await make_database()
        assert await run(PENDING, dsn) == known()
        assert await run(MIGRATE, dsn) == known()
        assert await run(MIGRATE, dsn) == []
        assert await run(PENDING, dsn) == []

    async def test_by_several_at_once(self, make_database: DatabaseMaker) -> None:
        dsn = await make_database()
        printed = await asyncio.gather(*(run(MIGRATE, dsn) for _ in range(4)))
        assert sorted(printed) == [[], [], [], known()]
        connection = await asyncpg.connect(dsn)
        rows = await connection.fetch("SELECT name FROM migration ORDER BY id")
        await connection.close()
        assert [row["name"] for row in rows] == known()

    async def test_order_is_that_of_their_names(self) -> None:
        assert known() == sorted(known())


class TestDeliveryRates:
    async def test_stores_that_are_there_get_those_of_a_new_one(self, make_database: DatabaseMaker) -> None:
        dsn = await make_database()
        await run(MIGRATE, dsn)
        connection = await asyncpg.connect(dsn)
        await connection.execute("INSERT INTO stores (name, slug, subdomain) VALUES ('x', 'x', 'x'), ('y', 'y', 'y')")
        await connection.execute("DELETE FROM migration WHERE name = '2026-11-24T02:01:00:000000'")
        assert await run(MIGRATE, dsn) == ["2026-11-24T02:01:00:000000"]
        rows = await connection.fetch("SELECT wilaya_id, home, desk, count(*) FROM delivery_rates GROUP BY 1, 2, 3")
        await connection.close()
        assert sorted(map(tuple, rows)) == sorted(
            (wilaya_id, zone.home, zone.desk, 4) for zone in ZONES for wilaya_id in zone.wilayas
        )


class TestDeliveriesByWeek:
    async def test_those_that_are_there_stay(self, make_database: DatabaseMaker) -> None:
        """All but those past their time, with their ids, and what comes gets the next one."""
        dsn = await make_database()
        await run(MIGRATE, dsn)
        connection = await asyncpg.connect(dsn)
        await connection.execute(WHOLE)
        ages = [timedelta(days=days) for days in (0, 6, 29, 31, 90)]
        rows = await connection.fetch(FILL, ages)
        await connection.execute("DELETE FROM migration WHERE name = $1", BY_WEEK)
        assert await run(MIGRATE, dsn) == [BY_WEEK]
        kept = await connection.fetch("SELECT id, data FROM webhook_deliveries ORDER BY id")
        assert [tuple(row) for row in kept][:3] == [tuple(row) for row in rows][:3]
        # Of the week in which its time ended, all stay.
        assert {row["id"] for row in kept} <= {row["id"] for row in rows[:4]}
        again = await connection.fetch(FILL, [timedelta()])
        assert again[0]["id"] == rows[-1]["id"] + 1
        assert await connection.fetchval("SELECT to_regclass('webhook_deliveries_whole')") is None
        await connection.close()


class TestDrift:
    async def test_nothing_to_migrate(self) -> None:
        pending = await AutoMigrationManager().get_alter_statements(APP_CONFIG)
        assert [statement for group in pending for statement in group.statements] == []

    async def test_catalogue_is_that_of_the_tables(self, migrated: Connection, make_database: DatabaseMaker) -> None:
        """Piccolo compares its own files and never reads a database: so the tables are made afresh and compared."""
        made = await asyncpg.connect(await make_database())
        for table in TABLES:
            for statement in table.create_table().ddl:
                await made.execute(statement)
        names = [table._meta.tablename for table in TABLES]
        for query in (COLUMNS, CONSTRAINTS):
            there, here = [
                sorted(
                    tuple(PARTED.get(str(value), str(value)) for value in row)
                    for row in await connection.fetch(query, names)
                )
                for connection in (migrated, made)
            ]
            assert there == here
            assert there
        await made.close()

    async def test_every_table_is_ours(self, migrated: Connection) -> None:
        rows = await migrated.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        assert {row["tablename"] for row in rows} == {table._meta.tablename for table in TABLES} | {"migration"}


class TestIndexes:
    async def test_every_foreign_key_has_one(self, migrated: Connection) -> None:
        assert [row["place"] for row in await migrated.fetch(UNINDEXED)] == []

    async def test_deleted_rows_stand_in_no_index_of_a_list(self, migrated: Connection) -> None:
        rows = await migrated.fetch(
            "SELECT indexname, indexdef FROM pg_indexes"
            " WHERE tablename = 'products' AND indexdef LIKE '%(store_id, livemode, %'"
        )
        assert len(rows) >= 9
        assert [row["indexname"] for row in rows if "deleted_at IS NULL" not in row["indexdef"]] == []


class TestRules:
    """What the database itself refuses, whatever a program forgets."""

    @pytest.mark.parametrize(
        "column",
        [
            "price = -1",
            "price = 1000000000001",
            "compare_price = -1",
            "cost_price = 1000000000001",
            "stock_quantity = -1",
            "low_stock_alert = -1",
            "status = 'sold'",
            "name = ''",
            "slug = ''",
            "metadata = '[]'",
            "store_id = NULL",
            "livemode = NULL",
            "store_id = 0",
            "category_id = 0",
            "price = NULL",
            "stock_quantity = NULL",
        ],
    )
    async def test_product(self, migrated: Connection, column: str) -> None:
        transaction = migrated.transaction()
        await transaction.start()
        product = await migrated.fetchval(
            "WITH s AS (INSERT INTO stores (name, slug, subdomain) VALUES ('x', 'rules', 'rules') RETURNING id)"
            " INSERT INTO products (store_id, name, slug) SELECT id, 'x', 'x' FROM s RETURNING id"
        )
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await migrated.execute(f"UPDATE products SET {column} WHERE id = $1", product)
        await transaction.rollback()
