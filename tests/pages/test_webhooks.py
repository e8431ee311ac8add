"""The section Webhooks: who is told of the store's events, the secret that is shown once, and what was sent."""

import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.pages.dashboard.verifiers import VARIABLE, verifiers
from app.pages.site import HEADERS
from app.pages.texts import LANGUAGES, text
from app.workers.deliver import Deliverer
from db.engine import engine
from graph.events import EVENTS
from graph.webhook_deliveries import TEST_EVENT
from tests.conftest import Shop, ShopMaker
from tests.pages.browser import Browser, shown
from tests.pages.conftest import SignedIn
from tests.rest.answers import given
from tests.webhooks.conftest import deliverer, deliveries, hooked, ordered, own_networks, webhook
from tests.webhooks.receiver import answering, receiving

__all__ = ["deliverer", "own_networks"]
pytestmark = pytest.mark.anyio

URL = "http://127.0.0.1:9/hook"
HOME = "/dashboard/webhooks"


async def died(shop: Shop, hook: dict[str, Any], count: int = 1) -> list[int]:
    """Let a webhook have deliveries that were given up, and return their ids."""
    async with engine.transaction():
        rows = await engine.write(
            "INSERT INTO webhook_deliveries (store_id, webhook_id, event, data, status, attempts, response_status,"
            " response_body, duration_ms, error, counted) SELECT $1, $2, 'order.created', '{\"order_id\": 7}', 'dead',"
            " 6, 500, '<b>broken</b>', 12, 'http 500', true FROM generate_series(1, $3::int) RETURNING id",
            shop.store_id,
            hook["id"],
            count,
        )
    return [row["id"] for row in rows]


async def fail(hook: dict[str, Any], status: str, failures: int) -> None:
    async with engine.transaction():
        await engine.write(
            "UPDATE webhooks SET status = $2, failure_count = $3 WHERE id = $1", hook["id"], status, failures
        )


class TestCreate:
    async def test_valid(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        assert "No webhooks yet" in shown(await browser.get(HOME))
        form = await browser.get(f"{HOME}/new")
        assert all(f'value="{name}"' in form.text for name in EVENTS)
        key = secrets.token_hex(8)
        fields = {"url": f" {URL} ", "events": ["order.created", "signup.counted"]}
        page = await browser.post(f"{HOME}/new", key, **fields)
        (secret,) = re.findall(r'id="secret"[^>]*>([0-9a-f]{64})<', page.text)
        assert re.search(r'id="standard-secret"[^>]*>whsec_[\w+/=]+<', page.text)
        # Sent again, it makes no second one, and shows the same.
        assert secret in (await browser.post(f"{HOME}/new", key, **fields)).text
        (made,) = given(await shop.get("/v1/webhooks"))["items"]
        assert (made["url"], made["events"]) == (URL, fields["events"])
        for path in (HOME, f"{HOME}/{made['id']}"):
            assert secret not in (await browser.get(path)).text

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"url": "ftp://x.example/", "events": "order.created"}, "url"),
            ({"url": "", "events": "order.created"}, "url"),
            ({"url": "http://169.254.169.254/", "events": "order.created"}, "url"),
            ({"url": URL}, "events"),
        ],
    )
    async def test_refused_beside_its_field(
        self, shop: Shop, signed_in: SignedIn, fields: dict[str, str], field: str
    ) -> None:
        browser = await signed_in(shop)
        await browser.get(HOME)
        page = await browser.post(f"{HOME}/new", **fields)
        assert page.status_code == 400
        assert f'id="{field}-error"' in page.text
        assert f'value="{fields["url"]}"' in page.text
        assert ('value="order.created" checked' in page.text) == ("events" in fields)
        assert given(await shop.get("/v1/webhooks"))["items"] == []

    @pytest.mark.parametrize(
        "url", ["ftp://x.example/", "http://169.254.169.254/", "http://x y/", "http://user@x.example/"]
    )
    async def test_refused_in_the_language_of_the_page(self, shop: Shop, signed_in: SignedIn, url: str) -> None:
        browser = await signed_in(shop, "owner", **{"Accept-Language": "ar"})
        await browser.get(HOME)
        page = await browser.post(f"{HOME}/new", url=url)
        errors = re.findall(r'class="error" id="(?:url|events)-error">([^<]+)<', page.text)
        assert errors
        assert not any("must" in error for error in errors)

    async def test_at_most_ten(self, shop: Shop, signed_in: SignedIn) -> None:
        for place in range(10):
            await hooked(shop, f"{URL}/{place}")
        browser = await signed_in(shop)
        page = await browser.get(HOME)
        assert "A store has 10 webhooks at most." in shown(page)
        assert f"{HOME}/new" not in page.text
        assert (await browser.post(f"{HOME}/new", url=URL, events="order.created")).status_code == 409


