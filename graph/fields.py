"""How a GraphQL type says where its fields come from, beside each field and once.

`@entity(Table)` makes a Strawberry type of a class whose fields are declared with `column`, `expression`, `embedded`,
`children` and `parent`. What they say is the whole of what `graph.plans` needs to turn a selection into SQL. In an
expression `t` is the row's own table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

import strawberry
from piccolo.columns import JSONB, Column, Timestamptz
from piccolo.table import Table
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

Kind = Literal["plain", "time", "json"]
T = TypeVar("T", bound=type)
METADATA = "sql"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value of the row itself: an SQL expression over `t`, how its value is written, and whether it is never null."""

    sql: str
    kind: Kind = "plain"
    required: bool = False


@dataclass(frozen=True, slots=True)
class Embedded:
    """Some fields of the same row under a name of their own, as `pricing { price }`."""

    entity: "Entity"


@dataclass(frozen=True, slots=True)
class Children:
    """The rows of another table that point at this one, in an order of theirs."""

    entity: "Entity"
    foreign_key: str
    order: str


@dataclass(frozen=True, slots=True)
class Parent:
    """The row of another table that this one points at, or null where that is not `required`.

    Where there is a `condition` (SQL over `t`, that other row), a row that does not meet it is null too.
    """

    entity: "Entity"
    column: str
    required: bool = False
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """A value that the context of the request has, by a path of attributes such as `rate.limit`."""

    attributes: str


@dataclass(frozen=True, slots=True)
class Connected:
    """A list of its own: a page of `describe(context, id, **arguments)`, whose id is this row's."""

    describe: Callable[..., Any]


Field = Scalar | Embedded | Children | Parent | Given | Connected


@dataclass(frozen=True, eq=False, slots=True)
class Entity:
    """A GraphQL type and what is stored of it.

    `tenant` is the column that holds the store's id, `livemode` says whether rows belong to one mode, `live` is the
    condition of rows that have not been deleted.
    """

    name: str
    table: str
    fields: Mapping[str, Field]
    tenant: str
    livemode: bool
    live: str | None


@dataclass(frozen=True, slots=True)
class _OwnColumn:
    """The column of the field's own name, resolved when the entity's table is known."""

    name: str | None


def column(name: str | None = None, *, description: str | None = None) -> Any:
    """Declare a field that is a column: the one of its own name unless another is named."""
    return _field(_OwnColumn(name), description)


def expression(sql: str, *, kind: Kind = "plain", required: bool = False, description: str | None = None) -> Any:
    """Declare a field that SQL derives from the row `t`; `required` says that what it derives is never null."""
    return _field(Scalar(sql, kind, required), description)


def given(attributes: str, *, description: str | None = None) -> Any:
    """Declare a field that comes from the request's context, not from a row; only where the row is the query's own."""
    return _field(Given(attributes), description)


def embedded(type_: type, *, description: str | None = None) -> Any:
    """Declare a field that groups columns of the same row."""
    return _field(Embedded(entity_of(type_)), description)


def children(type_: type, *, on: str, order: str, description: str | None = None) -> Any:
    """Declare a list of another entity's rows whose column `on` holds this row's id, ordered by `order`."""
    return _field(Children(entity_of(type_), on, order), description)


def parent(type_: type, *, by: str, condition: str | None = None, description: str | None = None) -> Any:
    """Declare another entity's row whose id this row's column `by` holds, null unless it meets the `condition`."""
    return _field(Parent(entity_of(type_), by, condition=condition), description)


def _field(source: object, description: str | None) -> Any:
    return strawberry.field(metadata={METADATA: source}, description=description)


def entity(table: type[Table], *, name: str | None = None, description: str | None = None) -> Callable[[T], T]:
    """Make a GraphQL type of a class whose rows are those of `table`.

    Args:
        table: the Piccolo table; a column that it lacks is an error when the module is imported.
        name: the type's name in the schema, when it is not the class's.
        description: what the schema says of it; the class's docstring otherwise.
    """
    columns: dict[str, Column] = {each._meta.name: each for each in table._meta.columns}  # noqa: SLF001

    def decorate(cls: T) -> T:
        for python_name, declared in vars(cls).items():
            if python_name.endswith("_") and isinstance(declared, StrawberryField):
                declared.graphql_name = outward_name(python_name)
        text = description or (cls.__doc__ or "").strip() or None
        own_name = name or cls.__name__
        # Rows are dicts, and say what they are.
        cls.is_type_of = classmethod(lambda _, row, _info: row["__typename"] == own_name)  # type: ignore[attr-defined]
        decorated: Any = strawberry.type(cls, name=name, description=text)
        definition = decorated.__strawberry_definition__
        fields = {
            each.python_name: _resolved(each.metadata[METADATA], each.python_name, columns)
            for each in definition.fields
            if METADATA in each.metadata
        }
        decorated.entity = Entity(
            name=definition.name,
            table=_called(table),
            fields=fields,
            tenant="store_id" if "store_id" in columns else "id",
            livemode="livemode" in columns,
            live="t.deleted_at IS NULL" if "deleted_at" in columns else None,
        )
        return decorated  # type: ignore[no-any-return]

    return decorate


def values_told(**texts: str) -> Callable[[T], T]:
    """Say what each value of an enum means; it stands above `strawberry.enum`, and names them in small letters."""

    def decorate(cls: T) -> T:
        for value in cls.__strawberry_definition__.values:  # type: ignore[attr-defined]
            value.description = texts[value.name.lower()]
        return cls

    return decorate


def _called(table: type[Table]) -> str:
    """Return a table's name, with its schema where that is another than the usual one."""
    name: str = table._meta.tablename  # noqa: SLF001
    schema = table._meta.schema  # noqa: SLF001
    return name if schema is None else f"{schema}.{name}"


def outward_name(python_name: str) -> str:
    """Return a field's name in GraphQL; a Python keyword such as `from` stands with an underscore behind it here."""
    return to_camel_case(python_name.removesuffix("_"))


def entity_of(type_: type) -> Entity:
    """Return what is stored of a type that `entity` made."""
    return type_.entity  # type: ignore[attr-defined, no-any-return]


def _resolved(source: Any, python_name: str, columns: Mapping[str, Column]) -> Field:
    if isinstance(source, Parent):
        required = source.condition is None and not columns[source.column]._meta.null  # noqa: SLF001
        return replace(source, required=required)
    if not isinstance(source, _OwnColumn):
        return source  # type: ignore[no-any-return]
    name = source.name or python_name
    stored = columns[name]
    kind: Kind = "time" if isinstance(stored, Timestamptz) else "json" if isinstance(stored, JSONB) else "plain"
    return Scalar(f"t.{name}", kind, required=not stored._meta.null or stored._meta.primary_key)  # noqa: SLF001
