"""A whole operation as a plan: the runners of its root fields, for one set of `@skip` and `@include` booleans."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    located_error,
    visit,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.values import VariableValues, get_variable_values

from graph.compiled.roots import Runner, runner
from graph.compiled.selections import Selections
from graph.context import Context
from graph.plans import Unplanned
from graph.schema import Audience, graphql_schema

# Programs of one operation: one for each set of its booleans.
VARIANTS = 16
CONDITIONS = frozenset({"skip", "include"})
NOTHING = VariableValues({}, {})

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Answered:
    """What a program answers: `data` as JSON, and the error of it, if there is one."""

    data: bytes
    error: GraphQLError | None = None


class Programs:
    """The programs of one operation of a document, made when they are first needed."""

    def __init__(self, audience: Audience, document: DocumentNode, operation: OperationDefinitionNode) -> None:
        self._schema = graphql_schema(audience)
        self._operation = operation
        self._fragments = {
            each.name.value: FragmentDetails(each)
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        self._conditions = _condition_variables(document)
        self._kept: OrderedDict[tuple[bool, ...], Program | None] = OrderedDict()

    async def run(self, variables: Mapping[str, Any], context: Context) -> Answered | None:
        """Run the operation by its plan; None where it has none, or where graphql-core's executor must word an error.

        Nothing has been changed when the answer is None.
        """
        coerced = self._coerced(variables)
        program = None if coerced is None else self._program(coerced)
        if program is None or coerced is None:
            return None
        if self._operation.operation is OperationType.MUTATION:
            return await program.write(context, coerced)
        return await program.read(context, coerced)

    def _coerced(self, variables: Mapping[str, Any]) -> VariableValues | None:
        definitions = self._operation.variable_definitions
        if not definitions:
            return NOTHING
        coerced = get_variable_values(self._schema, definitions, dict(variables), max_errors=1)
        return None if isinstance(coerced, list) else coerced

    def _program(self, variables: VariableValues) -> "Program | None":
        booleans = tuple(variables.coerced.get(name, False) for name in self._conditions)
        if None in booleans:
            # Null in the place of a default: an error of each field that it stands at.
            return None
        if booleans in self._kept:
            self._kept.move_to_end(booleans)
            return self._kept[booleans]
        program = self._kept[booleans] = self._compiled(variables)
        if len(self._kept) > VARIANTS:
            self._kept.popitem(last=False)
        return program

    def _compiled(self, variables: VariableValues) -> "Program | None":
        root: Any = self._schema.get_root_type(self._operation.operation)
        booleans = VariableValues({}, {name: variables.coerced.get(name) for name in self._conditions})
        selections = Selections(self._schema, self._fragments, self._operation, booleans)
        try:
            return Program(_runners(selections, root))
        except Unplanned:
            return None


class Program:
    """What runs an operation."""

    def __init__(self, runners: Sequence[Runner]) -> None:
        self._runners = runners
        self._keys = [b'"%s":' % each.output.encode() for each in runners]

    async def read(self, context: Context, variables: VariableValues) -> Answered | None:
        """Answer a query; several root fields are read side by side."""
        if len(self._runners) != 1:
            return await self._read_several(context, variables)
        try:
            return self._object([await self._runners[0].run(context, variables)])
        except Unplanned:
            return None
        except Exception as error:  # noqa: BLE001 -- any error becomes one of the answer
            return self._failed(self._runners[0], error)

    async def _read_several(self, context: Context, variables: VariableValues) -> Answered | None:
        """Answer side by side. Which of several errors are told, and in which order, is the executor's to say."""
        running = (each.run(context, variables) for each in self._runners)
        values = await asyncio.gather(*running, return_exceptions=True)
        return None if any(isinstance(each, BaseException) for each in values) else self._object(values)

    async def write(self, context: Context, variables: VariableValues) -> Answered:
        """Run mutations one after the other; the first error ends them, and leaves nothing of the answer."""
        values = []
        for each in self._runners:
            try:
                values.append(await each.run(context, variables))
            except Exception as error:  # noqa: BLE001 -- any error becomes one of the answer
                return Answered(b"null", _located(each, error))
        return self._object(values)

    def _object(self, values: Sequence[Any]) -> Answered:
        members = [key + _encode(value) for key, value in zip(self._keys, values, strict=True)]
        return Answered(b"{" + b",".join(members) + b"}")

    def _failed(self, failed: Runner, error: Exception) -> Answered:
        data = self._object([None]).data if failed.nullable else b"null"
        return Answered(data, _located(failed, error))


def _located(failed: Runner, error: Exception) -> GraphQLError:
    return located_error(error, failed.node_list, [failed.output])


def _runners(selections: Selections, root: GraphQLObjectType) -> list[Runner]:
    return [runner(selections, root, output, details) for output, details in selections.of_root(root).items()]


class _Conditions(Visitor):
    """Finds the variables that decide what is skipped or included."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, None] = {}

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        if node.name.value in CONDITIONS:
            for argument in node.arguments or ():
                if isinstance(argument.value, VariableNode):
                    self.names[argument.value.name.value] = None


def _condition_variables(document: DocumentNode) -> tuple[str, ...]:
    looker = _Conditions()
    visit(document, looker)
    return tuple(looker.names)