class TestChange:
    async def test_address_and_events(self, shop: Shop, signed_in: SignedIn) -> None:
        hook, browser = await hooked(shop, URL), await signed_in(shop)
        form = await browser.get(f"{HOME}/{hook['id']}/edit")
        assert 'value="order.created" checked' in form.text
        answer = await browser.post(f"{HOME}/{hook['id']}/edit", url=f"{URL}/2", events=["payment.received"])
        assert "The webhook has been changed." in shown(await browser.follow(answer))
        changed = await webhook(shop, hook)
        assert (changed["url"], changed["events"]) == (f"{URL}/2", ["payment.received"])
        refused = await browser.post(f"{HOME}/{hook['id']}/edit", url="x", events=["payment.received"])
        assert refused.status_code == 400
        assert 'id="url-error"' in refused.text

    async def test_pause_and_activate(self, shop: Shop, signed_in: SignedIn) -> None:
        hook, browser = await hooked(shop, URL), await signed_in(shop)
        await browser.get(HOME)
        for status in ("paused", "active"):
            page = await browser.follow(await browser.post(f"{HOME}/{hook['id']}/status", status=status))
            assert (await webhook(shop, hook))["status"] == status
        assert "is sent to again" in shown(page)

    async def test_rotate_with_an_overlap(self, shop: Shop, signed_in: SignedIn) -> None:
        hook, browser = await hooked(shop, URL), await signed_in(shop)
        await browser.get(HOME)
        for grace, kept in (("3600", True), ("0", False), ("junk", True)):
            page = await browser.post(f"{HOME}/{hook['id']}/rotate", grace=grace)
            (secret,) = re.findall(r'id="secret"[^>]*>([0-9a-f]{64})<', page.text)
            assert secret != hook["secret"]
            rows = await engine.fetch("SELECT previous_secret_until FROM webhooks WHERE id = $1", hook["id"])
            assert (rows[0]["previous_secret_until"] is not None) == kept

    async def test_delete(self, shop: Shop, signed_in: SignedIn) -> None:
        hook, browser = await hooked(shop, URL), await signed_in(shop)
        await browser.get(HOME)
        page = await browser.follow(await browser.post(f"{HOME}/{hook['id']}/delete"))
        assert "The webhook has been deleted." in shown(page)
        assert (await browser.get(f"{HOME}/{hook['id']}")).status_code == 404


