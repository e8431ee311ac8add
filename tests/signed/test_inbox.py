"""The way into the inbox: each request once, whatever comes together, and a refusal for the one that can't be kept."""

import asyncio
import json
import secrets
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.chain import inbox as module
from app.chain.inbox import Entry, Inbox
from db.engine import engine
from graph.errors import ApiError
from graph.tracking import Message
from tests.conftest import Statements
from tests.signed.clients import PublicKey
from tests.signed.conftest import PublicKeyMaker

pytestmark = pytest.mark.anyio

SAME = b"h" * 32


def entry(
    key: PublicKey,
    *,
    nonce: bytes | None = None,
    idempotency_key: bytes | None = None,
    request_hash: bytes = SAME,
    payload: str = '{"name": "x", "properties": {}}',
) -> Entry:
    message = Message(key.store_id, True, key.row_id, "event", payload)
    return Entry(message, nonce or secrets.token_bytes(16), request_hash, idempotency_key)


async def outcomes(inbox: Inbox, entries: Sequence[Entry]) -> list[str]:
    """Put entries in at once and return what each was told."""
    results = await asyncio.gather(*(inbox.put(each) for each in entries), return_exceptions=True)
    told = []
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, ApiError):
            raise result
        told.append("accepted" if result is None else result.code.value)
    return told


class TestPut:
    async def test_one(self, key: PublicKey) -> None:
        payload = '{"name": "عرض", "properties": {"path": "/قميص", "n": 1.5}}'
        await Inbox().put(entry(key, nonce=b"n" * 16, payload=payload))
        (queued,) = await key.inbox()
        assert (queued["store_id"], queued["livemode"], queued["kind"]) == (key.store_id, True, "event")
        assert json.loads(queued["payload"]) == json.loads(payload)
        (signed,) = await key.signed()
        assert (signed["nonce"], signed["request_hash"], signed["idempotency_key"]) == (b"n" * 16, SAME, None)

    async def test_many_in_few_statements(self, key: PublicKey, statements: Statements) -> None:
        inbox = Inbox()
        with statements.counted() as sent:
            assert await outcomes(inbox, [entry(key) for _ in range(1_200)]) == ["accepted"] * 1_200
        assert len(sent) == 3
        assert len(await key.inbox()) == 1_200

    async def test_in_the_order_they_came(self, key: PublicKey) -> None:
        await outcomes(Inbox(), [entry(key, payload=f'{{"n": {number}}}') for number in range(300)])
        assert [row["payload"] for row in await key.inbox()] == [f'{{"n": {number}}}' for number in range(300)]

    async def test_outside_the_transaction_of_who_asks(self, key: PublicKey) -> None:
        with suppress(KeyError):
            async with engine.transaction():
                await Inbox().put(entry(key))
                raise KeyError
        assert len(await key.inbox()) == 1


class TestNonce:
    async def test_once(self, key: PublicKey) -> None:
        inbox = Inbox()
        first = entry(key)
        assert await outcomes(inbox, [first]) == ["accepted"]
        again = entry(key, nonce=first.nonce, request_hash=b"o" * 32)
        assert await outcomes(inbox, [again, first]) == ["unauthorized"] * 2
        assert len(await key.inbox()) == 1

    async def test_fifty_at_once(self, key: PublicKey) -> None:
        told = await outcomes(Inbox(), [entry(key, nonce=b"n" * 16) for _ in range(50)])
        assert Counter(told) == {"accepted": 1, "unauthorized": 49}
        assert len(await key.inbox()) == 1

    async def test_fifty_at_once_in_several_processes(self, key: PublicKey) -> None:
        told = await asyncio.gather(*(outcomes(Inbox(), [entry(key, nonce=b"n" * 16)] * 10) for _ in range(5)))
        assert Counter(each for process in told for each in process) == {"accepted": 1, "unauthorized": 49}
        assert len(await key.inbox()) == 1

    async def test_of_another_key(self, key: PublicKey, make_key: PublicKeyMaker) -> None:
        other = await make_key()
        told = await outcomes(Inbox(), [entry(key, nonce=b"n" * 16), entry(other, nonce=b"n" * 16)])
        assert told == ["accepted"] * 2

    async def test_with_the_same_idempotency_key_too(self, key: PublicKey) -> None:
        inbox, first = Inbox(), entry(key, idempotency_key=b"k")
        assert await outcomes(inbox, [first, first]) == ["accepted", "unauthorized"]
        assert len(await key.inbox()) == 1

    async def test_a_day_later(self, key: PublicKey) -> None:
        inbox, first = Inbox(), entry(key)
        await inbox.put(first)
        await age(key, "24 hours")
        assert await outcomes(inbox, [first, first]) == ["accepted", "unauthorized"]
        assert len(await key.inbox()) == 2

    async def test_just_before_that(self, key: PublicKey) -> None:
        inbox, first = Inbox(), entry(key)
        await inbox.put(first)
        await age(key, "23 hours 59 minutes")
        assert await outcomes(inbox, [first]) == ["unauthorized"]


