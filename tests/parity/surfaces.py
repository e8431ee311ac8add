"""The two surfaces, each asked for the same, and their answers compared."""

from dataclasses import dataclass
from typing import Any

from graph.schema import field_name
from tests.conftest import Shop, Statements
from tests.parity.table import PAIRS
from tests.parity.translate import (
    Arguments,
    Operation,
    answer_of,
    query_of,
)

KEY_LOOKUP = "FROM api_keys k JOIN stores"

# What goes on between the two calls: how much of the minute's and the month's limit is left.
MOVING = {
    "listEvents": ("next_cursor",),
    "whoami": ("rate_limit",),
    "getUsage": ("usage",),
    "getQuotas": ("usage",),
    "getUsageHistory": ("rows",),
}
RENAMED_ARGUMENTS = {"limit": "first", "cursor": "after"}


@dataclass(frozen=True)
class Answer:
    """What a surface answered, in REST's terms."""

    data: Any
    code: str | None
    scope: str | None
    fields: tuple[str, ...]
    message: str
    statements: int


async def over_rest(shop: Shop, operation: Operation, given: Arguments, statements: Statements) -> Answer:
    path = operation.path.format(**given.parameters)
    query = {name: value for name, value in given.parameters.items() if name not in operation.in_path}
    headers = {"Idempotency-Key": "rest-" + str(len(statements.sent))}
    options: dict[str, Any] = {} if given.body is None else {"json": given.body}
    with statements.counted() as sent:
        response = await shop.client.request(operation.method, path, params=query, headers=headers, **options)
    body = response.json()
    error = body.get("error", {})
    return Answer(
        body.get("data"),
        error.get("code"),
        error.get("required_scope"),
        tuple(RENAMED_ARGUMENTS.get(each["field"], field_name(each["field"])) for each in error.get("details", ())),
        error.get("message", ""),
        counted(sent),
    )


async def over_graphql(shop: Shop, operation: Operation, given: Arguments, statements: Statements) -> Answer:
    text, variables = query_of(operation, given)
    with statements.counted() as sent:
        answer = await shop.graphql(text, variables)
    if "errors" not in answer:
        return Answer(answer_of(operation, answer["data"]["answer"]), None, None, (), "", counted(sent))
    (error,) = answer["errors"]
    told = error["extensions"]
    assert not (answer.get("data") or {}).get("answer")
    return Answer(
        None,
        told["code"],
        told.get("required_scope"),
        tuple(each["field"] for each in told.get("details", ())),
        error["message"],
        counted(sent),
    )


def counted(sent: list[str]) -> int:
    return len([each for each in sent if KEY_LOOKUP not in each])


def same(operation: Operation, rest: Answer, graphql: Answer) -> None:
    """Hold two answers to be the same."""
    pair = PAIRS[operation.name]
    only_rest = {*pair.only_rest, *MOVING.get(operation.name, ())}
    only_rest |= {f"has {name}" for name in only_rest}
    mine, other = (_without(each.data, only_rest) for each in (rest, graphql))
    assert other == mine
    assert (graphql.code, graphql.scope) == (rest.code, rest.scope), (rest, graphql)
    assert graphql.fields == rest.fields
    # What is wrong with `limit` is told in the words of each surface's own argument.
    if "first" not in rest.fields:
        assert plain(graphql.message) == plain(rest.message)
    assert graphql.statements == rest.statements


def _without(data: Any, members: set[str]) -> Any:
    return {name: each for name, each in data.items() if name not in members} if isinstance(data, dict) else data


def plain(message: str) -> str:
    """Return a message without the names that each surface has of its own."""
    return "Invalid value" if message.startswith("Invalid value for") else message
