"""What schemathesis can't know of this API: which ids, cursors and categories there are, and that keys are used once.

Only what it generated as valid is touched, and only where a value has to exist or to be new; everything invalid goes
out as it is.
"""

import itertools
import re
import time
import zlib
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
import schemathesis
from schemathesis import Case, HookContext, Response
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase

from graph.scopes import names
from tests.contract.signing import awaiting_signature

KEY_LENGTH = 255
# How long what must be unique in a store may be.
UNIQUE = {"slug": 255, "sku": 64, "external_id": 255}
# One in this many stays as it was generated: an id that is nobody's, a slug that is taken.
UNTOUCHED = 8
PRICE = 1500
ORDERS = 6

numbers = itertools.count(1)
answers: Counter[tuple[str, int]] = Counter()
scripts: Counter[str] = Counter()
KEY_SCOPES = {"platform": names("platform"), "public": names("public")}
SCRIPTS = {"Arabic": re.compile("قميص|عسل|تمر|أحذية"), "French": re.compile("Crème|Théière|Œufs")}


class Rows:
    """What the store under test has."""

    def __init__(self) -> None:
        self.base_url = ""
        self.session = requests.Session()
        self.products: list[int] = []
        self.pages: list[int] = []
        self.keys: list[str] = []
        self.own_key = ""
        self.categories: list[int] = []
        self.created: set[int] = set()
        self.orders: list[dict[str, Any]] = []
        # What is ordered. It stays as it is: another price or status would be another answer to a valid order.
        self.goods = 0
        self.least = 0

    def connect(self, base_url: str, session: requests.Session, least: int) -> None:
        """Look at an empty store, and give it two categories and at least so many products."""
        self.base_url, self.session, self.least = base_url, session, least
        self.categories = [self.create("categories", {"name": name}) for name in ("ملابس", "Épicerie fine")]
        self.pages = [self.create("landing-pages", {"title": "عرض رمضان"})]
        self.products = []
        self.keys = []
        self.own_key = str(session.headers["Authorization"]).removeprefix("Bearer ").partition(".")[0]
        self.created.clear()
        self.fill()
        self.goods = self.create("products", {"name": "زيت زيتون", "price": PRICE, "status": "active"})
        self.orders = [self.order() for _ in range(ORDERS)]

    def fill(self) -> None:
        """See to it that there are products enough: a list is followed to its first row, which may then be deleted."""
        names = itertools.cycle(("قميص قطني", "Huile d’olive"))
        while len(self.products) < self.least:
            body = {"name": next(names), "price": PRICE, "status": "active"}
            self.products.append(self.create("products", body))

    def forget(self, identifier: int) -> None:
        """Do without a product that has been deleted."""
        if identifier in self.products:
            self.products.remove(identifier)
            self.fill()

    def order(self) -> dict[str, Any]:
        """Create an order, each of a customer of its own, and return it."""
        customer = {"name": "أمينة Benali", "phone": f"05{next(numbers):08}", "wilaya_id": 16, "commune": "Hydra"}
        items = [{"product_id": self.goods, "quantity": 1}]
        return self.made("orders", {"customer": customer, "delivery": {"type": "home"}, "items": items})

    def create(self, kind: str, body: dict[str, Any], name: str = "id") -> Any:
        """Create a row and return its id, or what else it is called by."""
        return self.made(kind, body)[name]

    def made(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        """Create a row and return it."""
        headers = {"Idempotency-Key": f"row-{next(numbers)}"}
        response = self.session.post(f"{self.base_url}/v1/{kind}", json=body, headers=headers)
        assert response.status_code == 201, response.text
        return response.json()["data"]

    def product(self, case: Case) -> int:
        """Return a product to work on: one of those that stay, or a new one to delete."""
        if case.method.upper() == "DELETE":
            return self.create("products", {"name": "À supprimer", "price": 1})
        return self.products[_drawn(case.path_parameters, len(self.products))]

    def landing_page(self, case: Case) -> int:
        """Return a landing page to work on: the one that stays, or a new one to delete."""
        return self.create("landing-pages", {"title": "À supprimer"}) if case.method == "DELETE" else self.pages[0]

    def key(self) -> str:
        """Return a key to revoke or rotate, never the one that asks."""
        if not self.keys:
            body = {"type": "platform", "name": "ERP", "scopes": ["products:read"]}
            self.keys = [self.create("keys", body, "key_id")]
        return self.keys[0]

    def webhook(self, named: dict[str, Any]) -> dict[str, int]:
        """Return a new webhook to work on and, where one is named, a delivery of it."""
        self.make_room()
        hook = self.create("webhooks", {"url": "https://shop.example/", "events": ["order.created"]})
        if "delivery_id" not in named:
            return {"webhook_id": hook}
        headers = {"Idempotency-Key": f"row-{next(numbers)}"}
        sent = self.session.post(f"{self.base_url}/v1/webhooks/{hook}/test", headers=headers)
        return {"webhook_id": hook, "delivery_id": sent.json()["data"]["id"]}

    def request(self) -> str:
        """Return the id of a request that is in the log, as the latest ones are within seconds."""
        while not (found := self.session.get(f"{self.base_url}/v1/request-log?limit=1").json()["data"]["items"]):
            time.sleep(0.05)
        return str(found[0]["request_id"])

    def make_room(self) -> None:
        """Delete the webhooks that there are: there is room for few at once."""
        for old in self.session.get(f"{self.base_url}/v1/webhooks").json()["data"]["items"]:
            headers = {"Idempotency-Key": f"row-{next(numbers)}"}
            self.session.delete(f"{self.base_url}/v1/webhooks/{old['id']}", headers=headers)

    def ordered(self, name: str, case: Case) -> int:
        """Return an order or, as `customer_id`, its customer."""
        order = self.orders[_drawn(case.path_parameters, len(self.orders))]
        return order["id"] if name == "order_id" else order["customer"]["id"]

    def etag(self, case: Case) -> str:
        """Return the tag of the row that a request is about, as it is now; one of any where there is no such row."""
        response = self.session.get(f"{self.base_url}{case.formatted_path}")
        return response.headers.get("etag", "*")

    def cursor(self, case: Case) -> str | None:
        """Return a cursor of this list with these filters; None when it has one page."""
        filters = {name: value for name, value in case.query.items() if name != "cursor"} | {"limit": 1}
        response = self.session.get(f"{self.base_url}{case.path}", params=filters)
        return response.json()["data"]["next_cursor"] if response.ok else None


rows = Rows()


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    """Make what is valid by its form valid in this store."""
    for name, value in case.headers.items():
        # Text, and as clients send what is not ASCII.
        case.headers[name] = str(value).encode().decode("latin-1")
    if _is_valid(case, ParameterLocation.HEADER) and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = _marked(case.headers["Idempotency-Key"], KEY_LENGTH)
    if _is_valid(case, ParameterLocation.PATH):
        _name_a_row(case)
    if _is_valid(case, ParameterLocation.HEADER) and "If-Match" in case.headers:
        case.headers["If-Match"] = rows.etag(case)
    if _is_valid(case, ParameterLocation.QUERY) and "cursor" in case.query:
        cursor = rows.cursor(case)
        case.query = {name: value for name, value in case.query.items() if name != "cursor"}
        case.query |= {} if cursor is None else {"cursor": cursor}
    if _is_valid(case, ParameterLocation.QUERY) and {"from", "to"} <= case.query.keys():
        case.query = {"to": case.query["to"]}
    if _is_valid(case, ParameterLocation.BODY) and isinstance(case.body, dict):
        case.body = _fitting(case, case.body)
    if _is_valid(case, ParameterLocation.HEADER) and "X-DZ-Signature" in case.headers:
        case.headers, case.body = awaiting_signature(case.headers, case.body)


def _fitting(case: Case, given: dict[str, Any]) -> dict[str, Any]:
    """Return a body that is valid in this store."""
    body = _storable(_whole(given), always=case.meta.phase.name is TestPhase.STATEFUL)
    if "rates" in body:
        body["rates"] = list({rate["wilaya_id"]: rate for rate in body["rates"]}.values())
    return _sendable(case, body) if "/webhooks" in case.path else body


def _sendable(case: Case, body: dict[str, Any]) -> dict[str, Any]:
    """Return a webhook's body with an address that there may be, or that of a replay with something to find."""
    if case.path.endswith("/webhooks"):
        rows.make_room()
    if case.path.endswith("/replay"):
        return {"status": "dead"} if not body or {"from", "to"} <= body.keys() else body
    return body | {"url": f"https://shop.example/{next(numbers)}"} if "url" in body else body


def _name_a_row(case: Case) -> None:
    """Let a path name a row that there is, mostly."""
    named = case.path_parameters
    identifier = named.get("product_id")
    known = identifier is None or identifier in rows.products or identifier in rows.created
    if not known and _drawn(identifier, UNTOUCHED):
        named["product_id"] = rows.product(case)
    if identifier == rows.goods:
        named["product_id"] = rows.product(case)
    for name in {"order_id", "customer_id"} & named.keys():
        if _drawn(named, UNTOUCHED):
            named[name] = rows.ordered(name, case)
    if "landing_page_id" in named and _drawn(named, UNTOUCHED):
        named["landing_page_id"] = rows.landing_page(case)
    if "webhook_id" in named and _drawn(named, UNTOUCHED):
        named |= rows.webhook(named)
    if "request_id" in named and _drawn(named, UNTOUCHED):
        named["request_id"] = rows.request()
    if "key_id" in named and (named["key_id"] == rows.own_key or _drawn(named, UNTOUCHED)):
        named["key_id"] = rows.key()


@schemathesis.hook
def after_call(context: HookContext, case: Case, response: Response) -> None:
    """Count what was answered, and remember what was created."""
    operation = case.operation.definition.raw["operationId"]
    answers[operation, response.status_code] += 1
    if (operation, response.status_code) == ("createProduct", 201):
        rows.created.add(response.json()["data"]["id"])
    if (operation, response.status_code) == ("deleteProduct", 200):
        rows.forget(response.json()["data"]["id"])
    if (operation, response.status_code) == ("revokeKey", 200):
        rows.keys.clear()
    if response.status_code < 300 and isinstance(case.body, dict):
        said = " ".join(str(value) for value in case.body.values())
        scripts.update(script for script, letters in SCRIPTS.items() if letters.search(said))


def _storable(body: dict[str, Any], *, always: bool) -> dict[str, Any]:
    """Return a body whose references exist and whose unique values are new."""
    changes: dict[str, Any] = {}
    for name in ("category_id", "parent_id"):
        if body.get(name) is not None:
            changes[name] = rows.categories[_drawn(body[name], len(rows.categories))]
    if body.get("product_id") is not None:
        changes["product_id"] = rows.products[_drawn(body["product_id"], len(rows.products))]
    if body.get("type") in KEY_SCOPES:
        changes |= _fitting_key(body)
    below = {"variants": _fresh, "items": _ordered}
    changes |= {name: [fitting(each) for each in body[name]] for name, fitting in below.items() if name in body}
    if "discount" in body:
        changes["discount"] = _drawn(body["discount"], PRICE)
    if isinstance(body.get("customer"), dict) and body["customer"].get("external_id"):
        changes["customer"] = body["customer"] | {"external_id": _marked(body["customer"]["external_id"], 255)}
    for name, length in UNIQUE.items():
        if body.get(name) and (always or _drawn(body[name], UNTOUCHED)):
            changes[name] = _marked(body[name], length)
    return body | changes


def _fitting_key(body: dict[str, Any]) -> dict[str, Any]:
    """Return what changes of a new key, so that its members go together and there is room for it."""
    changes: dict[str, Any] = {}
    if "scopes" in body:
        fitting = [scope for scope in body["scopes"] if scope in KEY_SCOPES[body["type"]]]
        changes["scopes"] = fitting or [KEY_SCOPES[body["type"]][0]]
    if "allowed_origins" in body:
        changes["allowed_origins"] = ["https://shop.example"] if body["type"] == "public" else []
    if body.get("expires_at") is not None:
        # As soon as it has expired it takes no room.
        changes["expires_at"] = f"{datetime.now(UTC) + timedelta(seconds=5):%Y-%m-%dT%H:%M:%SZ}"
    return changes


def _ordered(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item of the product that there is to be ordered; it has no variant."""
    return {name: value for name, value in item.items() if name != "variant_id"} | {"product_id": rows.goods}


def _fresh(variant: dict[str, Any]) -> dict[str, Any]:
    """Return a new variant with a SKU of its own, and with no more of it than go together."""
    kept = {name: value for name, value in variant.items() if name not in ("id", "stock_delta")}
    kept |= {"sku": _marked(kept["sku"], 64)} if kept.get("sku") else {}
    count = {"stock_quantity": _drawn(kept["stock_quantity"], 1_000)} if "stock_quantity" in kept else {}
    return {"name": "M", **kept, **count}


def _marked(value: str, length: int) -> str:
    """Return a text of which there was none before, no longer than it may be."""
    mark = f"-{next(numbers)}"
    return value[: length - len(mark)].rstrip("-") + mark


def _whole(value: Any) -> Any:
    """Return a value with its whole numbers as integers: to JSON Schema 5.0 is one, to the API it is not."""
    if isinstance(value, dict):
        return {name: _whole(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _drawn(value: object, number: int) -> int:
    """Return one of `number` integers: the same for the same value, as Hypothesis wants it when it tries again."""
    return zlib.crc32(repr(value).encode()) % number


def _is_valid(case: Case, location: ParameterLocation) -> bool:
    return case.meta is not None and not case.meta.is_negative_at(location)
