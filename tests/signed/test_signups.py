"""`POST /v1/signups` and `signupTrack`: what is let in, and that no personal data are stored anywhere."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from db.engine import engine
from graph import identity
from graph.identity import hashed, identity_secret
from tests.rest.answers import refused, refused_fields
from tests.signed.clients import Page
from tests.signed.conftest import PageMaker

pytestmark = pytest.mark.anyio

SIGNUP = {
    "email": " Amina@Example.DZ ",
    "phone": "+213 555 12 34 56",
    "external_user_id": "User-311",
    "source": "حملة",
    "country": "dz",
    "ip": "105.96.0.1",
    "meta": {"plan": "free", "n": [1, None]},
}
PERSONAL = (b"amina@example.dz", b"Amina@Example.DZ", b"0555123456", b"555 12 34 56", b"105.96.0.1")
MUTATION = "mutation ($i: SignupTrackInput!) { signupTrack(input: $i) { status kind storeId } }"
OWN = {"external_user_id": "externalUserId"}


async def track(page: Page, body: dict[str, Any], **signing: Any) -> Any:
    raw = json.dumps(body, ensure_ascii=False).encode()
    return await page.client.post("/v1/signups", content=raw, headers=page.key.headers(raw, **signing))


async def payload(page: Page) -> dict[str, Any]:
    (row,) = await page.key.inbox()
    assert row["kind"] == "signup"
    return json.loads(row["payload"])


class TestQueued:
    async def test_rest(self, page: Page) -> None:
        response = await track(page, SIGNUP)
        assert response.status_code == 202
        assert response.json()["data"] == {"status": "queued", "kind": "signup", "store_id": page.key.store_id}
        await self.check(page)

    async def test_graphql(self, page: Page) -> None:
        variables = {"i": {OWN.get(name, name): value for name, value in SIGNUP.items()}}
        answer = (await page.graphql(MUTATION, variables, idempotency_key="a")).json()
        assert answer["data"]["signupTrack"] == {"status": "queued", "kind": "signup", "storeId": page.key.store_id}
        await self.check(page)

    async def check(self, page: Page) -> None:
        secret = await identity_secret(page.key.store_id)
        assert await payload(page) == {
            "email": hashed(secret, "email", "amina@example.dz"),
            "phone": hashed(secret, "phone", "0555123456"),
            "ip": hashed(secret, "ip", "105.96.0.1"),
            "external_user_id": "User-311",
            "source": "حملة",
            "country": "DZ",
            "meta": {"plan": "free", "n": [1, None]},
        }

    async def test_same_idempotency_key_counts_once(self, page: Page) -> None:
        for _ in range(3):
            assert (await track(page, SIGNUP, idempotency_key="one")).status_code == 202
        other = await track(page, SIGNUP | {"phone": "0661223344"}, idempotency_key="one")
        refused(other, 422, "idempotency_key_reused")
        await payload(page)


class TestSecrecy:
    @pytest.mark.parametrize("surface", ["rest", "graphql"])
    async def test_no_personal_data_anywhere(self, page: Page, surface: str, capfd: pytest.CaptureFixture[str]) -> None:
        """Not in any table, and no hash of the request that could be made without the store's secret."""
        if surface == "rest":
            raw = json.dumps(SIGNUP, ensure_ascii=False).encode()
            response = await page.client.post(
                "/v1/signups", content=raw, headers=page.key.headers(raw, idempotency_key="k")
            )
            written = json.dumps(SIGNUP, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
            asked = b"\n".join((b"POST", b"/v1/signups", written))
            table = "signed_requests"
        else:
            variables = {"i": {OWN.get(name, name): value for name, value in SIGNUP.items()}}
            raw = json.dumps({"query": MUTATION, "variables": variables}).encode()
            response = await page.graphql(MUTATION, variables, idempotency_key="k")
            asked = b"\n".join((b"POST", b"/graphql", raw))
            table = "idempotency_keys"
        assert response.status_code in (200, 202)
        rows = await engine.fetch(f"SELECT request_hash FROM {table} WHERE api_key_id = $1", page.key.row_id)
        secret = await identity_secret(page.key.store_id)
        # The hash of what was asked is there under the secret, and as a bare hash it is not.
        assert [bytes(row["request_hash"]) for row in rows] == [hmac.digest(secret, asked, "sha256")]
        assert hashlib.sha256(asked).digest() != bytes(rows[0]["request_hash"])
        for name in ("inbox", "signed_requests", "idempotency_keys", "stores"):
            column = "id" if name == "stores" else "store_id" if name == "inbox" else "api_key_id"
            value = page.key.row_id if column == "api_key_id" else page.key.store_id
            stored = await engine.fetch(f"SELECT t::text AS row FROM {name} t WHERE {column} = $1", value)
            for row in stored:
                assert not any(each.decode() in row["row"] or each.hex() in row["row"] for each in PERSONAL)
        printed = capfd.readouterr()
        assert not any(each.decode() in printed.out + printed.err for each in PERSONAL)

    async def test_secret_is_the_stores_own_and_sealed(self, page: Page, make_page: PageMaker) -> None:
        other = await make_page()
        for each in (page, other):
            await track(each, {"email": "a@b.dz"})
        assert (await payload(page))["email"] != (await payload(other))["email"]
        secret = await identity_secret(page.key.store_id)
        row = await engine.fetch_row("SELECT identity_secret FROM stores WHERE id = $1", page.key.store_id)
        assert row is not None
        assert secret not in bytes(row["identity_secret"])
        identity.forget()
        assert await identity_secret(page.key.store_id) == secret


class TestRefused:
    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "email"),
            ({"ip": "105.96.0.1"}, "email"),
            ({"email": "amina"}, "email"),
            ({"email": None}, "email"),
            ({"phone": "021 12 34 56"}, "phone"),
            ({"external_user_id": "x" * 191}, "external_user_id"),
            ({"external_user_id": " "}, "external_user_id"),
            ({"email": "a@b.dz", "country": "DZA"}, "country"),
            ({"email": "a@b.dz", "ip": "105.96.0"}, "ip"),
            ({"email": "a@b.dz", "ip": "fe80::1%eth0"}, "ip"),
            ({"email": "a@b.dz", "source": "x" * 65}, "source"),
            ({"email": "a@b.dz", "meta": []}, "meta"),
            ({"email": "a@b.dz", "meta": {"x": "x" * 16_384}}, "meta"),
            ({"email": "a@b.dz", "name": "x"}, "name"),
        ],
    )
    async def test_field(self, page: Page, body: dict[str, Any], field: str) -> None:
        assert refused_fields(await track(page, body)) == [field]
        assert await page.key.inbox() == []

    async def test_without_the_scope(self, make_page: PageMaker) -> None:
        page = await make_page(granted=["events:write"])
        refused(await track(page, SIGNUP), 403, "forbidden")

    async def test_unsigned(self, page: Page) -> None:
        raw = json.dumps(SIGNUP).encode()
        response = await page.client.post(
            "/v1/signups",
            content=raw,
            headers={"Authorization": f"DZ-Public {page.key.key_id}", "Content-Type": "application/json"},
        )
        refused(response, 401, "unauthorized")