class TestIdempotencyKey:
    async def test_same_body_is_accepted_and_counts_once(self, key: PublicKey) -> None:
        inbox = Inbox()
        entries = [entry(key, idempotency_key=b"k") for _ in range(20)]
        assert await outcomes(inbox, entries) == ["accepted"] * 20
        assert len(await key.inbox()) == 1
        assert await outcomes(inbox, [entry(key, idempotency_key=b"k")]) == ["accepted"]
        assert len(await key.inbox()) == 1

    async def test_each_of_them_uses_up_its_nonce(self, key: PublicKey) -> None:
        inbox = Inbox()
        entries = [entry(key, idempotency_key=b"k") for _ in range(5)]
        await outcomes(inbox, entries)
        assert await outcomes(inbox, entries) == ["unauthorized"] * 5
        assert len(await key.inbox()) == 1

    async def test_another_body(self, key: PublicKey) -> None:
        inbox = Inbox()
        await inbox.put(entry(key, idempotency_key=b"k"))
        other = entry(key, idempotency_key=b"k", request_hash=b"o" * 32)
        assert await outcomes(inbox, [other, other]) == ["idempotency_key_reused"] * 2
        # It was refused, so its nonce is still good.
        assert await outcomes(inbox, [entry(key, nonce=other.nonce)]) == ["accepted"]
        assert len(await key.inbox()) == 2

    async def test_a_day_later(self, key: PublicKey) -> None:
        inbox = Inbox()
        await inbox.put(entry(key, idempotency_key=b"k"))
        await age(key, "24 hours")
        later = entry(key, idempotency_key=b"k", request_hash=b"o" * 32)
        assert await outcomes(inbox, [later]) == ["accepted"]
        assert len(await key.inbox()) == 2

    async def test_of_another_key(self, key: PublicKey, make_key: PublicKeyMaker) -> None:
        other = await make_key()
        both = [entry(key, idempotency_key=b"k"), entry(other, idempotency_key=b"k", request_hash=b"o" * 32)]
        assert await outcomes(Inbox(), both) == ["accepted"] * 2

    @pytest.mark.parametrize("idempotency_key", [b" ", b"\xff\x00\xfe", b"k" * 255])
    async def test_any_bytes(self, key: PublicKey, idempotency_key: bytes) -> None:
        entries = [entry(key, idempotency_key=idempotency_key) for _ in range(2)]
        assert await outcomes(Inbox(), entries) == ["accepted"] * 2
        assert len(await key.inbox()) == 1


