"""From a selection to SQL, and from its rows to what a surface sends: compiled once a shape, kept, run often.

A `Selection` names the fields wanted, and under which names. `Compiler` turns it into the terms of one SELECT (children
as JSON from correlated subqueries, so a list with its images and category is still one statement) and a generated
builder that makes a value of each row without looking at a field twice. It has three forms:

* `legacy` (REST): a `msgspec.Struct` of the selection, times as `YYYY-MM-DD HH:MM:SS` (`contract.md §1`);
* `response` (GraphQL, compiled): a Struct as well, times in RFC 3339;
* `record` (GraphQL, Strawberry's own execution): a dict that its executor reads.

In the first two, child JSON is spliced as bytes.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import msgspec

from graph.fields import Children, Connected, Embedded, Entity, Field, Given, Parent, Scalar

Form = Literal["legacy", "response", "record"]

OWN_TABLE = re.compile(r"\bt\.")
RFC_3339 = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
TIME_FORMS: dict[Form, str] = {"legacy": "YYYY-MM-DD HH24:MI:SS", "response": RFC_3339, "record": RFC_3339}
# PostgreSQL takes 100 arguments of a function.
JSON_MEMBERS = 50


@dataclass(frozen=True, slots=True)
class Constant:
    """A text that is the same for every row."""

    text: str


@dataclass(frozen=True, slots=True)
class Renamed:
    """A value that goes out under another name, as an enum's does in GraphQL; of a `listed` one, each of its values."""

    scalar: Scalar
    names: tuple[tuple[str, str], ...]
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Apart:
    """A value that is read apart, once the row is there; `what` says to who reads it, of which field and how."""

    what: Any


@dataclass(frozen=True, slots=True)
class Selected:
    """One wanted field: the name it goes out under, what it is, what is wanted below it, whether it must be there."""

    output: str
    field: Field | Constant | Renamed | Apart
    below: "Selection" = ()
    required: bool = False


