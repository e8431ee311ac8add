"""What an operation costs, before anything of it is run (`contract.md §9`).

An object costs 1, a leaf 0, a connection 1 and `first` times one node, a plain list of objects 10 times one item, a
mutation 10, introspection 1.
"""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    get_named_type,
    get_nullable_type,
    visit,
)

from graph.sources import DEFAULT_LIMIT, MAXIMUM_LIMIT

MAXIMUM_COST = 10_000
MUTATION = 10
LIST_LENGTH = 10
# A request counts one for each of these that its operation costs, and one at least.
COST_UNIT = 1_000
NUMBER_LENGTH = 20

Composite = GraphQLObjectType | GraphQLInterfaceType


def units(cost: int) -> int:
    """Return how many requests an operation of this cost counts as."""
    return max(1, ceil(cost / COST_UNIT))


def operation_cost(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
) -> int:
    """Return what an operation of a valid document costs with these variables."""
    root = schema.get_root_type(operation.operation)
    if root is None:
        return 0
    walk = _Walk(schema, document, _with_defaults(operation, variables))
    each = MUTATION if operation.operation.value == "mutation" else 0
    return walk.members(root, operation.selection_set, each=each)


def _with_defaults(operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the variables, with the numbers that stand as defaults for those that aren't given."""
    defaults = {
        declared.variable.name.value: _number(declared.default_value)
        for declared in operation.variable_definitions or ()
        if isinstance(declared.default_value, IntValueNode)
    }
    return {**defaults, **variables}


def _number(node: IntValueNode) -> int:
    """Return a number; one that is beyond any limit becomes another such, as Python may not read so many digits."""
    return int(node.value[:NUMBER_LENGTH])


class _Walk:
    """One look at an operation; a fragment is looked at once for each type that it stands in."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self.schema = schema
        self.variables = variables
        self.fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self.known: dict[tuple[str, str, bool, int], int] = {}

    def members(
        self, parent: Composite, selection: SelectionSetNode | None, *, connection: bool = False, each: int = 0
    ) -> int:
        """Return the cost of an object's selected fields, and `each` for each of them; of a connection's, of a node."""
        total = 0
        for node in selection.selections if selection else ():
            if isinstance(node, FieldNode):
                total += each + (self.node_of(parent, node) if connection else self.field(parent, node))
            elif isinstance(node, FragmentSpreadNode):
                total += self.fragment(parent, node.name.value, connection, each)
            else:
                condition = node.type_condition  # type: ignore[attr-defined]
                inner = self.schema.get_type(condition.name.value) if condition else parent
                total += self.members(inner, node.selection_set, connection=connection, each=each)  # type: ignore[arg-type, attr-defined]
        return total

    def fragment(self, parent: Composite, name: str, connection: bool, each: int) -> int:
        place = (name, parent.name, connection, each)
        if place not in self.known:
            fragment = self.fragments[name]
            inner = self.schema.get_type(fragment.type_condition.name.value)
            self.known[place] = self.members(inner, fragment.selection_set, connection=connection, each=each)  # type: ignore[arg-type]
        return self.known[place]

    def field(self, parent: Composite, node: FieldNode) -> int:
        """Return the cost of a field with all that is below it."""
        name = node.name.value
        if name.startswith("__"):
            return 0 if name == "__typename" else 1
        type_ = parent.fields[name].type
        named = get_named_type(type_)
        if not isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
            return 0
        if named.name.endswith("Connection"):
            return 1 + self.first(node) * self.members(named, node.selection_set, connection=True)
        return _length(type_) * (1 + self.members(named, node.selection_set))

    def node_of(self, parent: Composite, node: FieldNode) -> int:
        """Return the cost of one node, of a connection's field or of an edge's."""
        name = node.name.value
        if name not in ("nodes", "edges", "node"):
            return 0
        named: Any = get_named_type(parent.fields[name].type)
        if name == "edges":
            return self.members(named, node.selection_set, connection=True)
        return 1 + self.members(named, node.selection_set)

    def first(self, node: FieldNode) -> int:
        """Return how many rows a connection is asked for; what can't be right is refused later."""
        value: Any = None
        for argument in node.arguments or ():
            if argument.name.value == "first":
                given = argument.value
                if isinstance(given, IntValueNode):
                    value = _number(given)
                elif isinstance(given, VariableNode):
                    value = self.variables.get(given.name.value)
        # As JSON has it, 200.0 is an integer too.
        usable = value if isinstance(value, int | float) else DEFAULT_LIMIT
        return int(min(max(usable, 0), MAXIMUM_LIMIT))


def _length(type_: GraphQLOutputType) -> int:
    return LIST_LENGTH if isinstance(get_nullable_type(type_), GraphQLList) else 1


def root_fields(document: DocumentNode, selections: Sequence[Any]) -> set[str]:
    """Return the names of an operation's root fields, those in fragments included."""
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    names: set[str] = set()
    for node in selections:
        if isinstance(node, FieldNode):
            names.add(node.name.value)
        elif isinstance(node, FragmentSpreadNode):
            names |= root_fields(document, fragments[node.name.value].selection_set.selections)
        else:
            names |= root_fields(document, node.selection_set.selections)
    return names


def count_variables(document: DocumentNode) -> tuple[str, ...]:
    """Return the names of the variables that say how many rows a connection is asked for."""
    names: dict[str, None] = {}

    class Finder(Visitor):
        def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
            if node.name.value == "first" and isinstance(node.value, VariableNode):
                names[node.value.name.value] = None

    visit(document, Finder())
    return tuple(names)