class TestDeliveries:
    async def test_list_by_status_and_page(self, shop: Shop, signed_in: SignedIn) -> None:
        hook, browser = await hooked(shop, URL), await signed_in(shop)
        assert "Nothing was sent yet" in shown(await browser.get(f"{HOME}/{hook['id']}"))
        await died(shop, hook, 30)
        await browser.post(f"{HOME}/{hook['id']}/test")
        page = await browser.get(f"{HOME}/{hook['id']}?status=dead")
        seen = re.findall(rf'href="{HOME}/{hook["id"]}/deliveries/(\d+)"', page.text)
        (onward,) = re.findall(r'rel="next" href="([^"]+)"', page.text)
        more = await browser.get(onward.replace("&amp;", "&"))
        seen += re.findall(rf'href="{HOME}/{hook["id"]}/deliveries/(\d+)"', more.text)
        assert len(seen) == len(set(seen)) == 30
        page = await browser.get(f"{HOME}/{hook['id']}?status=pending")
        assert len(re.findall(r"/deliveries/\d+\"", page.text)) == 1
        assert "No deliveries of this status" in shown(await browser.get(f"{HOME}/{hook['id']}?status=delivered"))

    async def test_request_response_and_replay(self, shop: Shop, signed_in: SignedIn, deliverer: Deliverer) -> None:
        async with receiving(answering(404, b"<i>no such tenant</i>")) as receiver:
            hook, browser = await hooked(shop, receiver.url), await signed_in(shop)
            await ordered(shop)
            await deliverer.settle()
            (row,) = await deliveries(shop, hook)
            path = f"{HOME}/{hook['id']}/deliveries/{row['id']}"
            page = await browser.get(path)
            said = shown(page)
            sent = receiver.received[0].json
            for told in (f"POST {receiver.url}", f"X-DZ-Delivery: {row['id']}", sent["occurred_at"], "0555123456"):
                assert told in said
            assert "Dead" in said
            assert "&lt;i&gt;no such tenant&lt;/i&gt;" in page.text
            receiver.answer = answering(200, b"thanks")
            page = await browser.follow(await browser.post(f"{path}/replay"))
            assert "The delivery is sent again." in shown(page)
            assert "On its way" in shown(page)
            await deliverer.settle()
            assert "Delivered" in shown(await browser.get(path))
            assert [received.json["delivery_id"] for received in receiver.received] == [row["id"]] * 2

    async def test_all_dead_ones_and_those_of_a_time(self, shop: Shop, signed_in: SignedIn) -> None:
        hook, browser = await hooked(shop, URL), await signed_in(shop)
        ids = await died(shop, hook, 3)
        day = datetime.now(UTC).replace(hour=22, minute=30, second=0, microsecond=0) - timedelta(days=5)
        async with engine.transaction():
            await engine.write("UPDATE webhook_deliveries SET created_at = $2 WHERE id = ANY($1)", ids[:2], day)
        await browser.get(HOME)
        # By the clock of Algiers it was half past eleven.
        times = {"from": f"{day:%Y-%m-%d}T23:00", "to": f"{day + timedelta(days=1):%Y-%m-%d}T00:00"}
        page = await browser.follow(await browser.post(f"{HOME}/{hook['id']}/replay", status="dead", **times))
        assert "Deliveries that are sent again: 2" in shown(page)
        page = await browser.follow(await browser.post(f"{HOME}/{hook['id']}/replay", status="dead"))
        assert "Deliveries that are sent again: 1" in shown(page)
        for wrong in ({"from": "junk"}, {"from": "2026-05-01T00:00", "to": "2026-04-01T00:00"}, {}):
            page = await browser.post(f"{HOME}/{hook['id']}/replay", status="", **wrong)
            assert page.status_code == 400
            assert 'role="alert"' in page.text

    async def test_a_test(self, shop: Shop, signed_in: SignedIn) -> None:
        hook, browser = await hooked(shop, URL), await signed_in(shop)
        await browser.get(HOME)
        page = await browser.follow(await browser.post(f"{HOME}/{hook['id']}/test"))
        assert "The test is on its way." in shown(page)
        (row,) = await deliveries(shop, hook)
        assert row["event"] == TEST_EVENT


class TestTrouble:
    @pytest.mark.parametrize(
        ("status", "failures", "notice"),
        [("dead", 5, "was disabled after"), ("active", 2, "were given up"), ("paused", 1, "were given up")],
    )
    async def test_is_told_on_every_page(
        self, shop: Shop, signed_in: SignedIn, status: str, failures: int, notice: str
    ) -> None:
        hook, browser = await hooked(shop, URL), await signed_in(shop, "viewer")
        for path in ("/dashboard", "/dashboard/usage", HOME):
            assert notice not in shown(await browser.get(path))
        await fail(hook, status, failures)
        for path in ("/dashboard", "/dashboard/usage", HOME):
            assert notice in shown(await browser.get(path))
        # Its own page says more.
        own = shown(await browser.get(f"{HOME}/{hook['id']}"))
        assert "This webhook was disabled" in own or "given up" in own

    async def test_of_one_that_its_owner_paused_nothing_is_told(self, shop: Shop, signed_in: SignedIn) -> None:
        hook, browser = await hooked(shop, URL), await signed_in(shop)
        await fail(hook, "paused", 0)
        assert URL not in (await browser.get("/dashboard")).text


