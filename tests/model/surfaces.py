"""The two surfaces, spoken to in the same words: REST's, which GraphQL's are made of and turned back into."""

import re
from typing import Any, NamedTuple

from tests.conftest import Shop

ENUMS = frozenset({"status", "payment_status", "payment_method", "type", "delivery_type", "from", "to"})
PRODUCT_ROW = "id: databaseId name price sku stockQuantity trackStock status updatedAt"
PRODUCT = """id: databaseId name pricing { price } status
    inventory { sku trackStock stockQuantity lowStockAlert } variants { id: databaseId price stockQuantity }"""
ORDER_ROW = (
    "id: databaseId orderNumber status paymentStatus total customerName customerPhone wilayaId commune updatedAt"
)
ORDER = f"""{ORDER_ROW} subtotal deliveryFee discount notes paymentReference allowedTransitions
    customer {{ id: databaseId name phone email wilayaId commune address }} delivery {{ type }}
    items {{ productId quantity unitPrice total }} timeline {{ from to }}"""
CUSTOMER = "id: databaseId firstName lastName phone email wilayaId commune totalOrders totalSpent updatedAt"
# The name in REST's paths: the type, its fields in a list, those of one, and which arguments filter the list.
KINDS = {
    "products": ("Product", PRODUCT_ROW, PRODUCT),
    "orders": ("Order", ORDER_ROW, ORDER),
    "customers": ("Customer", CUSTOMER, CUSTOMER + " address"),
}


class Answer(NamedTuple):
    """What a surface said: the row, or the code of its error."""

    code: str
    row: Any


class Rest:
    """`/v1`."""

    async def create(self, shop: Shop, kind: str, values: dict[str, Any], key: str | None = None) -> Answer:
        return self._told(await shop.write("POST", f"/v1/{kind}", values, key))

    async def update(
        self, shop: Shop, kind: str, identifier: int, values: dict[str, Any], key: str | None = None
    ) -> Answer:
        return self._told(await shop.write("PATCH", f"/v1/{kind}/{identifier}", values, key))

    async def delete(self, shop: Shop, kind: str, identifier: int) -> Answer:
        return self._told(await shop.write("DELETE", f"/v1/{kind}/{identifier}"))

    async def one(self, shop: Shop, kind: str, identifier: int) -> Any:
        return self._told(await shop.get(f"/v1/{kind}/{identifier}")).row

    async def all(self, shop: Shop, kind: str, size: int = 200, **filters: Any) -> list[Any]:
        rows: list[Any] = []
        cursor: dict[str, str] = {}
        while True:
            page = self._told(await shop.get(f"/v1/{kind}", params={"limit": size, **filters, **cursor})).row
            rows += page["items"]
            if not page["has_more"]:
                return rows
            cursor = {"cursor": page["next_cursor"]}

    def _told(self, response: Any) -> Answer:
        assert response.status_code < 500, response.text
        body = response.json()
        return Answer(body["error"]["code"], None) if "error" in body else Answer("", body["data"])


class GraphQL:
    """`/graphql`."""

    async def create(self, shop: Shop, kind: str, values: dict[str, Any], key: str | None = None) -> Answer:
        type_, _, fields = KINDS[kind]
        name = type_.lower()
        document = (
            f"mutation($input: {type_}CreateInput!) {{ {name}Create(input: $input) {{ {name} {{ {fields} }} }} }}"
        )
        return self._told(await shop.graphql(document, {"input": outgoing(values)}, key), f"{name}Create", name)

    async def update(
        self, shop: Shop, kind: str, identifier: int, values: dict[str, Any], key: str | None = None
    ) -> Answer:
        type_, _, fields = KINDS[kind]
        name = type_.lower()
        document = (
            f"mutation($id: ID!, $input: {type_}UpdateInput!) {{"
            f" {name}Update(id: $id, input: $input) {{ {name} {{ {fields} }} }} }}"
        )
        variables = {"id": str(identifier), "input": outgoing(values)}
        return self._told(await shop.graphql(document, variables, key), f"{name}Update", name)

    async def delete(self, shop: Shop, kind: str, identifier: int) -> Answer:
        name = KINDS[kind][0].lower()
        document = f"mutation($id: ID!) {{ {name}Delete(id: $id) {{ deleted }} }}"
        return self._told(await shop.graphql(document, {"id": str(identifier)}), f"{name}Delete", "deleted")

    async def one(self, shop: Shop, kind: str, identifier: int) -> Any:
        name = KINDS[kind][0].lower()
        document = f"query($id: ID!) {{ {name}(id: $id) {{ {KINDS[kind][2]} }} }}"
        return self._told(await shop.graphql(document, {"id": str(identifier)}), name).row

    async def all(self, shop: Shop, kind: str, size: int = 200, **filters: Any) -> list[Any]:
        rows: list[Any] = []
        after: str | None = None
        given = "".join(f", {camel(name)}: {_literal(name, value)}" for name, value in filters.items())
        document = (
            f"query($size: Int!, $after: String) {{ {kind}(first: $size, after: $after{given}) {{"
            f" nodes {{ {KINDS[kind][1]} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        )
        while True:
            page = self._told(await shop.graphql(document, {"size": size, "after": after}), kind).row
            rows += page["nodes"]
            if not page["page_info"]["has_next_page"]:
                return rows
            after = page["page_info"]["end_cursor"]

    def _told(self, answer: dict[str, Any], *path: str) -> Answer:
        if "errors" in answer:
            code = answer["errors"][0]["extensions"]["code"]
            assert code not in ("internal_error", "unavailable"), answer
            return Answer(code, None)
        row = answer["data"]
        for name in path:
            row = row[name]
        return Answer("", incoming(row))


Surface = Rest | GraphQL


def camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)


def _literal(name: str, value: Any) -> str:
    return str(value).upper() if name in ENUMS else f'"{value}"'


def outgoing(value: Any, name: str = "") -> Any:
    """Return REST's values as GraphQL's input has them."""
    if isinstance(value, dict):
        return {camel(each): outgoing(member, each) for each, member in value.items()}
    if isinstance(value, list):
        return [outgoing(each) for each in value]
    return value.upper() if name in ENUMS and isinstance(value, str) else value


def incoming(value: Any, name: str = "") -> Any:
    """Return GraphQL's answer as REST has it."""
    if isinstance(value, dict):
        snake = {re.sub(r"[A-Z]", lambda found: f"_{found[0].lower()}", each): member for each, member in value.items()}
        return {each: incoming(member, each) for each, member in snake.items()}
    if isinstance(value, list):
        return [incoming(each, "status" if name == "allowed_transitions" else "") for each in value]
    return value.lower() if name in ENUMS and isinstance(value, str) else value
