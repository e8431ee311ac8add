"""What was acknowledged is taken in once, counts right, and holds nobody up."""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from app.chain.valkey import valkey
from app.workers.ingest import Ingest
from app.workers.waking import DELIVER
from db import inbox
from db.engine import Transaction, engine
from db.partitions import TRACKED, month_later
from graph import ingest
from graph.backlog import backlog
from graph.store_admin import limits_override
from tests.conftest import Shop
from tests.rest.answers import given, refused
from tests.signed.clients import Page
from tests.signed.conftest import PageMaker, PublicKeyMaker, app_keys, make_key, make_page, page

pytestmark = pytest.mark.anyio
__all__ = ["PublicKeyMaker", "app_keys", "make_key", "make_page", "page"]

Signups = Callable[..., Awaitable[httpx.Response]]


async def sign_up(page: Page, **body: Any) -> httpx.Response:
    page.move()
    raw = json.dumps(body).encode()
    return await page.client.post("/v1/signups", content=raw, headers=page.key.headers(raw))


async def take_in(batch: int = 1_000) -> None:
    worker = Ingest(1_000, 0, 7, batch)
    while await worker.round():
        pass


async def used(page: Page, kind: str) -> tuple[int, int]:
    row = await engine.fetch_row(
        "SELECT coalesce(sum(count), 0)::int AS total, coalesce(sum(billable_count), 0)::int AS billable"
        " FROM usage_hours WHERE store_id = $1 AND kind = $2",
        page.key.store_id,
        kind,
    )
    assert row is not None
    return row["total"], row["billable"]


async def rows(page: Page, table: str) -> list[asyncpg.Record]:
    return await engine.fetch(f"SELECT * FROM {table} WHERE store_id = $1 ORDER BY id", page.key.store_id)


class TestTakenIn:
    async def test_event(self, page: Page) -> None:
        properties = {"path": "/قميص", "n": 1.5, "huge": 1e300, "deep": [{"a": None}]}
        body = json.dumps({"name": "عرض", "properties": properties}).encode()
        assert (await page.track(body)).status_code == 202
        await take_in()
        (row,) = await rows(page, "tracking.events")
        assert (row["name"], row["livemode"], row["api_key_id"]) == ("عرض", True, page.key.row_id)
        assert json.loads(row["properties"], parse_int=float) == properties
        assert datetime.now(UTC) - row["received_at"] < timedelta(minutes=1)
        assert await page.key.inbox() == []
        assert await used(page, "event") == (1, 1)

    async def test_signup(self, page: Page) -> None:
        body = {"email": "a@b.dz", "ip": "105.96.0.1", "source": "s", "country": "dz", "meta": {"n": 1e300}}
        assert (await sign_up(page, **body)).status_code == 202
        await take_in()
        (row,) = await rows(page, "signups")
        assert (row["source"], row["country"], row["counted"], len(row["ip_hash"])) == ("s", "DZ", True, 32)
        assert json.loads(row["meta"], parse_int=float) == {"n": 1e300}
        (told,) = await rows(page, "events")
        assert told["name"] == "signup.counted"
        assert json.loads(told["data"]) == {"key_id": page.key.key_id, "source": "s", "country": "DZ"}
        assert await used(page, "signup") == (1, 1)

    async def test_shown_in_usage(self, page: Page, make_shop: Any) -> None:
        shop: Shop = await make_shop(store_id=page.key.store_id)
        for _ in range(2):
            await sign_up(page, phone="0555123456")
        await page.track()
        await take_in()
        shown = given(await shop.get("/v1/usage"))["usage"]
        assert shown["signup"] == {"total": 2, "billable": 1}
        assert shown["event"] == {"total": 1, "billable": 1}

    async def test_sandbox_is_told_and_counts_for_nothing(self, make_page: PageMaker) -> None:
        page = await make_page(livemode=False)
        await sign_up(page, email="a@b.dz")
        await page.track()
        await take_in()
        assert [row["name"] for row in await rows(page, "events")] == ["signup.counted"]
        assert (await used(page, "signup"), await used(page, "event")) == ((1, 0), (1, 0))

    async def test_a_store_that_is_gone(self, page: Page) -> None:
        await page.track()
        async with engine.transaction():
            await engine.write("DELETE FROM stores WHERE id = $1", page.key.store_id)
        await take_in()
        assert await rows(page, "inbox") == await rows(page, "tracking.events") == []