class TestVerifying:
    async def test_in_four_languages_with_the_secret_hidden(self, shop: Shop, signed_in: SignedIn) -> None:
        """What they do is tested with the page of the documentation that they stand in."""
        hook, browser = await hooked(shop, URL), await signed_in(shop, "viewer")
        page = await browser.get(f"{HOME}/{hook['id']}")
        codes = re.findall(r'<pre id="verify-\d"[^>]*>(.*?)</pre>', page.text, re.DOTALL)
        assert [each.name for each in verifiers()] == ["PHP", "Python", "Go", "JavaScript"]
        assert len(codes) == 4
        assert all(VARIABLE in code for code in codes)
        assert hook["secret"] not in page.text
        assert hook["standard_secret"] not in page.text


class TestOthers:
    async def foreign(self, browser: Browser, hook: dict[str, Any], delivery: int) -> list[int]:
        """Return the status of everything that could be tried with a webhook."""
        base = f"{HOME}/{hook['id']}"
        pages = [base, f"{base}/edit", f"{base}/deliveries/{delivery}"]
        forms: dict[str, dict[str, Any]] = {
            "edit": {"url": URL, "events": "order.created"},
            "status": {"status": "active"},
            "rotate": {"grace": "0"},
            "delete": {},
            "test": {},
            "replay": {"status": "dead"},
            f"deliveries/{delivery}/replay": {},
        }
        await browser.get("/dashboard")
        found = [(await browser.get(path)).status_code for path in pages]
        return found + [(await browser.post(f"{base}/{name}", **fields)).status_code for name, fields in forms.items()]

    async def test_another_stores_and_the_sandboxs_are_not_found(
        self, shop: Shop, other_shop: Shop, make_shop: ShopMaker, signed_in: SignedIn
    ) -> None:
        browser = await signed_in(shop)
        sandbox = await make_shop(livemode=False, store_id=shop.store_id)
        for stranger in (other_shop, sandbox):
            hook = await hooked(stranger, URL)
            before = await webhook(stranger, hook)
            (delivery, *_) = await died(stranger, hook) if stranger is other_shop else [1]
            assert set(await self.foreign(browser, hook, delivery)) == {404}
            assert await webhook(stranger, hook) == before
        # Nor is another webhook's delivery among one's own.
        own = await hooked(shop, URL)
        assert (await browser.get(f"{HOME}/{own['id']}/deliveries/{delivery}")).status_code == 404
        for junk in ("x", "0", "9" * 30, "%00"):
            assert (await browser.get(f"{HOME}/{junk}")).status_code == 404
            assert (await browser.get(f"{HOME}/{own['id']}/deliveries/{junk}")).status_code == 404

    async def test_who_only_looks_changes_nothing(self, shop: Shop, signed_in: SignedIn) -> None:
        hook, browser = await hooked(shop, URL), await signed_in(shop, "viewer")
        (delivery,) = await died(shop, hook)
        before = await webhook(shop, hook)
        statuses = await self.foreign(browser, hook, delivery)
        assert statuses == [200, 403, 200, *[403] * 7]
        assert (await browser.post(f"{HOME}/new", url=URL, events="order.created")).status_code == 403
        assert await webhook(shop, hook) == before
        page = await browser.get(f"{HOME}/{hook['id']}")
        assert "Send again" not in shown(page)
        assert f"{HOME}/{hook['id']}/delete" not in page.text

    async def test_a_developer_may(self, shop: Shop, signed_in: SignedIn) -> None:
        hook, browser = await hooked(shop, URL), await signed_in(shop, "developer")
        await browser.get(HOME)
        assert (await browser.post(f"{HOME}/{hook['id']}/test")).status_code == 303

    async def test_a_form_needs_its_token(self, shop: Shop, signed_in: SignedIn) -> None:
        hook, browser = await hooked(shop, URL), await signed_in(shop)
        browser.csrf = "0" * 64
        assert (await browser.post(f"{HOME}/{hook['id']}/delete")).status_code == 403
        assert (await webhook(shop, hook))["status"] == "active"

    async def test_nothing_is_kept_by_a_browser(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        page = await browser.post(f"{HOME}/new", url=URL, events="order.created")
        assert page.headers["cache-control"] == "no-store"
        assert HEADERS.items() <= dict(page.headers).items()


@pytest.mark.parametrize("name", [*EVENTS, TEST_EVENT])
def test_every_event_has_a_name_for_people(name: str) -> None:
    for language in LANGUAGES:
        assert text(language, f"webhooks.event_{name.replace('.', '_')}")
