"""How a page asks and acts: the operations of the office schema, over the resolvers and the chain that keys use."""

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import msgspec

from app.chain import conduct, idempotency
from app.chain.errors import log_crash
from app.chain.request import Answer
from app.pages.signed_in import Member
from graph import operations
from graph.errors import ApiError, Code, Detail, bad_request

_encode = msgspec.json.Encoder().encode


async def ask(member: Member, document: str, **variables: Any) -> dict[str, Any]:
    """Return the data of a query, as the member's role lets it be seen.

    Raises:
        ApiError: the first error's code, message and details; `forbidden` where the role lacks a scope.
    """
    operation = operations.prepare(document, None)
    operations.cost(operation, variables)
    return await _data(member, operation, variables)


async def do(member: Member, document: str, key: bytes, **variables: Any) -> dict[str, Any]:
    """Run a mutation once, in a transaction with the ledger, and return its data; no cached answer outlives it.

    Args:
        member: who acts; somebody whose role only reads is refused.
        document: the mutation.
        key: what the form is known by (`Form.key`): sent again, it acts no second time, and answers the same.
        variables: the document's.

    Raises:
        ApiError: what the resolver refused, its fields' names as inputs in `snake_case` have them.
    """
    operation = operations.prepare(document, None)
    operations.cost(operation, variables)
    run = partial(_data, member, operation, variables)
    return await act(member, document, key, variables, run, secret=operation.answers_secret)


async def act(
    member: Member,
    what: str,
    key: bytes,
    values: Mapping[str, Any],
    work: Callable[[], Awaitable[dict[str, Any]]],
    *,
    secret: bool = False,
) -> dict[str, Any]:
    """Do something once that is no mutation, as `do` does: what `work` does on the running transaction.

    Args:
        member: who acts; somebody whose role only reads is refused.
        what: the name of it, which no other has.
        key: what the form is known by.
        values: what it is done with; another form under the same key has others.
        work: acts, and returns what is answered.
        secret: whether the answer is kept sealed.

    Raises:
        ApiError: what `work` raised, or that the key was used for something else.
    """
    if not member.role.writes:
        raise ApiError(Code.FORBIDDEN, "Your role in this store lets you look, and change nothing")

    async def answered() -> Answer:
        return Answer(200, _encode(await work()), secret=secret)

    told = json.dumps([what, values], sort_keys=True, default=str).encode()
    answer = await conduct.write(member.request, member.context, key, told, answered)
    data: dict[str, Any] = msgspec.json.decode(answer.body)
    if answer.status >= 400:
        raise _refused(data["error"])
    return data


async def _data(member: Member, operation: operations.Operation, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of an operation that has no errors.

    Raises:
        ApiError: the first error, which undoes what a mutation did.
    """
    try:
        outcome = await operations.run(operation, variables, member.context)
    except operations.InvalidDocument as invalid:
        # The pages' documents are valid (a test sees to it), so a variable is not what its type wants.
        raise bad_request(str(invalid.errors[0]["message"])) from invalid
    for crash in outcome.crashes:
        if isinstance(crash, idempotency.COLLISIONS):
            raise crash
        log_crash(member.request, crash)
    if outcome.errors:
        raise _refused({"message": outcome.errors[0]["message"], **outcome.errors[0]["extensions"]})
    data: dict[str, Any] = msgspec.json.decode(outcome.data)
    return data


def _refused(members: Mapping[str, Any]) -> ApiError:
    """Return an error as it was before it was put into an answer."""
    details = [Detail(_snake_case(each["field"]), each["message"]) for each in members.get("details", ())]
    return ApiError(
        Code(members["code"]),
        members["message"],
        details=details,
        required_scope=members.get("required_scope"),
        retry_after=members.get("retry_after"),
    )


def _snake_case(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
