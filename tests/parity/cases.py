"""Calls of each operation of `/v1`, good ones and bad ones, with the status that REST answers them with."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from tests.parity.translate import Arguments

NOBODY = 999_999_999
LATER = "2999-01-01T00:00:00Z"
HOOK = "https://8.8.8.8/crochet"
CUSTOMER = {"name": "Yacine Brahimi", "phone": "0555 99 88 77", "wilaya_id": 16, "commune": "Hydra"}
HOME = {"type": "home"}


class Case(NamedTuple):
    """One call. `$name` in a value stands for what a row of `stores.filled` is called by."""

    status: int
    arguments: Arguments = Arguments()


def asked(status: int = 200, /, **parameters: Any) -> Case:
    return Case(status, Arguments(parameters))


def sent(status: int, parameters: Mapping[str, Any] | None = None, /, **body: Any) -> Case:
    return Case(status, Arguments(parameters or {}, body))


def items(product: Any, quantity: int = 1, **more: Any) -> list[dict[str, Any]]:
    return [{"product_id": product, "quantity": quantity, **more}]


def order(status: int, /, **members: Any) -> Case:
    whole = {"customer": CUSTOMER, "delivery": HOME, "items": items("$product")}
    return Case(status, Arguments({}, whole | members))


# The first of each is answered: every other test takes it as what the operation is usually asked.
CASES: Final[Mapping[str, list[Case]]] = {
    "whoami": [asked()],
    "getStore": [asked()],
    "updateStore": [
        sent(200, name="متجر", description=None, language="fr", theme={"primary_color": "#00ff00"}, hide_branding=True),
        sent(200),
        sent(400, name="", theme={"primary_color": "green"}),
        sent(400, logo="ftp://x"),
    ],
    "listProducts": [
        asked(),
        asked(limit="1"),
        asked(limit="2", status="active"),
        asked(search="قميص"),
        asked(search="TS-1"),
        asked(external_id="E-1"),
        asked(external_id="none"),
        asked(low_stock="true"),
        asked(low_stock="false", limit="2"),
        asked(updated_since="2020-01-01T00:00:00Z", limit="2"),
        asked(400, limit="201"),
        asked(400, cursor="forged"),
        asked(400, search="x" * 300),
    ],
    "createProduct": [
        sent(
            201,
            name="Théière",
            price=0,
            compare_price=10,
            cost_price=1,
            description="d",
            short_description="s",
            sku="T-9",
            barcode="1",
            stock_quantity=4,
            track_stock=True,
            low_stock_alert=6,
            status="archived",
            featured=True,
            category_id="$shelf",
            slug="t-9",
            weight=0.5,
            height=1,
            width=2.5,
            length=3,
            do_insurance=True,
            images=[{"url": "https://x.dz/9", "alt": None}],
            variants=[{"name": "S / أحمر", "sku": "TS-S", "price": 9, "stock_quantity": 3}, {"name": "M"}],
            metadata={"k": "قيمة"},
            external_id="E-9",
        ),
        sent(201, name="قميص قطني", price=1),
        sent(400, name="", price=1, sku="x" * 65, category_id=NOBODY),
        sent(400, name="n", price=1, images=[{"url": "x"}], metadata={"k": 1}),
        sent(400, name="n", price=1, variants=[{"name": ""}, {"name": "n", "price": -1}]),
        sent(409, name="n", price=1, variants=[{"name": "n", "sku": "V"}]),
        sent(409, name="n", price=1, sku="TS-1"),
        sent(409, name="n", price=1, external_id="E-1"),
        sent(409, name="n", price=1, slug="plain"),
    ],
    "getProduct": [
        asked(product_id="$product"),
        asked(product_id="$plain"),
        asked(product_id="$draft"),
        asked(404, product_id=NOBODY),
        asked(404, product_id="0"),
        asked(404, product_id="x"),
    ],
    "updateProduct": [
        sent(200, {"product_id": "$product"}, price=5, stock_delta=-3, images=[], description=None, status="draft"),
        sent(200, {"product_id": "$product"}),
        sent(200, {"product_id": "$product"}, stock_quantity=1, low_stock_alert=3),
        sent(
            200,
            {"product_id": "$plain"},
            variants=[{"id": "$variant", "name": "XL", "stock_delta": 2}, {"name": "XXL", "stock_quantity": 1}],
        ),
        sent(400, {"product_id": "$plain"}, variants=[{"id": NOBODY, "name": "n"}, {"price": 1}]),
        sent(409, {"product_id": "$plain"}, variants=[{"id": "$variant", "stock_delta": -9}]),
        sent(400, {"product_id": "$product"}, stock_delta=-8),
        sent(400, {"product_id": "$product"}, stock_delta=1, stock_quantity=1),
        sent(400, {"product_id": "$product"}, name=None, price=None),
        sent(404, {"product_id": NOBODY}, price=5),
        sent(409, {"product_id": "$plain"}, sku="TS-1"),
    ],
    "deleteProduct": [asked(product_id="$product"), asked(404, product_id=NOBODY)],
    "listCategories": [asked(), asked(limit="1"), asked(400, limit="-1"), asked(400, cursor="forged")],
    "createCategory": [
        sent(201, name="Épicerie", parent_id="$shelf", position=3, slug="e"),
        sent(201, name="ملابس"),
        sent(400, name="", parent_id=NOBODY),
        sent(409, name="n", slug="robes-dete"),
    ],
    "listOrders": [
        asked(),
        asked(limit="1", status="pending"),
        asked(since="2020-01-01T00:00:00Z", customer_phone="0666 00 00 00"),
        asked(external_id="O-1"),
        asked(updated_since="2020-01-01T00:00:00+01:00"),
        asked(400, cursor="forged"),
        asked(400, customer_phone="12"),
    ],
    "createOrder": [
        order(201, delivery={"type": "desk", "desk_id": 2, "desk_name": "x"}, notes="n", discount=5, external_id="O-9"),
        order(201, customer=CUSTOMER | {"phone": "0555123456", "email": "b@x.dz"}, payment_method="cod"),
        order(400, items=items("$plain", 1000)),
        order(400, items=items(NOBODY)),
        order(400, items=items("$draft")),
        order(400, items=[]),
        order(400, items=items("$product", 0)),
        order(400, items=items("$product", 1, variant_id=NOBODY)),
        order(400, customer=CUSTOMER | {"phone": "12", "wilaya_id": 99, "name": ""}),
        order(400, discount=10**9),
        order(409, external_id="O-1"),
        order(409, customer=CUSTOMER | {"external_id": "C-1"}),
    ],
    "getOrder": [asked(order_id="$order"), asked(order_id="$shipped"), asked(404, order_id=NOBODY)],
    "updateOrder": [
        sent(
            200,
            {"order_id": "$order"},
            status="confirmed",
            payment_status="paid",
            payment_reference="r",
            notes=None,
            tracking_number="t",
            courier="c",
            customer={"name": "Autre", "phone": "0777000000", "wilaya_id": 31, "commune": "Oran", "address": None},
            discount=0,
            metadata={},
            external_id="O-2",
        ),
        sent(200, {"order_id": "$order"}, status="pending"),
        sent(200, {"order_id": "$order"}, status="cancelled"),
        sent(200, {"order_id": "$shipped"}, status="returned"),
        sent(400, {"order_id": "$order"}, discount=10**9),
        sent(400, {"order_id": "$shipped"}, discount=0, customer={"name": "x"}),
        sent(404, {"order_id": NOBODY}, notes="x"),
        sent(409, {"order_id": "$order"}, status="delivered"),
        sent(409, {"order_id": "$shipped"}, external_id="O-1"),
    ],
    "listCustomers": [
        asked(),
        asked(limit="1"),
        asked(phone="+213555123456"),
        asked(email="A@x.dz"),
        asked(external_id="C-1"),
        asked(updated_since="2020-01-01T00:00:00Z"),
        asked(400, phone="12"),
        asked(400, cursor="forged"),
    ],
    "getCustomer": [asked(customer_id="$customer"), asked(404, customer_id=NOBODY)],
    "listLandingPages": [asked(), asked(status="active", limit="1"), asked(400, cursor="forged")],
    "createLandingPage": [
        sent(
            201,
            title="عرض",
            slug="s",
            status="active",
            language="fr",
            product_id="$plain",
            meta_title="t",
            meta_description="d",
        ),
        sent(201, title="عرض"),
        sent(400, title="", product_id=NOBODY),
        sent(409, title="t", slug="bare"),
    ],
    "getLandingPage": [
        asked(landing_page_id="$page"),
        asked(landing_page_id="$bare"),
        asked(404, landing_page_id=NOBODY),
    ],
    "updateLandingPage": [
        sent(200, {"landing_page_id": "$page"}, status="draft", product_id=None, title="x"),
        sent(400, {"landing_page_id": "$page"}, title="", product_id=NOBODY),
        sent(404, {"landing_page_id": NOBODY}, title="x"),
        sent(409, {"landing_page_id": "$page"}, slug="bare"),
    ],
    "deleteLandingPage": [asked(landing_page_id="$page"), asked(404, landing_page_id=NOBODY)],
    "listKeys": [asked(), asked(limit="1"), asked(400, cursor="forged")],
    "createKey": [
        sent(201, type="platform", name="ERP", scopes=["store:read"], livemode=False, expires_at=LATER),
        sent(
            201, type="public", name="page", scopes=["events:write"], allowed_origins=["https://x.dz"], livemode=False
        ),
        sent(400, type="platform", name="", scopes=["nothing"]),
        sent(400, type="public", name="x", scopes=["store:read"]),
        sent(400, type="platform", name="x", expires_at="2020-01-01T00:00:00Z"),
    ],
    "revokeKey": [asked(key_id="$key"), asked(404, key_id="dzpk_live_nobody")],
    "rotateKey": [
        sent(200, {"key_id": "$key"}, grace_seconds=0),
        sent(200, {"key_id": "$key"}),
        sent(400, {"key_id": "$key"}, grace_seconds=-1),
        sent(404, {"key_id": "dzpk_live_nobody"}),
    ],
    "resetSandbox": [asked()],
    "listWilayas": [asked()],
    "getDeliveryRates": [asked()],
    "setDeliveryRates": [
        sent(200, rates=[{"wilaya_id": 16, "home": 0, "desk": None}, {"wilaya_id": 1, "home": None, "desk": 10**12}]),
        sent(200, rates=[{"wilaya_id": 69, "home": 1, "desk": 1}]),
        sent(400, rates=[{"wilaya_id": 99, "home": 1, "desk": 1}]),
        sent(400, rates=[{"wilaya_id": 1, "home": 1}]),
        sent(400, rates=[{"wilaya_id": 1, "home": 1, "desk": 1}, {"wilaya_id": 1, "home": 1, "desk": 1}]),
    ],
    "getUsage": [asked()],
    "getUsageHistory": [
        asked(),
        asked(**{"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}),
        asked(400, **{"from": "2026-01-01T00:00:00Z", "to": "2026-12-01T00:00:00Z"}),
    ],
    "getQuotas": [asked()],
    "listRequests": [
        asked(),
        asked(limit="1", outcome="refused"),
        asked(key_id="$key", surface="rest"),
        asked(key_id="dzpk_live_nobody"),
        asked(operation="query Stock", error_code="rate_limited"),
        asked(400, error_code="429"),
        asked(400, cursor="forged"),
    ],
    "getRequest": [
        asked(request_id="$request"),
        asked(404, request_id="req_0123456789abcdef"),
        asked(404, request_id="x"),
    ],
    "listRefusals": [asked(), asked(hours="168"), asked(400, hours="169")],
    "listOperations": [asked(), asked(hours="1"), asked(400, hours="0")],
    "listEvents": [
        asked(limit="1"),
        asked(limit="1", types="order.created"),
        asked(start="now"),
        asked(400, types="order"),
        asked(400, cursor="forged"),
    ],
    "listWebhooks": [asked(), asked(limit="1"), asked(400, limit="201"), asked(400, cursor="forged")],
    "createWebhook": [
        sent(201, url=HOOK, events=["order.created", "signup.counted"]),
        sent(400, url="ftp://x", events=["order.eaten"]),
        sent(400, url="http://127.0.0.1/", events=["order.created"]),
        sent(400, url=HOOK, events=[]),
        sent(400, url=HOOK, events=["order.created", "order.created"]),
    ],
    "getWebhook": [
        asked(webhook_id="$webhook"),
        asked(webhook_id="$paused"),
        asked(404, webhook_id=NOBODY),
        asked(404, webhook_id="x"),
    ],
    "updateWebhook": [
        sent(200, {"webhook_id": "$webhook"}, url=HOOK + "/2", events=["order.confirmed"], status="paused"),
        sent(200, {"webhook_id": "$paused"}, status="active"),
        sent(200, {"webhook_id": "$webhook"}),
        sent(400, {"webhook_id": "$webhook"}, url="http://10.0.0.1/", events=["order.created"]),
        sent(400, {"webhook_id": "$webhook"}, url=None, events=[]),
        sent(404, {"webhook_id": NOBODY}, status="paused"),
    ],
    "deleteWebhook": [asked(webhook_id="$webhook"), asked(404, webhook_id=NOBODY)],
    "testWebhook": [asked(202, webhook_id="$webhook"), asked(202, webhook_id="$paused"), asked(404, webhook_id=NOBODY)],
    "rotateWebhookSecret": [
        sent(200, {"webhook_id": "$webhook"}, grace_seconds=0),
        sent(200, {"webhook_id": "$webhook"}),
        sent(400, {"webhook_id": "$webhook"}, grace_seconds=86_401),
        sent(404, {"webhook_id": NOBODY}),
    ],
    "replayWebhookDelivery": [
        asked(202, webhook_id="$webhook", delivery_id="$delivery"),
        asked(202, webhook_id="$webhook", delivery_id="$dead"),
        asked(404, webhook_id="$webhook", delivery_id=NOBODY),
        asked(404, webhook_id="$webhook", delivery_id="x"),
    ],
    "replayWebhookDeliveries": [
        sent(200, {"webhook_id": "$webhook"}, status="dead"),
        sent(200, {"webhook_id": "$webhook"}, **{"from": "2020-01-01T00:00:00Z", "to": LATER}),
        sent(200, {"webhook_id": "$paused"}, status="delivered"),
        sent(400, {"webhook_id": "$webhook"}),
        sent(400, {"webhook_id": "$webhook"}, **{"from": LATER, "to": "2020-01-01T00:00:00Z"}),
        sent(404, {"webhook_id": NOBODY}, status="dead"),
    ],
}
# Those that a public key signs: they have tests of their own.
SIGNED: Final = frozenset({"trackEvent", "trackSignup"})
# Those that a key of the sandbox alone may do.
SANDBOXED: Final = frozenset({"resetSandbox"})
