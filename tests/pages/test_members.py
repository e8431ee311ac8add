"""Settings → Members and Your account: who lets whom in, and what a password is worth."""

import re
from html import unescape

import httpx
import pytest

from app.asgi import Application
from db.engine import engine
from tests.conftest import Shop
from tests.pages.browser import PASSWORD, Browser, browser, member, shown
from tests.pages.conftest import SignedIn

pytestmark = pytest.mark.anyio

MEMBERS = "/dashboard/settings/members"
ACCOUNT = "/dashboard/settings/account"
ONE_TIME = re.compile(r'id="password"[^>]*>([a-z2-9-]{29})<')


async def id_of(shop: Shop, email: str) -> int:
    row = await engine.fetch_row(
        "SELECT m.id FROM members m JOIN accounts a ON a.id = m.account_id WHERE m.store_id = $1 AND a.email = $2",
        shop.store_id,
        email,
    )
    return row["id"]


def password_in(response: httpx.Response) -> str:
    assert response.status_code == 200, shown(response)
    return unescape(ONE_TIME.search(response.text)[1])  # type: ignore[index]


class TestAdd:
    async def test_a_new_account_has_to_choose_its_password(
        self, shop: Shop, signed_in: SignedIn, stranger: Browser
    ) -> None:
        owner = await signed_in(shop)
        email = f"karim-{shop.store_id}@example.dz"
        added = await owner.post(MEMBERS, email=email.upper(), role="developer")
        password = password_in(added)
        assert added.headers["cache-control"] == "no-store"
        page = await stranger.sign_in(email, password)
        page = await stranger.follow(page)
        assert "temporary" in shown(page)
        assert (await stranger.get("/dashboard/settings/keys")).headers["location"] == ACCOUNT
        changed = await stranger.post(ACCOUNT, old_password=password, password="a better one of mine")
        assert "Your password is changed." in shown(await stranger.follow(changed))
        assert (await stranger.get("/dashboard")).status_code == 200

    async def test_sent_twice_it_shows_the_same_password(self, shop: Shop, signed_in: SignedIn) -> None:
        owner = await signed_in(shop)
        form = {"key": "one form", "email": f"twice-{shop.store_id}@example.dz", "role": "viewer"}
        assert password_in(await owner.post(MEMBERS, **form)) == password_in(await owner.post(MEMBERS, **form))

    async def test_who_has_an_account_keeps_it(
        self, shop: Shop, other_shop: Shop, signed_in: SignedIn, stranger: Browser
    ) -> None:
        email = await member(other_shop.store_id)
        added = await (await signed_in(shop)).post(MEMBERS, email=email, role="viewer")
        assert "have an account already" in shown(added)
        assert (await stranger.sign_in(email)).status_code == 200

    @pytest.mark.parametrize(
        ("email", "role"), [("nobody", "viewer"), ("a@b.dz", "king"), ("", ""), ("\x00@b.dz", "viewer")]
    )
    async def test_refused(self, shop: Shop, signed_in: SignedIn, email: str, role: str) -> None:
        response = await (await signed_in(shop)).post(MEMBERS, email=email, role=role)
        assert response.status_code == 400

    async def test_a_member_already(self, shop: Shop, signed_in: SignedIn) -> None:
        owner = await signed_in(shop)
        response = await owner.post(MEMBERS, email=owner.email, role="viewer")
        assert response.status_code == 409
        assert "member of this store already" in shown(response)


class TestChange:
    async def test_a_role_holds_at_once(self, shop: Shop, signed_in: SignedIn) -> None:
        owner, viewer = await signed_in(shop), await signed_in(shop, "viewer")
        number = await id_of(shop, viewer.email)
        page = await owner.follow(await owner.post(f"{MEMBERS}/{number}/role", role="developer"))
        assert "The role is changed." in shown(page)
        assert "Generate key" in shown(await viewer.get("/dashboard/settings/keys"))

    async def test_removed(self, shop: Shop, signed_in: SignedIn) -> None:
        owner, viewer = await signed_in(shop), await signed_in(shop, "viewer")
        number = await id_of(shop, viewer.email)
        await owner.post(f"{MEMBERS}/{number}/remove")
        assert (await viewer.get("/dashboard")).status_code == 303
        assert viewer.email not in shown(await owner.get(MEMBERS))
        assert (await owner.post(f"{MEMBERS}/{number}/remove")).status_code == 404

    async def test_an_owner_stays(self, shop: Shop, signed_in: SignedIn) -> None:
        owner = await signed_in(shop)
        number = await id_of(shop, owner.email)
        for path, form in [("role", {"role": "viewer"}), ("remove", {})]:
            response = await owner.post(f"{MEMBERS}/{number}/{path}", **form)
            assert response.status_code == 409
            assert "without an owner" in shown(response)
        assert (await owner.get(MEMBERS)).status_code == 200
        second = await signed_in(shop)
        assert (await owner.post(f"{MEMBERS}/{number}/remove")).status_code == 303
        assert (await second.get(MEMBERS)).status_code == 200

    async def test_another_stores(self, shop: Shop, other_shop: Shop, signed_in: SignedIn) -> None:
        owner, victim = await signed_in(shop), await signed_in(other_shop)
        number = await id_of(other_shop, victim.email)
        assert (await owner.post(f"{MEMBERS}/{number}/remove")).status_code == 404
        assert (await owner.post(f"{MEMBERS}/{number}/role", role="viewer")).status_code == 404
        assert (await owner.post(f"{MEMBERS}/{10**30}/remove")).status_code == 404
        assert victim.email not in (await owner.get(MEMBERS)).text

    @pytest.mark.parametrize("role", ["developer", "viewer"])
    async def test_only_owners(self, shop: Shop, signed_in: SignedIn, role: str) -> None:
        other = await signed_in(shop, role)
        number = await id_of(shop, other.email)
        assert "Members" not in shown(await other.get("/dashboard"))
        assert (await other.get(MEMBERS)).status_code == 403
        assert (await other.post(MEMBERS, email="x@example.dz", role="owner")).status_code == 403
        assert (await other.post(f"{MEMBERS}/{number}/role", role="owner")).status_code == 403


class TestPassword:
    async def test_change_ends_other_sessions(
        self, shop: Shop, signed_in: SignedIn, application: Application, stranger: Browser
    ) -> None:
        here, there = await signed_in(shop, "viewer"), browser(application)
        await there.sign_in(here.email)
        before = here.client.cookies["session"]
        await here.post(ACCOUNT, old_password=PASSWORD, password="quite another one")
        assert here.client.cookies["session"] != before
        assert (await here.get("/dashboard")).status_code == 200
        assert (await there.get("/dashboard")).status_code == 303
        assert (await stranger.sign_in(here.email)).status_code == 401
        assert (await stranger.sign_in(here.email, "quite another one")).status_code == 200
        await there.client.aclose()

    @pytest.mark.parametrize(
        ("old", "new", "field"),
        [
            ("wrong", "quite another one", "old_password"),
            (PASSWORD, "short", "password"),
            (PASSWORD, "x" * 201, "password"),
            (PASSWORD, PASSWORD, "password"),
            (PASSWORD, " " * 20, "password"),
        ],
    )
    async def test_refused(self, shop: Shop, signed_in: SignedIn, old: str, new: str, field: str) -> None:
        here = await signed_in(shop)
        response = await here.post(ACCOUNT, old_password=old, password=new)
        assert response.status_code == 400
        assert f'id="{field}-error"' in response.text
        assert new not in response.text or len(new) < 10
        assert (await here.get("/dashboard")).status_code == 200