class TestWaking:
    """Who sends webhooks needn't wait for its next look."""

    async def test_for_what_is_told_of(self, page: Page, make_shop: Any) -> None:
        shop: Shop = await make_shop(store_id=page.key.store_id)
        body = {"url": "https://1.1.1.1/hook", "events": ["signup.counted"]}
        given(await shop.write("POST", "/v1/webhooks", body), 201)
        client: Any = valkey.required()
        for told, kind in ((0, page.track()), (1, sign_up(page, email="a@b.dz")), (0, sign_up(page, email="a@b.dz"))):
            assert (await kind).status_code == 202
            await client.delete(DELIVER)
            await take_in()
            assert await client.llen(DELIVER) == told


class TestPersons:
    """The dedup of `contract.md §8`, in one batch and in a batch each."""

    @pytest.mark.parametrize("batch", [1, 1_000])
    async def test_a_repeat_lends_its_identifiers(self, page: Page, batch: int) -> None:
        await sign_up(page, email="A@b.dz")
        await sign_up(page, email=" a@B.dz", phone="0555123456")
        await sign_up(page, phone="+213555123456", external_user_id="u")
        await sign_up(page, external_user_id="u")
        await sign_up(page, external_user_id="U")
        await take_in(batch)
        assert await used(page, "signup") == (5, 2)
        assert [row["counted"] for row in await rows(page, "signups")] == [True, False, False, False, True]
        assert len(await rows(page, "persons")) == 2

    @pytest.mark.parametrize("batch", [1, 2, 1_000])
    async def test_two_persons_turn_out_to_be_one(self, page: Page, batch: int) -> None:
        await sign_up(page, email="a@b.dz")
        await sign_up(page, phone="0555123456", external_user_id="u")
        await sign_up(page, email="a@b.dz", phone="0555123456")
        await sign_up(page, external_user_id="u")
        await take_in(batch)
        (person,) = await rows(page, "persons")
        assert {row["person_id"] for row in await rows(page, "signups")} == {person["id"]}
        assert {row["person_id"] for row in await rows(page, "person_identifiers")} == {person["id"]}
        # What was counted stays counted.
        assert await used(page, "signup") == (4, 2)

    async def test_an_address_identifies_nobody(self, page: Page) -> None:
        for number in range(2):
            await sign_up(page, external_user_id=str(number), ip="105.96.0.1")
        await take_in()
        assert await used(page, "signup") == (2, 2)

    async def test_of_its_store_and_mode_alone(self, page: Page, make_page: PageMaker) -> None:
        pages = [page, await make_page(), await make_page(page.key.store_id, livemode=False)]
        for each in pages:
            await sign_up(each, email="a@b.dz")
        await take_in()
        counted = await engine.fetch(
            "SELECT counted FROM signups WHERE store_id = ANY($1)", [each.key.store_id for each in pages]
        )
        assert [row["counted"] for row in counted] == [True] * 3

    async def test_by_several_workers_at_once(self, page: Page) -> None:
        """A hundred signups of ten people, taken in by four workers in batches of three: ten persons."""
        await asyncio.gather(*(self.queue(page, number % 10) for number in range(100)))
        await asyncio.gather(*(asyncio.create_task(take_in(3)) for _ in range(4)))
        assert await used(page, "signup") == (100, 10)
        assert len(await rows(page, "persons")) == 10
        assert await page.key.inbox() == []

    async def queue(self, page: Page, person: int) -> None:
        payload = json.dumps({"email": f"{person:064x}", "phone": f"{person + 100:064x}"})
        async with engine.transaction():
            await engine.write(
                "INSERT INTO inbox (store_id, livemode, api_key_id, kind, payload) VALUES ($1, true, $2, 'signup', $3)",
                page.key.store_id,
                page.key.row_id,
                payload,
            )


class TestQuota:
    async def limited(self, make_page: PageMaker, quota: int) -> Page:
        page = await make_page()
        async with engine.transaction():
            await limits_override(page.key.store_id, {"signups_per_month": quota})
        return page

    async def test_refused_once_it_is_reached(self, make_page: PageMaker) -> None:
        page = await self.limited(make_page, 3)
        for number in range(5):
            assert (await sign_up(page, external_user_id=str(number))).status_code == 202
        await take_in(2)
        # What was acknowledged before is kept, and is billable only up to the quota.
        assert await used(page, "signup") == (5, 3)
        assert len(await rows(page, "events")) == 3
        error = refused(await sign_up(page, external_user_id="x"), 429, "quota_exceeded")
        assert 0 < error["retry_after"] <= 31 * 86_400
        body = 'mutation { signupTrack(input: {externalUserId: "y"}) { status } }'
        answer = (await page.graphql(body, idempotency_key="k")).json()
        assert answer["errors"][0]["extensions"]["code"] == "quota_exceeded"
        # Events have none.
        assert (await page.track()).status_code == 202

    async def test_over_several_workers(self, make_page: PageMaker) -> None:
        page = await self.limited(make_page, 25)
        await asyncio.gather(*(TestPersons().queue(page, number) for number in range(100)))
        await asyncio.gather(*(asyncio.create_task(take_in(4)) for _ in range(4)))
        assert await used(page, "signup") == (100, 25)
        assert len(await rows(page, "persons")) == 100

    async def test_of_the_month_in_which_it_was_acknowledged(self, make_page: PageMaker) -> None:
        page = await self.limited(make_page, 1)
        for number in range(2):
            await sign_up(page, external_user_id=str(number))
        async with engine.transaction():
            await engine.write(
                "UPDATE inbox SET received_at = $2 WHERE id = (SELECT min(id) FROM inbox WHERE store_id = $1)",
                page.key.store_id,
                month_later(datetime.now(UTC), -1),
            )
        await take_in()
        assert await used(page, "signup") == (2, 2)


