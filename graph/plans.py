"""From a selection to SQL, and from its rows to what a surface sends: compiled once a shape, kept, run often.

A `Selection` names the fields wanted, and under which names. `plan` turns it into the terms of one SELECT (children as
JSON from correlated subqueries, so a list with its images and category is still one statement) and a generated builder
that makes a value of each row without looking at a field twice:

* `legacy` (REST): a `msgspec.Struct` of the selection, times as `YYYY-MM-DD HH:MM:SS` (`contract.md §1`),
  child JSON spliced as bytes;
* `graphql`: a dict that Strawberry's executor reads, times in RFC 3339.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import msgspec

from graph.fields import Children, Embedded, Entity, Field, Given, Parent, Scalar

Form = Literal["legacy", "graphql"]

OWN_TABLE = re.compile(r"\bt\.")
TIME_FORMS: dict[Form, str] = {
    "legacy": "YYYY-MM-DD HH24:MI:SS",
    "graphql": 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"',
}


@dataclass(frozen=True, slots=True)
class Selected:
    """One wanted field: the name it goes out under, what it is, and what is wanted below it."""

    output: str
    field: Field
    below: "Selection" = ()


Selection = tuple[Selected, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The compiled form of a selection: the terms of its SELECT, and what makes a value of a row and the context."""

    terms: str
    build: Callable[[Any, Any], Any]


@lru_cache(maxsize=4096)
def plan(entity: Entity, selection: Selection, form: Form) -> Plan:
    """Compile a selection of an entity's fields; the same one is compiled once."""
    compiler = _Compiler(form)
    source = compiler.row(entity, selection)
    build = eval(f"lambda r, c: {source}", compiler.names)  # noqa: S307 -- made of our own declarations, no input in it
    return Plan(", ".join(compiler.terms), build)


class _Compiler:
    """Collects the terms of the SELECT while it writes the builder's source."""

    def __init__(self, form: Form) -> None:
        self.form: Form = form
        self.terms: list[str] = []
        self.names: dict[str, Any] = {"Raw": msgspec.Raw, "decode": msgspec.json.decode}

    def row(self, entity: Entity, selection: Selection) -> str:
        """Return the source of an expression that makes the value of a row `r`."""
        values = [(each.output, self._value(each)) for each in selection]
        if self.form == "graphql":
            pairs = [f"'__typename': '{entity.name}'", *(f"'{output}': {value}" for output, value in values)]
            return "{" + ", ".join(pairs) + "}"
        struct = f"S{len(self.names)}"
        self.names[struct] = _struct(tuple(output for output, _ in values))
        return f"{struct}({', '.join(value for _, value in values)})"

    def _value(self, selected: Selected) -> str:
        field = selected.field
        if isinstance(field, Embedded):
            return self.row(field.entity, selected.below)
        if isinstance(field, Given):
            return f"c.{field.attributes}"
        place = f"r[{len(self.terms)}]"
        self.terms.append(_sql(field, selected.below, "t", self.form))
        if isinstance(field, Scalar) and field.kind != "json":
            return place
        if self.form == "graphql":
            return f"None if {place} is None else decode({place})"
        return f"None if {place} is None else Raw({place})"


def _struct(outputs: tuple[str, ...]) -> type[msgspec.Struct]:
    """Return a Struct class that encodes to an object with these names, in this order."""
    fields = [(f"f{place}", Any) for place in range(len(outputs))]
    rename = {f"f{place}": output for place, output in enumerate(outputs)}
    return msgspec.defstruct("Row", fields, rename=rename, frozen=True, gc=False)


def _sql(field: Field, below: Selection, table: str, form: Form) -> str:
    if isinstance(field, Scalar):
        sql = field.sql if table == "t" else OWN_TABLE.sub(f"{table}.", field.sql)
        return f"to_char({sql}, '{TIME_FORMS[form]}')" if field.kind == "time" else sql
    inner = f"{table}c"
    if isinstance(field, Children):
        order = ", ".join(f"{inner}.{name.strip()}" for name in field.order.split(","))
        return (
            f"(SELECT coalesce(json_agg({_json(field.entity, below, inner, form)} ORDER BY {order}), '[]')::text"
            f" FROM {field.entity.table} {inner} WHERE {inner}.{field.foreign_key} = {table}.id)"
        )
    if isinstance(field, Parent):
        return (
            f"(SELECT {_json(field.entity, below, inner, form)}::text"
            f" FROM {field.entity.table} {inner} WHERE {inner}.id = {table}.{field.column})"
        )
    raise TypeError(f"{field} has no SQL of its own")


def _json(entity: Entity, selection: Selection, table: str, form: Form) -> str:
    """Return SQL that makes a JSON object of a child row."""
    pairs = [f"'__typename', '{entity.name}'"] if form == "graphql" else []
    for each in selection:
        if isinstance(each.field, Embedded):
            value = _json(each.field.entity, each.below, table, form)
        else:
            value = _sql(each.field, each.below, table, form)
            value = value if isinstance(each.field, Scalar) else f"{value}::json"
        pairs.append(f"'{each.output}', {value}")
    return f"json_build_object({', '.join(pairs)})"
