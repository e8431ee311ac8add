"""What is past its time goes, in batches along an index; what is not, stays."""

import asyncio
import json
import secrets
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from app.services import Servers
from app.workers.cleaning import clean
from app.workers.rounds import Rounds
from db.cleaning import BATCH, CLEANING_LOCK, TABLES, delete_sql
from db.engine import engine
from db.partitions import DELIVERIES
from tests.conftest import Shop, Statements

pytestmark = pytest.mark.anyio

OF_A_DAY = ("idempotency_keys", "signed_requests")


async def fill(shop: Shop, table: str, ages: list[str]) -> None:
    """Put a row of each age into a table."""
    values = {
        "idempotency_keys": "decode(md5(n::text || $2), 'hex'), '', 200, '', ''",
        "signed_requests": "decode(md5(n::text || $2), 'hex'), ''",
    }
    columns = {
        "idempotency_keys": "idempotency_key, request_hash, status, request_id, body",
        "signed_requests": "nonce, request_hash",
    }
    async with engine.transaction():
        await engine.write(
            f"INSERT INTO {table} (api_key_id, created_at, {columns[table]})"
            f" SELECT k.id, now() - age::interval, {values[table]}"
            " FROM api_keys k, unnest($3::text[]) WITH ORDINALITY AS given(age, n) WHERE k.store_id = $1",
            shop.store_id,
            secrets.token_hex(4),
            ages,
        )


async def left(shop: Shop, table: str) -> int:
    rows = await engine.fetch(
        f"SELECT count(*) AS left FROM {table} WHERE api_key_id IN (SELECT id FROM api_keys WHERE store_id = $1)",
        shop.store_id,
    )
    return int(rows[0]["left"])


async def until_cleaned(shop: Shop) -> None:
    """Wait for a store to have no signed requests."""
    async with asyncio.timeout(5):
        while await left(shop, "signed_requests"):  # noqa: ASYNC110 -- the state is another connection's
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("table", OF_A_DAY)
class TestClean:
    async def test_by_age(self, shop: Shop, table: str) -> None:
        await fill(shop, table, ["0 s", "1 hour", "23 hours 59 minutes", "24 hours", "30 days"])
        await clean()
        assert await left(shop, table) == 3

    async def test_in_batches(self, shop: Shop, table: str, statements: Statements) -> None:
        await clean()
        await fill(shop, table, ["2 days"] * (BATCH * 2 + 1))
        with statements.counted() as sent:
            assert await clean() == BATCH * 2 + 1
        assert sum(f"DELETE FROM {table}" in statement for statement in sent) == 3
        assert await left(shop, table) == 0

    async def test_one_process_at_a_time(self, shop: Shop, table: str, servers: Servers) -> None:
        await fill(shop, table, ["2 days"] * 3)
        other = await asyncpg.connect(servers.database_url)
        await other.execute("BEGIN")
        await other.execute(f"SELECT pg_advisory_xact_lock({CLEANING_LOCK})")
        assert await clean() == 0
        assert await left(shop, table) == 3
        await other.close()
        async with asyncio.timeout(5):
            while await left(shop, table):
                await clean()

    async def test_several_at_once(self, shop: Shop, table: str) -> None:
        await fill(shop, table, ["2 days"] * (BATCH + 10))
        async with asyncio.timeout(10):
            while await left(shop, table):
                await asyncio.gather(*(clean() for _ in range(4)))

    async def test_row_that_somebody_holds_is_left(self, shop: Shop, table: str, servers: Servers) -> None:
        await fill(shop, table, ["2 days"] * 2)
        other = await asyncpg.connect(servers.database_url)
        await other.execute("BEGIN")
        await other.execute(
            f"SELECT FROM {table} WHERE api_key_id IN (SELECT id FROM api_keys WHERE store_id = $1) LIMIT 1 FOR UPDATE",
            shop.store_id,
        )
        async with asyncio.timeout(5):
            await clean()
        assert await left(shop, table) == 1
        await other.close()

    async def test_walks_the_index(self, shop: Shop, table: str, servers: Servers) -> None:
        await fill(shop, table, ["1 hour"] * 20_000 + ["2 days"] * 100)
        connection = await asyncpg.connect(servers.database_url)
        await connection.execute(f"ANALYZE {table}")
        plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) {delete_sql(table)}"))[0]["Plan"]
        await connection.close()
        used = list(scans(plan))
        assert f"{table}_created_at" in used
        assert f"Seq Scan on {table}" not in used
        async with engine.transaction():
            await engine.write(
                f"DELETE FROM {table} WHERE api_key_id IN (SELECT id FROM api_keys WHERE store_id = $1)", shop.store_id
            )