class TestOneThatCannotBe:
    async def test_is_put_aside_and_tried_again(self, page: Page) -> None:
        for number in range(5):
            await page.track(json.dumps({"name": f"e{number}"}).encode())
        async with engine.transaction():
            await engine.write(
                'UPDATE inbox SET payload = \'{"name": "", "properties": {}}\''
                " WHERE store_id = $1 AND payload->>'name' = 'e2'",
                page.key.store_id,
            )
        await take_in()
        assert [row["name"] for row in await rows(page, "tracking.events")] == ["e0", "e1", "e3", "e4"]
        (dead,) = await rows(page, "inbox_dead")
        assert "CheckViolation" in dead["reason"]
        assert await used(page, "event") == (4, 4)
        async with engine.transaction():
            await engine.write(
                'UPDATE inbox_dead SET payload = payload || \'{"name": "e2"}\' WHERE id = $1', dead["id"]
            )
            assert await inbox.revive([dead["id"]]) == 1
        await take_in()
        assert await used(page, "event") == (5, 5)
        assert await rows(page, "inbox_dead") == []

    async def test_an_outage_only_delays(self, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
        """The connection is lost at the commit, before it and after it: taken in once."""
        real = Transaction._commit
        await page.track()

        async def lost(transaction: Transaction) -> None:
            monkeypatch.setattr(Transaction, "_commit", real)
            raise ConnectionResetError

        async def kept(transaction: Transaction) -> None:
            monkeypatch.setattr(Transaction, "_commit", real)
            await real(transaction)
            raise ConnectionResetError

        for broken, done in ((lost, 0), (kept, 1)):
            monkeypatch.setattr(Transaction, "_commit", broken)
            with pytest.raises(ConnectionResetError):
                await ingest.batch_take_in(10)
            assert len(await rows(page, "tracking.events")) == done
        await take_in()
        assert await used(page, "event") == (1, 1)


class TestBackPressure:
    async def test_both_surfaces(self, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(backlog, "most", 2)
        monkeypatch.setattr(backlog, "full", False)
        for number in range(2):
            assert (await page.track(json.dumps({"name": f"e{number}"}).encode())).status_code == 202
        await backlog.look()
        for response in (await page.track(), await sign_up(page, email="a@b.dz")):
            assert refused(response, 503, "unavailable")["retry_after"] == 5
        body = 'mutation { eventTrack(input: {name: "x"}) { status } }'
        answer = (await page.graphql(body, idempotency_key="k")).json()
        assert answer["errors"][0]["extensions"]["code"] == "unavailable"
        await take_in()
        await backlog.look()
        assert (await page.track()).status_code == 202


class TestMonths:
    @pytest.mark.usefixtures("application")
    async def test_made_and_dropped(self) -> None:
        old = datetime(2001, 11, 15, tzinfo=UTC)
        async with engine.transaction():
            await TRACKED.make(old, 3)
            await TRACKED.make(old, 3)
        there = "SELECT to_regclass('tracking.events_2002_01') IS NOT NULL AS there"
        assert (await engine.fetch(there))[0]["there"]
        async with engine.transaction():
            assert await TRACKED.drop(datetime(2002, 1, 1, tzinfo=UTC)) == [
                "tracking.events_2001_11",
                "tracking.events_2001_12",
            ]
            assert await TRACKED.drop(datetime(2002, 2, 1, tzinfo=UTC)) == ["tracking.events_2002_01"]

    async def test_a_message_of_a_month_that_was_dropped(self, page: Page) -> None:
        name = secrets.token_hex(4)
        await page.track(json.dumps({"name": name}).encode())
        async with engine.transaction():
            await engine.write(
                "UPDATE inbox SET received_at = '2003-05-31T23:59:59Z' WHERE store_id = $1", page.key.store_id
            )
        await take_in()
        assert [row["name"] for row in await rows(page, "tracking.events")] == [name]
        async with engine.transaction():
            await TRACKED.drop(datetime(2003, 6, 1, tzinfo=UTC))