REQUEST = st.tuples(
    st.integers(0, 5), st.one_of(st.none(), st.sampled_from([b"a", b"b"])), st.sampled_from([SAME, b"o" * 32])
)
several = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class TestAnyMix:
    """Whatever comes at once, over several processes, what each is told and what is stored fit together."""

    @several
    @given(requests=st.lists(REQUEST, max_size=25))
    async def test_one_process(self, make_key: PublicKeyMaker, requests: list[Any]) -> None:
        key = await make_key()
        told = await outcomes(Inbox(), [self.entry(key, *request) for request in requests])
        await self.check(key, requests, told)

    @several
    @given(groups=st.lists(st.lists(REQUEST, max_size=12), min_size=3, max_size=3))
    async def test_three_processes(self, make_key: PublicKeyMaker, groups: list[list[Any]]) -> None:
        key = await make_key()
        told = await asyncio.gather(
            *(outcomes(Inbox(), [self.entry(key, *request) for request in group]) for group in groups)
        )
        await self.check(key, [each for group in groups for each in group], [each for group in told for each in group])

    def entry(self, key: PublicKey, nonce: int, idempotency_key: bytes | None, request_hash: bytes) -> Entry:
        return entry(key, nonce=bytes([nonce]) * 16, idempotency_key=idempotency_key, request_hash=request_hash)

    async def check(self, key: PublicKey, requests: list[Any], told: list[str]) -> None:
        accepted = [request for request, each in zip(requests, told, strict=True) if each == "accepted"]
        nonces = Counter(nonce for nonce, _, _ in accepted)
        assert all(count == 1 for count in nonces.values())
        # Every nonce that was not refused for its key was used up by somebody.
        for (nonce, idempotency_key, request_hash), each in zip(requests, told, strict=True):
            if each == "unauthorized":
                assert nonces[nonce] == 1
            elif each == "idempotency_key_reused":
                assert any(k == idempotency_key and h != request_hash for _, k, h in accepted)
        keyed = {idempotency_key for _, idempotency_key, _ in accepted if idempotency_key is not None}
        for each in keyed:
            assert len({request_hash for _, known, request_hash in accepted if known == each}) == 1
        unkeyed = sum(1 for _, idempotency_key, _ in accepted if idempotency_key is None)
        assert len(await key.inbox()) == unkeyed + len(keyed)
        assert len(await key.signed()) == len(accepted)


class TestOneThatCannotBeKept:
    async def test_store_deleted(self, key: PublicKey, make_key: PublicKeyMaker) -> None:
        gone = await make_key()
        async with engine.transaction():
            await engine.write("DELETE FROM stores WHERE id = $1", gone.store_id)
        entries = [entry(gone if number in (0, 7, 8, 19) else key) for number in range(20)]
        told = await outcomes(Inbox(), entries)
        assert told == ["unauthorized" if number in (0, 7, 8, 19) else "accepted" for number in range(20)]
        assert len(await key.inbox()) == 16
        assert await gone.inbox() == []

    async def test_refused_by_the_database(self, key: PublicKey) -> None:
        inbox = Inbox()
        bad = entry(key, payload='{"name": "\\u0000"}')
        results = await asyncio.gather(
            inbox.put(entry(key)), inbox.put(bad), inbox.put(entry(key)), return_exceptions=True
        )
        assert [type(result) for result in results][::2] == [type(None)] * 2
        assert isinstance(results[1], asyncpg.PostgresError)
        assert len(await key.inbox()) == 2
        # Nothing of it was kept, its nonce neither.
        await inbox.put(entry(key, nonce=bad.nonce))


class TestBackPressure:
    @pytest.mark.parametrize(("limit", "value"), [("WAITING_ROWS", 10), ("WAITING_CHARACTERS", 300)])
    async def test_too_much_waits(
        self, key: PublicKey, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
    ) -> None:
        monkeypatch.setattr(module, limit, value)
        inbox = Inbox()
        told = await outcomes(inbox, [entry(key) for _ in range(30)])
        assert Counter(told) == {"accepted": 10, "unavailable": 20}
        assert told[:10] == ["accepted"] * 10
        assert len(await key.inbox()) == 10
        # What was waiting is done, so there is room again.
        assert await outcomes(inbox, [entry(key) for _ in range(10)]) == ["accepted"] * 10

    async def test_who_goes_away_takes_nobody_along(self, key: PublicKey) -> None:
        inbox = Inbox()
        tasks = [asyncio.create_task(inbox.put(entry(key))) for _ in range(10)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        tasks[5].cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [index for index, result in enumerate(results) if result is not None] == [0, 5]
        assert 8 <= len(await key.inbox()) <= 10
        assert inbox._characters == 0


async def age(key: PublicKey, interval: str) -> None:
    """Let what is stored of a key be older."""
    async with engine.transaction():
        await engine.write(
            f"UPDATE signed_requests SET created_at = now() - interval '{interval}' WHERE api_key_id = $1", key.row_id
        )
