"""One way in for every GraphQL request: parse, validate, run, and the errors in the contract's form."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from types import EllipsisType
from typing import Any, Literal

import msgspec
from graphql import (
    DocumentNode,
    GraphQLError,
    OperationDefinitionNode,
    execute,
    get_operation_ast,
)

from db.engine import OUTAGES
from graph import documents
from graph.api.declare import LIVE
from graph.compiled.programs import Programs
from graph.context import Context
from graph.costs import MAXIMUM_COST, count_variables, operation_cost, root_fields
from graph.errors import ApiError, Code, bad_request, unavailable
from graph.kept import Kept
from graph.schema import SECRET_MUTATIONS, Audience, field_name, graphql_schema

# A list for syncing is read anew each time: how far it goes depends on the transactions that are open. So are webhooks
# and deliveries as nodes, which change when they are sent.
FRESH = re.compile(r"\bupdatedSince\b|\bWebhook")

# Operations kept ready to run, their plans with them, by number and by what they weigh.
OPERATIONS_COUNT, OPERATIONS_BYTES = 512, 32 * 1024 * 1024
OPERATION_WEIGHT, PLAN_WEIGHT = 16_000, 256
# What an operation is called at most.
LABEL_LENGTH = 100
# Costs kept of an operation: one for each set of the variables that say how many rows.
COSTS_KEPT = 32

_encode = msgspec.json.Encoder().encode


class Operation:
    """A request that can be run: the document, which of its operations is meant, and what runs it.

    Attributes:
        kind: `query`, `mutation` or `subscription`.
        cacheable: whether the answer is made of stored rows alone, so that it may be kept until one changes.
        label: what people know it by: its kind and name, or the root fields of one that has no name.
        identity: a hash of the document and of which of its operations is meant.
    """

    def __init__(
        self, audience: Audience, document: DocumentNode, name: str | None, definition: OperationDefinitionNode
    ) -> None:
        self.schema = graphql_schema(audience)
        self.document = document
        self.name = name
        self.definition = definition
        self.kind: str = definition.operation.value
        self.cacheable = self.kind == "query" and not self._is_live()
        self.programs = Programs(audience, document, definition)
        self.label = self._labelled()
        text = document.loc.source.body if document.loc else ""
        self.identity = hashlib.sha256(repr((audience, text, name)).encode()).digest()
        self._counts = count_variables(document)
        self._costs: dict[tuple[Any, ...], int] = {}

    @property
    def answers_secret(self) -> bool:
        """Tell whether its answer holds a secret, which is shown this once."""
        return not SECRET_MUTATIONS.isdisjoint(root_fields(self.document, self.definition.selection_set.selections))

    def _labelled(self) -> str:
        if self.definition.name is not None:
            return f"{self.kind} {self.definition.name.value[:LABEL_LENGTH]}"
        roots = " ".join(sorted(root_fields(self.document, self.definition.selection_set.selections)))
        return f"{self.kind} {{ {roots[:LABEL_LENGTH]} }}"

    def _is_live(self) -> bool:
        """Tell whether the answer to a query shows more than stored rows, or how far it goes depends on the moment."""
        if FRESH.search(self.document.loc.source.body if self.document.loc else ""):
            return True
        known = self.schema.query_type.fields if self.schema.query_type else {}
        named = root_fields(self.document, self.definition.selection_set.selections) & known.keys()
        return any(known[name].extensions["strawberry-definition"].metadata.get(LIVE) for name in named)

    def cost(self, variables: Mapping[str, Any]) -> int:
        """Return what it costs with these variables; it is looked at once for each set of `first`s."""
        counts = tuple([variables.get(name, ...) for name in self._counts])
        if not all(isinstance(each, int | None | EllipsisType) for each in counts):
            return operation_cost(self.schema, self.document, self.definition, variables)
        known = self._costs.get(counts)
        if known is None:
            known = operation_cost(self.schema, self.document, self.definition, variables)
            if len(self._costs) < COSTS_KEPT:
                self._costs[counts] = known
        return known


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


_operations: Kept[tuple[Audience, str, str | None], Operation] = Kept(count=OPERATIONS_COUNT, weight=OPERATIONS_BYTES)


class InvalidDocument(Exception):
    """The document can't be run: it does not parse, does not validate, or names no operation."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__("invalid document")
        self.errors = errors


def prepare(query: str, operation_name: str | None, audience: Audience = "office") -> Operation:
    """Parse and validate a document and pick its operation; the same document is understood once.

    Args:
        query: the document.
        operation_name: which of its operations is meant; None where there is one.
        audience: whose schema it has to be valid in.

    Raises:
        InvalidDocument: with every error, each with its locations.
    """
    operation = _operations.get((audience, query, operation_name))
    if operation is None:
        operation = _prepared(query, operation_name, audience)
        _operations.put((audience, query, operation_name), operation, OPERATION_WEIGHT + len(query) * PLAN_WEIGHT)
    return operation


def _prepared(query: str, operation_name: str | None, audience: Audience) -> Operation:
    known = documents.understood(query, audience)
    if isinstance(known, documents.Refusal):
        raise InvalidDocument([_formed_problem(problem) for problem in known.problems])
    definition = get_operation_ast(known, operation_name)
    if definition is None:
        message = (
            f"The document has no operation named {operation_name}"
            if operation_name
            else "The document has more than one operation, or none: say which by operationName"
        )
        raise InvalidDocument([_plain_error(message)])
    return Operation(audience, known, operation_name, definition)


def cost(operation: Operation, variables: Mapping[str, Any] | None) -> int:
    """Return what an operation costs with these variables.

    Raises:
        ApiError: `bad_request` where that is more than any operation may.
    """
    total = operation.cost(variables or {})
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
        operation.schema,
        operation.document,
        variable_values=dict(variables or {}),
        operation_name=operation.name,
        context_value=context,
        max_coercion_errors=documents.MAXIMUM_ERRORS,
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


def _formed_problem(problem: documents.Problem) -> dict[str, Any]:
    """Return what is wrong with a document as a member of `errors`."""
    formed = _plain_error(problem.message)
    if problem.locations:
        formed["locations"] = [location.formatted for location in problem.locations]
    return {name: formed[name] for name in ("message", "locations", "extensions") if name in formed}


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
