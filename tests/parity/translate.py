"""From a call of `/v1` to the GraphQL operation that says the same, and from its answer back, as schemas have it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
)

from graph.schema import field_name, schema
from tests.parity.table import PAIRS, Pair

SCHEMA = schema._schema
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Operation:
    """An operation of `openapi.yaml`."""

    name: str
    method: str
    path: str
    parameters: Mapping[str, Any]
    body: Mapping[str, Any] | None
    answer: Mapping[str, Any]

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def in_path(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)


@dataclass(frozen=True)
class Arguments:
    """What a call of `/v1` is given: parameters of the path and the query by their names, and members of the body."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None


@cache
def document() -> Any:
    return yaml.safe_load((Path(__file__).parents[2] / "openapi.yaml").read_text(encoding="utf-8"))


def dereferenced(node: Any) -> Any:
    """Return what a reference of `openapi.yaml` stands for, and of alternatives the one that is not null."""
    while True:
        if "$ref" in node:
            found = document()
            for name in node["$ref"].split("/")[1:]:
                found = found[name]
            node = found
        elif ("anyOf" in node or "oneOf" in node) and "properties" not in node:
            node = next(each for each in node.get("anyOf", node.get("oneOf")) if each.get("type") != "null")
        elif "allOf" in node:
            parts = [dereferenced(each) for each in node["allOf"]]
            node = {"properties": {name: each for part in parts for name, each in part["properties"].items()}}
        else:
            return node


@cache
def operations() -> Mapping[str, Operation]:
    """Return the operations of `openapi.yaml` by their ids."""
    found = {}
    for path, methods in document()["paths"].items():
        for method in METHODS:
            if method in methods:
                told = methods[method]
                found[told["operationId"]] = _operation(method.upper(), f"/v1{path.removeprefix('/v1')}", told)
    return found


def _operation(method: str, path: str, told: Any) -> Operation:
    parameters = [dereferenced(each) for each in told.get("parameters", ())]
    answers = [dereferenced(each) for status, each in told["responses"].items() if status[0] == "2"]
    envelope = dereferenced(answers[0]["content"]["application/json"]["schema"])
    body = told.get("requestBody")
    return Operation(
        told["operationId"],
        method,
        path,
        {each["name"]: each.get("schema", {}) for each in parameters if each["in"] in ("path", "query")},
        dereferenced(body["content"]["application/json"]["schema"]) if body else None,
        dereferenced(envelope["properties"]["data"]),
    )


def root_field(name: str) -> Any:
    """Return a field of Query or Mutation."""
    for type_ in (SCHEMA.query_type, SCHEMA.mutation_type):
        assert type_ is not None
        if name in type_.fields:
            return type_.fields[name]
    raise KeyError(name)


def argument_name(pair: Pair, rest_name: str) -> str:
    """Return GraphQL's name of an argument of REST's."""
    return pair.renamed.get(rest_name) or field_name(rest_name)


def query_of(operation: Operation, given: Arguments) -> tuple[str, dict[str, Any]]:
    """Return the document and the variables that ask GraphQL for the same."""
    pair = PAIRS[operation.name]
    declared = root_field(pair.field)
    values = {argument_name(pair, name): value for name, value in given.parameters.items() if name not in pair.less}
    if given.body is not None and pair.spread:
        values |= {field_name(name): value for name, value in given.body.items()}
    elif given.body is not None:
        values["input"] = given.body
    types = {name: declared.args[name].type for name in values}
    variables = {name: _put(types[name], value) for name, value in values.items()}
    head = ", ".join(f"${name}: {type_}" for name, type_ in types.items())
    arguments = ", ".join(f"{name}: ${name}" for name in types)
    kind = "mutation" if operation.writes else "query"
    named = f"{kind} Q({head})" if head else kind
    called = f"{pair.field}({arguments})" if arguments else pair.field
    return f"{named} {{ answer: {called} {_wanted(operation, pair, get_named_type(declared.type))} }}", variables


def _put(type_: Any, value: Any) -> Any:
    """Return a value of REST's as GraphQL takes it."""
    named = get_named_type(type_)
    if isinstance(value, list):
        return [_put(named, each) for each in value]
    if isinstance(named, GraphQLInputObjectType) and isinstance(value, Mapping):
        return {field_name(name): _put(_member(named, field_name(name)), each) for name, each in value.items()}
    if isinstance(named, GraphQLEnumType) and isinstance(value, str):
        return value.upper()
    if named.name in ("Int", "BigInt") and isinstance(value, str) and re.fullmatch("-?[0-9]+", value):
        return int(value)
    if named.name == "Boolean" and isinstance(value, str):
        return {"true": True, "false": False}.get(value, value)
    return value


