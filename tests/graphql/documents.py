"""Random GraphQL documents that are valid, and ask for rows that are there."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
    is_required_argument,
)

# The last one is longer than PostgreSQL lets names be.
ALIASES = (
    "a",
    "b",
    "name",
    "items",
    "total_of_this",
    "_x1",
    "a_name_that_says_at_length_what_stands_under_it_in_the_answer_",
)
DEPTH = 5
# How long the lists of one document may be; more of them cost too much.
FIRST = (0, 1, 2, 3, 7)

# What an argument of a root field may be given: literals by the field's and the argument's names.
Arguments = Mapping[tuple[str, str], Callable[[random.Random], Any]]


@dataclass
class Document:
    """A document with its variables."""

    text: str
    variables: dict[str, Any]


@dataclass
class Writer:
    """Writes one document. `arguments` knows values that mean something in the store that is asked."""

    schema: GraphQLSchema
    arguments: Arguments
    chance: random.Random
    variables: dict[str, Any] = field(default_factory=dict)
    declared: list[str] = field(default_factory=list)
    fragments: list[str] = field(default_factory=list)
    # The fragments that are whole, by the types that they are on: they may be spread again.
    whole: dict[str, list[str]] = field(default_factory=dict)
    used: dict[str, set[str]] = field(default_factory=dict)

    def document(self, roots: list[str]) -> Document:
        """Return a query of one to three of the root fields named."""
        query: Any = self.schema.query_type
        chosen = [self.chance.choice(roots) for _ in range(self.chance.choice((1, 1, 1, 2, 3)))]
        fields = [
            self.wrapped(
                f"r{place}: {self.root(name, query.fields[name])}"
                if len(chosen) > 1
                else self.root(name, query.fields[name])
            )
            for place, name in enumerate(chosen)
        ]
        if self.chance.random() < 0.1:
            fields.append("__typename")
        head = f"query Q({', '.join(self.declared)})" if self.declared else "query Q"
        return Document(f"{head} {{ {' '.join(fields)} }}\n" + "\n".join(self.fragments), self.variables)

    def root(self, name: str, declared: GraphQLField) -> str:
        condition = self.condition() if self.chance.random() < 0.2 else ""
        return f"{name}{self.given(name, declared)}{condition}{self.below(declared, DEPTH)}"

    def wrapped(self, selected: str) -> str:
        """Return a root field as it is, or now and then in a fragment."""
        kind = self.chance.random()
        if kind < 0.85:
            return selected
        if kind < 0.9:
            return f"... {{ {selected} }}"
        if kind < 0.95:
            return f"... on Query{self.condition()} {{ {selected} }}"
        return f"...{self.named('Query', f'{{ {selected} }}')}"

    def given(self, name: str, declared: GraphQLField) -> str:
        """Return the arguments of a field, if it is given any."""
        given = [
            f"{argument}: {self.value(name, argument, str(kind.type))}"
            for argument, kind in declared.args.items()
            if (name, argument) in self.arguments
            and self.chance.random() < (1.0 if is_required_argument(kind) else self.likelihood(name, argument))
        ]
        return f"({', '.join(given)})" if given else ""

    def likelihood(self, name: str, argument: str) -> float:
        if argument == "first":
            return 0.9
        return 1.0 if argument == "id" else 0.25 if name.endswith("s") else 0.5

    def value(self, name: str, argument: str, kind: str) -> str:
        """Return a literal, or a variable that holds one."""
        value = self.arguments[name, argument](self.chance)
        chosen = self.chance.random()
        if chosen < 0.55:
            return literal(value)
        if chosen < 0.65 and isinstance(value, list) and value:
            # Some of a list's items by variables.
            item = kind.strip("[]!") + "!"
            return f"[{', '.join(self.variable(each, item, 'given') for each in value)}]"
        shape = self.chance.choice(
            ("given", "given", "another form", "default", "default and given", "null", "left out")
        )
        if kind.endswith("!"):
            shape = "given" if shape in ("null", "left out") else shape
        elif shape in ("null", "left out") and argument == "first":
            shape = "default"
        return self.variable(value, kind, shape)

    def variable(self, value: Any, kind: str, shape: str) -> str:
        """Return a variable that holds a value, or what stands for its default, or nothing."""
        name = f"v{len(self.declared)}"
        self.declared.append(f"${name}: {kind}" + (f" = {literal(value)}" if shape.startswith("default") else ""))
        if shape == "null":
            self.variables[name] = None
        elif shape == "another form":
            self.variables[name] = another_form(json_value(value), kind)
        elif shape not in ("default", "left out"):
            self.variables[name] = json_value(value)
        return f"${name}"

    def below(self, declared: GraphQLField, depth: int) -> str:
        named = get_named_type(declared.type)
        return f" {self.selection(named, depth)}" if is_composite_type(named) else ""

    def selection(self, type_: Any, depth: int) -> str:
        """Return a selection set of a type: some of its fields, and fragments of others."""
        names = list(type_.fields)
        if depth <= 0:
            names = [each for each in names if not is_composite_type(get_named_type(type_.fields[each].type))]
        if not names:
            return "{ __typename }"
        chosen = self.chance.sample(names, k=min(len(names), self.chance.choice((1, 2, 3, 5, 8))))
        if type_.name.endswith("Connection") and depth > 0:
            chosen = list(dict.fromkeys([self.chance.choice(("nodes", "edges")), *chosen]))
        parts = [self.field(type_, each, depth) for each in chosen]
        if self.chance.random() < 0.15:
            parts.append("__typename")
        if self.chance.random() < 0.15:
            # The same field again: the two are one.
            parts.append(self.field(type_, self.chance.choice(chosen), depth, plain=True))
        if self.chance.random() < 0.2:
            parts.append(self.fragment(type_, depth - 1))
        self.chance.shuffle(parts)
        return "{ " + " ".join(part for part in parts if part) + " }"

    def field(self, type_: Any, name: str, depth: int, *, plain: bool = False) -> str:
        declared = type_.fields[name]
        alias = ""
        if not plain and self.chance.random() < 0.12:
            alias = f"{self.alias(type_)}: "
        return f"{alias}{name}{self.given(name, declared)}{self.condition()}{self.below(declared, depth - 1)}"

    def alias(self, type_: Any) -> str:
        """Return a name that nothing else of this document goes out under: what can't be merged is not valid."""
        name = f"{self.chance.choice(ALIASES)}_{type_.name}_{len(self.used)}"
        self.used[name] = {type_.name}
        return name

    def condition(self) -> str:
        if self.chance.random() > 0.1:
            return ""
        directive, truth = self.chance.choice(("skip", "include")), self.chance.random() < 0.5
        if self.chance.random() < 0.5:
            return f" @{directive}(if: {literal(truth)})"
        variable = f"c{len(self.declared)}"
        kind = self.chance.random()
        if kind < 0.5:
            self.declared.append(f"${variable}: Boolean!")
            self.variables[variable] = truth
        elif kind < 0.6:
            # Where there is a default, null may be given, and is an error where it stands.
            self.declared.append(f"${variable}: Boolean = {literal(truth)}")
            self.variables[variable] = self.chance.choice((None, truth, not truth))
        else:
            self.declared.append(f"${variable}: Boolean! = {literal(truth)}")
        return f" @{directive}(if: ${variable})"

    def fragment(self, type_: Any, depth: int) -> str:
        """Return an inline fragment, or the spread of a named one: on the type, or on an interface of its."""
        on: Any = type_
        if isinstance(type_, GraphQLObjectType) and type_.interfaces and self.chance.random() < 0.4:
            on = self.chance.choice(type_.interfaces)
        elif isinstance(type_, GraphQLInterfaceType):
            on = self.chance.choice([type_, *self.schema.get_possible_types(type_)])
        if on.name in self.whole and self.chance.random() < 0.3:
            return f"...{self.chance.choice(self.whole[on.name])}{self.condition()}"
        selection = self.selection(on, depth)
        kind = self.chance.random()
        if kind < 0.2 and on is type_:
            return f"...{self.condition()} {selection}"
        if kind < 0.6:
            return f"... on {on.name}{self.condition()} {selection}"
        return f"...{self.named(on.name, selection)}{self.condition()}"

    def named(self, on: str, selection: str) -> str:
        """Return the name of a new fragment."""
        name = f"F{len(self.fragments)}"
        self.fragments.append(f"fragment {name} on {on} {selection}")
        self.whole.setdefault(on, []).append(name)
        return name


class Enum(str):
    """A value that is written without quotes."""

    __slots__ = ()


def literal(value: Any) -> str:
    """Return a value as GraphQL writes it: as JSON does, but for enums and the names of members."""
    if isinstance(value, Enum):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {literal(member)}" for name, member in value.items()) + "}"
    return json.dumps(value)


def another_form(value: Any, kind: str) -> Any:
    """Return a value in another form that means the same, where its type takes one."""
    if isinstance(value, list) and len(value) == 1:
        return value[0]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value) if kind.startswith("Int") else value
    if isinstance(value, str) and kind.startswith("ID") and value.isdigit():
        return int(value)
    return value


def json_value(value: Any) -> Any:
    """Return a value as variables hold it."""
    if isinstance(value, list):
        return [json_value(each) for each in value]
    return str(value) if isinstance(value, Enum) else value


def enum_values(schema: GraphQLSchema, name: str) -> list[Enum]:
    """Return an enum's values."""
    type_ = schema.type_map[name]
    assert isinstance(type_, GraphQLEnumType)
    return [Enum(each) for each in type_.values]