Selection = tuple[Selected, ...]
Build = Callable[[Any, Any], Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """The compiled form of a selection: the terms of its SELECT, and what makes a value of a row and the context."""

    terms: str
    build: Build


class Unplanned(Exception):
    """A selection, or a row, that a plan can't answer as GraphQL wants it."""


@lru_cache(maxsize=4096)
def plan(entity: Entity, selection: Selection, form: Form) -> Plan:
    """Compile a selection of an entity's fields; the same one is compiled once."""
    compiler = Compiler(form)
    build = compiler.builder(entity, selection)
    return Plan(compiler.terms, build)


class Compiler:
    """Collects the terms of one SELECT while it writes the builders that read its rows.

    Attributes:
        form: what the builders make.
        apart: what is read apart, each with the place of its row's id. Its values stand behind the row when it is
            built, the first one last.
    """

    def __init__(self, form: Form) -> None:
        self.form: Form = form
        self.apart: list[tuple[int, Apart]] = []
        self._terms: dict[str, int] = {}
        self._names: dict[str, Any] = {"Raw": msgspec.Raw, "decode": msgspec.json.decode, "there": _there}

    @property
    def terms(self) -> str:
        """Return the terms, in the order that the builders read them in."""
        return ", ".join(self._terms)

    def builder(self, entity: Entity, selection: Selection) -> Build:
        """Return what makes the value of a row and the context.

        Raises:
            Unplanned: the selection has something that SQL can't say.
        """
        source = self._row(entity, selection)
        return eval(f"lambda r, c: {source}", self._names)  # type: ignore[no-any-return]  # noqa: S307 -- made of our own declarations, no input in it

    def _row(self, entity: Entity, selection: Selection) -> str:
        """Return the source of an expression that makes the value of a row `r`."""
        values = [(each.output, self._value(each)) for each in selection]
        if self.form == "record":
            pairs = [f"'__typename': '{entity.name}'", *(f"'{output}': {value}" for output, value in values)]
            return "{" + ", ".join(pairs) + "}"
        struct = self._named(struct_of(tuple(output for output, _ in values)))
        return f"{struct}({', '.join(value for _, value in values)})"

    def _value(self, selected: Selected) -> str:
        field = selected.field
        if isinstance(field, Embedded):
            return self._row(field.entity, selected.below)
        if isinstance(field, Constant):
            return self._named(field.text)
        if isinstance(field, Given):
            return f"c.{field.attributes}"
        if isinstance(field, Connected):
            return self._place("t.id")
        if isinstance(field, Apart):
            self.apart.append((self._number("t.id"), field))
            return f"r[{-len(self.apart)}]"
        place = self._place(_sql(field.scalar if isinstance(field, Renamed) else field, selected.below, "t", self.form))
        value = self._read(field, place)
        return f"there({value})" if selected.required and not _never_null(field) else value

    def _read(self, field: Field | Constant | Renamed, place: str) -> str:
        if isinstance(field, Renamed):
            names = self._named({None: None, **dict(field.names)})
            return (
                f"None if {place} is None else [{names}[v] for v in {place}]" if field.listed else f"{names}[{place}]"
            )
        if isinstance(field, Scalar) and field.kind != "json":
            return place
        made = "decode" if self.form == "record" else "Raw"
        return f"{made}({place})" if _never_null(field) else f"None if {place} is None else {made}({place})"

    def _place(self, term: str) -> str:
        """Return where a term's value is in a row; the same term is selected once."""
        return f"r[{self._number(term)}]"

    def _number(self, term: str) -> int:
        return self._terms.setdefault(term, len(self._terms))

    def _named(self, value: Any) -> str:
        name = f"n{len(self._names)}"
        self._names[name] = value
        return name


@lru_cache(maxsize=1024)
def struct_of(outputs: tuple[str, ...]) -> type[msgspec.Struct]:
    """Return a Struct class that encodes to an object with these names, in this order."""
    fields = [(f"f{place}", Any) for place in range(len(outputs))]
    rename = {f"f{place}": output for place, output in enumerate(outputs)}
    return msgspec.defstruct("Row", fields, rename=rename, frozen=True, gc=False)


def _there(value: Any) -> Any:
    if value is None:
        raise Unplanned("a value that must not be null is")
    return value


def _never_null(field: Field | Constant | Renamed) -> bool:
    if isinstance(field, Renamed):
        return field.scalar.required
    return field.required if isinstance(field, Scalar | Parent) else True


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
        condition = "" if field.condition is None else f" AND {OWN_TABLE.sub(f'{inner}.', field.condition)}"
        return (
            f"(SELECT {_json(field.entity, below, inner, form)}::text"
            f" FROM {field.entity.table} {inner} WHERE {inner}.id = {table}.{field.column}{condition})"
        )
    raise Unplanned(f"{field} has no SQL of its own")


def _json(entity: Entity, selection: Selection, table: str, form: Form) -> str:
    """Return SQL that makes a JSON object of a child row."""
    pairs = [f"'__typename', '{entity.name}'"] if form == "record" else []
    pairs += [f"'{each.output}', {_json_value(each, table, form)}" for each in selection]
    if len(pairs) > JSON_MEMBERS:
        raise Unplanned("an object with more members than PostgreSQL can make one of")
    return f"json_build_object({', '.join(pairs)})"


def _json_value(selected: Selected, table: str, form: Form) -> str:
    field = selected.field
    if isinstance(field, Embedded):
        return _json(field.entity, selected.below, table, form)
    if isinstance(field, Constant):
        return f"'{field.text}'"
    if isinstance(field, Apart):
        raise Unplanned("a list of its own below a child")
    if selected.required and not _never_null(field):
        raise Unplanned("a child's value may be null and must not be")
    if isinstance(field, Renamed):
        if field.listed:
            raise Unplanned("a child's list of an enum's values")
        cases = " ".join(f"WHEN '{value}' THEN '{name}'" for value, name in field.names)
        return f"CASE {_sql(field.scalar, (), table, form)} {cases} END"
    sql = _sql(field, selected.below, table, form)
    return sql if isinstance(field, Scalar) else f"{sql}::json"
