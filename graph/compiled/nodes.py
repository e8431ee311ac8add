"""Relay's `node` and `nodes` by plan: of each type what the document wants of it, which its fragments say."""

from typing import Any

from graphql import GraphQLInterfaceType, is_list_type
from graphql.execution.values import VariableValues

from graph.api.declare import Root
from graph.api.nodes import nodes_read
from graph.compiled.pages import Beside
from graph.compiled.selections import Arguments, Details, Run, Selections, entity_of_type
from graph.context import Context
from graph.plans import Build, Compiler
from graph.sources import Source, read_page


def nodes_runner(
    selections: Selections, root: Root, returned: Any, type_: GraphQLInterfaceType, details: Details, given: Arguments
) -> Run:
    """Return what runs a field of this interface: one statement for each type that is asked for.

    Raises:
        Unplanned: of some type something is wanted that no plan knows.
    """
    plans: dict[str, tuple[str, Build, Beside]] = {}
    for each in selections.schema.get_possible_types(type_):
        entity, compiler = entity_of_type(each), Compiler("response")
        build = compiler.builder(entity, selections.of_entity(entity, each, details))
        plans[entity.name] = compiler.terms, build, Beside(selections, compiler)
    listed = is_list_type(returned)

    async def run(context: Context, variables: VariableValues) -> Any:
        async def read(source: Source, ids: list[int]) -> dict[int, Any]:
            terms, build, beside = plans[source.entity.name]
            page = await read_page(source.where("t.id = ANY({})", ids), terms, len(ids), None)
            rows = await beside.completed(page.rows, context, variables)
            return {keys[-1]: build(row, context) for keys, row in zip(page.keys, rows, strict=True)}

        found = await nodes_read(context, root.call(**given(variables)), read)
        return found if listed else found[0]

    return run