def _member(type_: GraphQLInputObjectType, name: str) -> Any:
    """Return the type of an input's member; what it has not, is sent as it is and refused."""
    return type_.fields[name].type if name in type_.fields else SCHEMA.type_map["String"]


def _wanted(operation: Operation, pair: Pair, type_: Any) -> str:
    """Return the selection that has every member of REST's answer."""
    answer = operation.answer
    if pair.kind == "object":
        return _selection(type_, answer, pair)
    if pair.kind == "whole":
        return _selection(type_, dereferenced(answer["properties"]["items"]["items"]), pair)
    if pair.kind == "list":
        return _selection(type_, dereferenced(answer["properties"][pair.under]["items"]), pair)
    if pair.kind == "payload":
        return _payload(type_, answer, pair)
    member = "rows" if pair.kind == "history" else "items"
    node = get_named_type(type_.fields["nodes"].type)
    rows = _selection(node, dereferenced(answer["properties"][member]["items"]), pair)
    return f"{{ nodes {rows} pageInfo {{ hasNextPage endCursor }} }}"


def _payload(type_: GraphQLObjectType, answer: Any, pair: Pair) -> str:
    below: Any = get_named_type(type_.fields[pair.under].type)
    if "rates" in answer["properties"]:
        return f"{{ {pair.under} {_selection(below, dereferenced(answer['properties']['rates']['items']), pair)} }}"
    beside = [name for name in type_.fields if name != pair.under]
    own = {name: each for name, each in answer["properties"].items() if field_name(name) not in beside}
    return f"{{ {pair.under} {_selection(below, {'properties': own}, pair)} {' '.join(beside)} }}"


def _selection(type_: Any, told: Any, pair: Pair) -> str:
    parts = []
    for name, below in told["properties"].items():
        if name in pair.only_rest:
            continue
        wanted = "databaseId" if name == "id" and "databaseId" in type_.fields else field_name(name)
        assert wanted in type_.fields, f"{type_.name} has no {wanted}, which {pair.field}'s operation answers"
        named: Any = get_named_type(type_.fields[wanted].type)
        parts.append(wanted)
        if is_composite_type(named):
            inner = dereferenced(below)
            parts.append(_selection(named, dereferenced(inner["items"]) if "items" in inner else inner, pair))
    return "{ " + " ".join(parts) + " }"


def answer_of(operation: Operation, value: Any) -> Any:
    """Return what REST answers where GraphQL answers this."""
    pair = PAIRS[operation.name]
    answer = legacy(root_field(pair.field).type, value)
    if pair.kind == "page":
        info = answer["page_info"]
        # The event log has a cursor at its end as well, to go on from.
        endless = pair.field == "eventLog"
        cursor = info["end_cursor"] if info["has_next_page"] or endless else None
        return {"items": answer["nodes"], "next_cursor": cursor, "has_more": info["has_next_page"]}
    if pair.kind == "whole":
        return {"items": answer, "next_cursor": None, "has_more": False}
    if pair.kind == "payload":
        main = answer.pop(rest_name(pair.under))
        # A secret of another kind of key is null here, and not there in REST.
        beside = {name: each for name, each in answer.items() if each is not None}
        return {"rates": main} if isinstance(main, list) else main | beside
    return {"list": lambda: {pair.under: answer}, "history": lambda: {"rows": answer["nodes"]}}.get(
        pair.kind, lambda: answer
    )()


def legacy(type_: Any, value: Any) -> Any:
    """Return a value of GraphQL's as REST writes it."""
    if isinstance(type_, GraphQLNonNull):
        assert value is not None
        type_ = type_.of_type
    if value is None:
        return None
    if isinstance(type_, GraphQLList):
        return [legacy(type_.of_type, each) for each in value]
    if isinstance(type_, GraphQLObjectType):
        return {rest_name(name): legacy(type_.fields[name].type, each) for name, each in value.items()}
    if type_.name == "DateTime":
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", value), value
        return value[:19].replace("T", " ")
    return value.lower() if isinstance(type_, GraphQLEnumType) else value


def rest_name(graphql_name: str) -> str:
    """Return REST's name of a member of GraphQL's."""
    if graphql_name == "databaseId":
        return "id"
    return re.sub(r"[A-Z]", lambda match: "_" + match[0].lower(), graphql_name)