class TestWebhooks:
    async def test_by_age(self, shop: Shop) -> None:
        """Deliveries with their week, after 30 days; a webhook that was deleted once the last of them is gone."""
        now = datetime.now(UTC)
        oldest = DELIVERIES.later(now - timedelta(days=30), 0)
        moments = [now - timedelta(days=30), oldest, oldest - timedelta(seconds=1), oldest - timedelta(days=30)]
        async with engine.transaction():
            await DELIVERIES.make(moments[-1], 6)
            hooks = await engine.write(
                "INSERT INTO webhooks (store_id, url, secret, deleted_at) SELECT $1, 'https://x.dz', '', now() - age"
                " FROM unnest($2::interval[]) AS given(age) RETURNING id",
                shop.store_id,
                [timedelta(days=37), timedelta(days=39), None],
            )
            await engine.write(
                "INSERT INTO webhook_deliveries (store_id, webhook_id, event, data, created_at)"
                " SELECT $1, $2, 'order.created', '{}', moment FROM unnest($3::timestamptz[]) AS given(moment)",
                shop.store_id,
                hooks[0]["id"],
                moments,
            )
        await clean()
        found = await engine.fetch("SELECT id FROM webhooks WHERE store_id = $1 ORDER BY id", shop.store_id)
        assert [row["id"] for row in found] == [hooks[0]["id"], hooks[2]["id"]]
        rows = await engine.fetch("SELECT created_at FROM webhook_deliveries WHERE store_id = $1", shop.store_id)
        assert {row["created_at"] for row in rows} == set(moments[:2])
        there = await engine.fetch("SELECT to_regclass($1) AS name", DELIVERIES.name(DELIVERIES.later(oldest, -1)))
        assert there[0]["name"] is None

    @pytest.mark.usefixtures("application")
    async def test_weeks_to_come(self) -> None:
        last = DELIVERIES.name(DELIVERIES.later(datetime.now(UTC), 4))
        await engine.write_alone(f"DROP TABLE IF EXISTS {last}")
        await clean()
        (row,) = await engine.fetch(
            "SELECT reloptions::text[] AS options, (SELECT attoptions::text[] FROM pg_attribute"
            " WHERE attrelid = c.oid AND attname = 'store_id') AS few FROM pg_class c WHERE oid = $1::text::regclass",
            last,
        )
        assert row["options"] == ["autovacuum_vacuum_scale_factor=0.02"]
        assert row["few"] == ["n_distinct=3"]

    async def test_a_table_in_use_holds_up_nobody(self, shop: Shop, servers: Servers) -> None:
        """Who reads for long keeps a week from being dropped, and others from waiting for that."""
        old = DELIVERIES.later(datetime.now(UTC), -20)
        async with engine.transaction():
            await DELIVERIES.make(old, 1)
        there = "SELECT to_regclass($1) IS NOT NULL AS there"
        other = await asyncpg.connect(servers.database_url)
        async with other.transaction():
            await other.execute("SELECT FROM webhook_deliveries LIMIT 1")
            await fill(shop, "signed_requests", ["2 days"])
            await clean()
            assert await left(shop, "signed_requests") == 0
            assert (await engine.fetch(there, DELIVERIES.name(old)))[0]["there"]
        await other.close()
        async with asyncio.timeout(30):
            while (await engine.fetch(there, DELIVERIES.name(old)))[0]["there"]:
                await clean()


def scans(plan: dict) -> "list[str]":
    """Return the indexes and tables that a plan reads."""
    here = [plan["Index Name"]] if "Index Name" in plan else []
    if plan["Node Type"] == "Seq Scan":
        here.append(f"Seq Scan on {plan['Relation Name']}")
    return here + [name for below in plan.get("Plans", ()) for name in scans(below)]


class TestRounds:
    async def test_from_start_to_stop(self, shop: Shop) -> None:
        turned = asyncio.Event()

        async def work() -> None:
            turned.set()
            await clean()

        await fill(shop, "signed_requests", ["2 days"])
        rounds = Rounds(work, 0.01)
        rounds.start()
        await until_cleaned(shop)
        await rounds.stop()
        turned.clear()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(turned.wait(), 0.05)

    async def test_an_outage_ends_nothing(self, shop: Shop) -> None:
        turns: asyncio.Queue[None] = asyncio.Queue()

        async def work() -> None:
            turns.put_nowait(None)
            await clean()

        leases, engine.leases = engine.leases, None
        rounds = Rounds(work, 0.01)
        rounds.start()
        for _ in range(3):
            await turns.get()
        engine.leases = leases
        await fill(shop, "signed_requests", ["2 days"])
        await until_cleaned(shop)
        await rounds.stop()

    async def test_stop_without_start(self) -> None:
        await Rounds(clean, 1).stop()


class TestEvents:
    async def test_kept_for_thirty_days(self, shop: Shop) -> None:
        of_members = {"member_writes", "product_uploads", "sessions"}
        assert set(TABLES) == {*OF_A_DAY, *of_members, "events", "webhooks"}
        async with engine.transaction():
            await engine.write(
                "INSERT INTO events (store_id, name, data, occurred_at) SELECT $1, 'order.created', '{}',"
                " now() - age::interval FROM unnest($2::text[]) age",
                shop.store_id,
                ["0 s", "29 days 23 hours", "30 days", "90 days"],
            )
        await clean()
        rows = await engine.fetch("SELECT count(*)::int AS left FROM events WHERE store_id = $1", shop.store_id)
        assert rows[0]["left"] == 2

    async def test_walks_the_index(self, shop: Shop, servers: Servers) -> None:
        connection = await asyncpg.connect(servers.database_url)
        async with connection.transaction():
            await connection.execute(
                "INSERT INTO events (store_id, name, data, occurred_at) SELECT $1, 'order.created', '{}',"
                " now() - make_interval(mins => n) FROM generate_series(1, 50000) n",
                shop.store_id,
            )
            await connection.execute("ANALYZE events")
            plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) {delete_sql('events')}"))[0]["Plan"]
            await connection.execute("DELETE FROM events WHERE store_id = $1", shop.store_id)
        await connection.close()
        used = list(scans(plan))
        assert "events_by_age" in used
        assert "Seq Scan on events" not in used
