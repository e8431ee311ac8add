"""The scalars that the schema adds to GraphQL's own, and the Python types that stand for them."""

from datetime import datetime
from typing import Any, NewType

import strawberry
from graphql import GraphQLError, IntValueNode, ValueNode
from strawberry.types.scalar import ScalarDefinition

from graph.rules import INTEGER_MAXIMUM, MONEY_MAXIMUM, moment

Money = NewType("Money", int)
BigInt = NewType("BigInt", int)
DateTime = NewType("DateTime", datetime)
Json = NewType("Json", object)
JsonObject = NewType("JsonObject", object)

_moment = moment()


def _integer(value: Any) -> int:
    """Return an integer that came as one: `true`, `1.0` and `"1"` did not."""
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 2**53 - 1:
        raise GraphQLError(f"must be an integer of at most 2^53 - 1, not {str(value)[:40]}")
    return value


def _integer_literal(node: ValueNode, _variables: object = None) -> int:
    if not isinstance(node, IntValueNode):
        raise GraphQLError("must be an integer, without a decimal point, an exponent or quotes")
    return _integer(int(node.value))


def _time(value: Any) -> datetime:
    try:
        return _moment.check(value)  # type: ignore[no-any-return]
    except ValueError as error:
        raise GraphQLError(str(error)) from error


def _same(value: Any) -> Any:
    return value


SCALARS: dict[object, ScalarDefinition] = {
    Money: strawberry.scalar(
        name="Money",
        description=f"An amount in whole Algerian dinars, 0 to {MONEY_MAXIMUM}, as a JSON number.",
        serialize=_same,
        parse_value=_integer,
        parse_literal=_integer_literal,
    ),
    BigInt: strawberry.scalar(
        name="BigInt",
        description=f"An integer that may be beyond {INTEGER_MAXIMUM} and fits a JavaScript number, as a JSON number.",
        serialize=_same,
        parse_value=_integer,
        parse_literal=_integer_literal,
    ),
    DateTime: strawberry.scalar(
        name="DateTime",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        description="A moment in UTC, RFC 3339: `2026-04-30T14:22:10.000000Z`. Input may have any offset.",
        serialize=_same,
        parse_value=_time,
    ),
    Json: strawberry.scalar(
        name="JSON",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
        description="A JSON object.",
        serialize=_same,
        parse_value=_same,
    ),
    JsonObject: strawberry.scalar(
        name="JSONObject",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
        description="A JSON object with members of any kind.",
        serialize=_same,
        parse_value=_same,
    ),
}
