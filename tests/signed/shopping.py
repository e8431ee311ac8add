"""What the tests of shoppers' orders share: an order to place, what is answered, and how one is tracked."""

import itertools
from typing import Any

from tests.conftest import Shop
from tests.signed.clients import Page
from tests.signed.conftest import PageMaker

SCOPES = ["storefront:read", "checkout:write"]
SEEN = """{ orderNumber status paymentStatus paymentMethod subtotal deliveryFee discount total createdAt
    delivery { type deskName courier trackingNumber }
    items { productId name sku variant quantity unitPrice total } timeline { from to at } }"""
PLACE = "mutation($input: OrderPlaceInput!) { orderPlace(input: $input) { order " + SEEN + " } }"
TRACK = "query($number: String!, $phone: String!) { orderTrack(orderNumber: $number, phone: $phone) " + SEEN + " }"

numbers = itertools.count(1)


def fresh_phone() -> str:
    """Return a number that nobody has ordered with."""
    return f"06{next(numbers):08}"


def order_of(product: Any, quantity: int = 1, **members: Any) -> dict[str, Any]:
    """Return an order's input; members of `customer` and `delivery` are added to those given."""
    customer = {"name": "آمال بن علي", "phone": fresh_phone(), "wilayaId": 16, "commune": "Bab Ezzouar"}
    return {
        "customer": customer | members.pop("customer", {}),
        "delivery": {"type": "HOME"} | members.pop("delivery", {}),
        "items": [{"productId": str(product["id"]), "quantity": quantity}],
    } | members


async def checkout_of(shop: Shop, make_page: PageMaker, **options: Any) -> Page:
    """Return a page of the store that may place orders."""
    return await make_page(shop.store_id, granted=SCOPES, **options)


async def sent(page: Page, input_: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    """Place an order and return the whole answer."""
    response = await page.graphql(PLACE, {"input": input_}, idempotency_key=key or f"order-{next(numbers)}")
    return response.json()  # type: ignore[no-any-return]


async def placed(page: Page, input_: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    """Place an order from another address and return it."""
    page.move()
    answer = await sent(page, input_, key)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]["orderPlace"]["order"]  # type: ignore[no-any-return]


async def turned_down(page: Page, input_: dict[str, Any]) -> dict[str, Any]:
    """Return the error of an order that is not taken."""
    page.move()
    answer = await sent(page, input_)
    assert answer["data"] is None
    (error,) = answer["errors"]
    return error  # type: ignore[no-any-return]


async def tracked(page: Page, number: str, phone: str) -> dict[str, Any]:
    """Ask for an order and return the whole answer."""
    response = await page.graphql(TRACK, {"number": number, "phone": phone}, signed=False)
    return response.json()  # type: ignore[no-any-return]


def code_of(answer: dict[str, Any]) -> str:
    """Return the code of the first error, or nothing."""
    return answer["errors"][0]["extensions"]["code"] if "errors" in answer else ""
