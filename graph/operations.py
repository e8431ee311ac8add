"""One way in for every GraphQL request: parse, validate, run, and the errors in the contract's form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from inspect import isawaitable
from typing import Any, Literal

import msgspec
from graphql import (
    DocumentNode,
    GraphQLError,
    OperationDefinitionNode,
    execute,
    get_operation_ast,
    parse,
    validate,
)

from db.engine import OUTAGES
from graph.compiled.programs import Programs
from graph.context import Context
from graph.costs import MAXIMUM_COST, operation_cost, root_fields
from graph.errors import ApiError, Code, bad_request, unavailable
from graph.schema import field_name, schema

MAXIMUM_TOKENS = 1_000
# Root fields that show more than stored rows: what is left of the key's limits.
UNSTORED = frozenset({"viewer"})
# A list for syncing is read anew each time: how far it goes depends on the transactions that are open.
FRESH = "updatedSince"
MAXIMUM_ERRORS = 20

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Operation:
    """A request that can be run: the document, which of its operations is meant, and what runs it."""

    document: DocumentNode
    name: str | None
    definition: OperationDefinitionNode
    programs: Programs

    @property
    def kind(self) -> str:
        """Return `query`, `mutation` or `subscription`."""
        return self.definition.operation.value

    @property
    def cacheable(self) -> bool:
        """Tell whether the answer is made of stored rows alone, so that it may be kept until one changes."""
        if self.kind != "query" or FRESH in (self.document.loc.source.body if self.document.loc else ""):
            return False
        return not UNSTORED & root_fields(self.document, self.definition.selection_set.selections)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it: `data` as JSON. `crashes` are errors that are ours, for the log."""

    data: bytes
    errors: list[dict[str, Any]]
    crashes: Sequence[BaseException]
    executed_as: Literal["plan", "executor"]

    @property
    def code(self) -> Code | None:
        """Return the code of the first error, or None."""
        return Code(self.errors[0]["extensions"]["code"]) if self.errors else None


class Plans:
    """Whether plans are used; a setting of the process, given when it starts."""

    used = True


plans = Plans()


class InvalidDocument(Exception):
    """The document can't be run: it does not parse, does not validate, or names no operation."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__("invalid document")
        self.errors = errors


def prepare(query: str, operation_name: str | None) -> Operation:
    """Parse and validate a document and pick its operation; the same document is understood once.

    Raises:
        InvalidDocument: with every error, each with its locations.
    """
    known = _understood(query)
    if isinstance(known, list):
        raise InvalidDocument(known)
    operation = get_operation_ast(known, operation_name)
    if operation is None:
        message = (
            f"The document has no operation named {operation_name}"
            if operation_name
            else "The document has more than one operation, or none: say which by operationName"
        )
        raise InvalidDocument([_plain_error(message)])
    return Operation(known, operation_name, operation, _programs(query, operation_name))


def cost(operation: Operation, variables: Mapping[str, Any] | None) -> int:
    """Return what an operation costs with these variables.

    Raises:
        ApiError: `bad_request` where that is more than any operation may.
    """
    total = operation_cost(schema._schema, operation.document, operation.definition, variables or {})  # noqa: SLF001
    if total > MAXIMUM_COST:
        raise bad_request(
            f"The operation costs {total}, and {MAXIMUM_COST} is the most: ask for fewer rows (first) or fewer fields"
        )
    return total


async def run(operation: Operation, variables: Mapping[str, Any] | None, context: Context) -> Outcome:
    """Run an operation: by its plan, or by graphql-core's executor where it has none. The two answer the same.

    A mutation has to run in a transaction, and to be undone when there is an error.

    Raises:
        InvalidDocument: the variables are not those that the document declares; nothing was run.
    """
    answered = await operation.programs.run(variables or {}, context) if plans.used else None
    if answered is None:
        return await execute_by_field(operation, variables, context)
    errors = [answered.error] if answered.error else []
    return Outcome(answered.data, [_formed(error) for error in errors], _crashes(errors), "plan")


async def execute_by_field(operation: Operation, variables: Mapping[str, Any] | None, context: Context) -> Outcome:
    """Run an operation field by field, in graphql-core's executor.

    Raises:
        InvalidDocument: the variables are not those that the document declares; nothing was run.
    """
    pending = execute(
        schema._schema,  # noqa: SLF001 -- Strawberry hands out its graphql-core schema nowhere else
        operation.document,
        variable_values=dict(variables or {}),
        operation_name=operation.name,
        context_value=context,
    )
    result = await pending if isawaitable(pending) else pending
    errors = result.errors or []
    formed, crashes = [_formed(error) for error in errors], _crashes(errors)
    if formed and not crashes and not any(error.path for error in errors):
        raise InvalidDocument(formed)
    return Outcome(_encode(result.data), formed, crashes, "executor")


def error_members(error: ApiError, *, camel_case: bool = True) -> dict[str, Any]:
    """Return an error as a member of `errors`: its code, and what stands beside it, in `extensions`."""
    members = error.members()
    if camel_case and error.details:
        members["details"] = [{"field": field_name(each.field), "message": each.message} for each in error.details]
    return {"message": error.message, "extensions": {"code": error.code.value, **members}}


@lru_cache(maxsize=1024)
def _understood(query: str) -> DocumentNode | list[dict[str, Any]]:
    """Return the document, or what is wrong with it."""
    try:
        document = parse(query, max_tokens=MAXIMUM_TOKENS)
    except GraphQLError as error:
        return [_formed(error)]
    except RecursionError:
        return [_plain_error("The document is nested too deeply")]
    errors = validate(schema._schema, document, max_errors=MAXIMUM_ERRORS)  # noqa: SLF001
    return [_formed(_readable(error)) for error in errors] if errors else document


@lru_cache(maxsize=1024)
def _programs(query: str, operation_name: str | None) -> Programs:
    """Return the programs of an operation of a document that is understood."""
    document = _understood(query)
    operation = get_operation_ast(document, operation_name)  # type: ignore[arg-type]
    return Programs(document, operation)  # type: ignore[arg-type]


def _readable(error: GraphQLError) -> GraphQLError:
    """Return a document's error; a literal that Python can't read, such as a number of 5,000 digits, is one."""
    unread = error.original_error is not None and not isinstance(error.original_error, GraphQLError)
    return GraphQLError("The document has a value that can't be read", error.nodes) if unread else error


def _plain_error(message: str) -> dict[str, Any]:
    return error_members(bad_request(message))


def _crashes(errors: Sequence[GraphQLError]) -> list[BaseException]:
    return [error.original_error for error in errors if _is_crash(error) and error.original_error]


def _is_crash(error: GraphQLError) -> bool:
    original = error.original_error
    return original is not None and not isinstance(original, (ApiError, GraphQLError, *OUTAGES))


def _formed(error: GraphQLError) -> dict[str, Any]:
    """Return an error as the contract has it: nothing of the inside, but where it was and why."""
    known = _known(error)
    formed: dict[str, Any] = error_members(known)
    place: dict[str, Any] = {"message": formed["message"]}
    if error.locations:
        place["locations"] = [location.formatted for location in error.locations]
    if error.path:
        place["path"] = error.path
    return place | {"extensions": formed["extensions"]}


def _known(error: GraphQLError) -> ApiError:
    original = error.original_error
    if isinstance(original, ApiError):
        return original
    if isinstance(original, OUTAGES):
        return unavailable()
    if original is None or isinstance(original, GraphQLError):
        return bad_request(error.message)
    return ApiError(Code.INTERNAL_ERROR, "Something went wrong on our side: it has been logged")
