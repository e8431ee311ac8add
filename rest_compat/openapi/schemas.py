"""JSON Schema of what goes in and out: answers from the GraphQL types that their fields have, bodies from the forms.

A field's type and description are said once, beside the field in `graph`; a body's rules once, in its form.
"""

from collections.abc import Mapping
from typing import Any

from piccolo.columns import JSONB
from strawberry.types.base import StrawberryList, StrawberryObjectDefinition, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

from db.tables import TABLES
from graph.fields import Children, Embedded, Entity, Parent
from graph.plans import Selected, Selection
from graph.rules import INTEGER_MAXIMUM, MONEY_MAXIMUM, identifier
from graph.scalars import BigInt, DateTime, Json, JsonObject, Money
from graph.schema import schema as graphql_schema
from rest_compat.openapi import texts
from rest_compat.routing import Route
from rest_compat.shapes import RENAMED, Shape

Schema = dict[str, Any]

ID: Schema = {**identifier().schema, "format": "int64"}
TIME: Schema = {
    "type": "string",
    "pattern": r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$",
    "description": "UTC, without a zone.",
}
SCALARS: dict[object, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    float: {"type": "number"},
    int: {"type": "integer", "format": "int32", "maximum": INTEGER_MAXIMUM},
    BigInt: {"type": "integer", "format": "int64"},
    Money: {"type": "integer", "format": "int64", "minimum": 0, "maximum": MONEY_MAXIMUM},
    DateTime: TIME,
    Json: {"type": "object", "additionalProperties": {"type": "string"}},
    JsonObject: {"type": "object", "additionalProperties": True},
}
# Beyond the announcement, wherever they stand; and in bodies alone.
ADDED_FIELDS = frozenset({"metadata", "external_id", "low_stock"})
ADDED_INPUTS = ADDED_FIELDS | {"images", "variants"}
ADDED_ANSWERS = ADDED_FIELDS | {"payment_reference", "response_body"}
# Those that are additions in one body and announced in another.
ADDED_HERE = frozenset({("createOrder", "discount")})


def ref(name: str, kind: str = "schemas") -> dict[str, str]:
    """Return a reference to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


class Schemas:
    """The reusable schemas, each under one name, collected while operations are described."""

    def __init__(self) -> None:
        self.components: dict[str, Schema] = {}
        self._selections: dict[str, Selection] = {}

    def answer(self, entity: Entity, selection: Selection, name: str | None = None) -> dict[str, str]:
        """Return a reference to the schema of an entity's row with these fields.

        Raises:
            ValueError: there is another selection under this name.
        """
        named = name or entity.name
        if self._selections.setdefault(named, selection) != selection:
            raise ValueError(f"two different shapes are called {named}")
        if named not in self.components:
            self.components[named] = {}
            self.components[named] = self._row(entity, selection)
        return ref(named)

    def issued(self, entity: Entity, selection: Selection, secrets: Mapping[str, str]) -> Schema:
        """Return a reference to the schema of a row that is shown with one of its secrets, this once."""
        members = {name: {"type": "string", "description": told} for name, told in secrets.items()}
        name = f"Issued{entity.name}"
        self.components[name] = {
            "type": "object",
            "description": "Its present state, with its new secret.",
            "allOf": [self.answer(entity, selection)],
            "properties": members,
        }
        return ref(name)

    def page(self, route: Route) -> dict[str, str]:
        """Return a reference to the schema of a list's page. A row that shows less than the detail is a `…Row`."""
        shape = route.shape
        if shape is None:
            raise ValueError(f"{route.path} has no shape")
        entity = shape.entity
        detail = self._selections.get(entity.name)
        row = self.answer(entity, shape.selection, None if detail in {None, shape.selection} else f"{entity.name}Row")
        name = f"{entity.name}Page"
        cursor = {"type": ["string", "null"], "description": "Pass it as `cursor` for the next page; null at the end."}
        more = {"type": "boolean", "description": "Whether there is a next page."}
        self.components[name] = object_of(
            {"items": {"type": "array", "items": row}, "next_cursor": cursor, "has_more": more},
            "One page of a list.",
        )
        return ref(name)

    def history(self, route: Route) -> dict[str, str]:
        """Return the schema of the rows of some time."""
        shape = route.shape
        if shape is None:
            raise ValueError(f"{route.path} has no shape")
        row = self.answer(shape.entity, shape.selection)
        name = title(route.documentation.operation_id.removeprefix("get"))
        self.components[name] = object_of(
            {"from": TIME, "to": TIME, "rows": {"type": "array", "items": row}}, "What there was, oldest first."
        )
        return ref(name)

    def report(self, type_: type) -> dict[str, str]:
        """Return a reference to the schema of a value of a GraphQL type that has no rows."""
        definition: StrawberryObjectDefinition = type_.__strawberry_definition__  # type: ignore[attr-defined]
        if definition.name not in self.components:
            self.components[definition.name] = {}
            properties = {
                field.python_name: _member(self._plain(field.type), field.description, None, added=False)
                for field in definition.fields
            }
            self.components[definition.name] = object_of(properties, definition.description or type_.__doc__)
        return ref(definition.name)

    def whole(self, type_: type) -> dict[str, str]:
        """Return a reference to the schema of a list of such values, all on one page."""
        item = self.report(type_)
        name = f"{item['$ref'].rpartition('/')[2]}List"
        self.components[name] = object_of(
            {
                "items": {"type": "array", "items": item},
                "next_cursor": {"type": "null", "description": "Always null: there is one page."},
                "has_more": {"type": "boolean", "const": False},
            },
            "A whole list, in one page.",
        )
        return ref(name)

    def body(self, route: Route) -> dict[str, str]:
        """Return a reference to the schema of a write's body."""
        if route.body is None:
            raise ValueError(f"{route.path} has no body")
        schema = route.body.schema()
        shape = route.shape
        told = (_descriptions(shape.entity, shape.selection) if shape else {}) | texts.INPUTS
        told |= texts.BODIES.get(route.documentation.operation_id, {})
        defaults = _defaults(shape.entity) if shape and route.method == "POST" else {}
        required = schema.get("required", ())
        schema["properties"] = {
            name: _member(
                _described(rule, _below(shape, name)),
                told.get(name),
                None if name in required else defaults.get(name),
                added=name in ADDED_INPUTS or (route.documentation.operation_id, name) in ADDED_HERE,
            )
            for name, rule in schema["properties"].items()
        }
        named = title(route.documentation.operation_id)
        self.components[named] = schema
        return ref(named)

    def _row(self, entity: Entity, selection: Selection) -> Schema:
        fields = _fields(entity)
        properties = {}
        for each in selection:
            field = fields[RENAMED.get(each.output, each.output)]
            typed = self._typed(field.type, each)
            properties[each.output] = _member(typed, field.description, None, added=each.output in ADDED_ANSWERS)
        return object_of(properties, _definition(entity).description)

    def _plain(self, type_: object) -> Schema:
        if isinstance(type_, StrawberryOptional):
            return _or_null(self._plain(type_.of_type))
        if isinstance(type_, StrawberryList):
            return {"type": "array", "items": self._plain(type_.of_type)}
        if isinstance(type_, type) and hasattr(type_, "__strawberry_definition__"):
            return dict(self.report(type_))
        return dict(SCALARS[type_])

    def _typed(self, type_: object, selected: Selected) -> Schema:
        if isinstance(type_, StrawberryOptional):
            return _or_null(self._typed(type_.of_type, selected))
        if isinstance(type_, StrawberryList):
            return {"type": "array", "items": self._typed(type_.of_type, selected)}
        if isinstance(selected.field, Embedded | Children | Parent):
            return dict(self.answer(selected.field.entity, selected.below))
        if isinstance(type_, StrawberryEnumDefinition):
            return {"type": "string", "enum": [value.value for value in type_.values]}
        if type_ is BigInt and selected.output.endswith("id"):
            return dict(ID)
        return dict(SCALARS[type_])


def object_of(properties: Mapping[str, Schema], description: str | None = None) -> Schema:
    """Return the schema of an object that has all of these, and may come to have more."""
    told = {} if description is None else {"description": description}
    return {"type": "object"} | told | {"required": list(properties), "properties": dict(properties)}


def title(operation_id: str) -> str:
    """Return an operation's id as a type's name: `createProduct` is `CreateProduct`."""
    return operation_id[0].upper() + operation_id[1:]


def _member(schema: Mapping[str, Any], description: str | None, default: object, *, added: bool) -> Schema:
    told = dict(schema)
    if description is not None:
        told["description"] = " ".join(filter(None, (description, schema.get("description"))))
    if default is not None:
        told["default"] = default
    if added:
        told["x-addition"] = True
    return told


def _below(shape: Shape | None, name: str) -> Selected | None:
    """Return the answer's group or list of a body's member, if it has one."""
    found = next((each for each in shape.selection if each.output == name), None) if shape else None
    return found if found and found.below else None


def _described(schema: Mapping[str, Any], answer: Selected | None) -> Mapping[str, Any]:
    """Return the schema of a body's member; if it is an object or a list of them, with what its members mean."""
    inner = schema.get("items", schema)
    if "properties" not in inner:
        return schema
    below = answer.field if answer else None
    known = _descriptions(below.entity, answer.below) if answer and isinstance(below, Embedded | Children) else {}
    told = known | texts.INPUTS
    members = {
        name: _member(rule, told.get(name), None, added=name in ADDED_FIELDS)
        for name, rule in inner["properties"].items()
    }
    described = {**inner, "properties": members}
    return {**schema, "items": described} if "items" in schema else described


def _or_null(schema: Schema) -> Schema:
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    nullable = {**schema, "type": [schema["type"], "null"]}
    return nullable | ({"enum": [*schema["enum"], None]} if "enum" in schema else {})


def _descriptions(entity: Entity, selection: Selection) -> dict[str, str | None]:
    """Return what the fields of an answer mean, those in groups too: a body has all of them side by side."""
    fields = _fields(entity)
    told: dict[str, str | None] = {}
    for each in selection:
        told[each.output] = fields[RENAMED.get(each.output, each.output)].description
        if isinstance(each.field, Embedded):
            told |= _descriptions(each.field.entity, each.below)
    return told


def _fields(entity: Entity) -> dict[str, StrawberryField]:
    return {field.python_name: field for field in _definition(entity).fields}


def _definition(entity: Entity) -> StrawberryObjectDefinition:
    """Return an entity's GraphQL type."""
    definition = graphql_schema.get_type_by_name(entity.name)
    if not isinstance(definition, StrawberryObjectDefinition):
        raise TypeError(f"{entity.name} is no object type")
    return definition


def _defaults(entity: Entity) -> dict[str, object]:
    """Return what a new row has in each column where nothing is sent, but for null and the empty string."""
    table = next(table for table in TABLES if table._meta.tablename == entity.table)  # noqa: SLF001
    columns = [column for column in table._meta.columns if not isinstance(column, JSONB)]  # noqa: SLF001
    defaults = {column._meta.name: column._meta.params.get("default") for column in columns}  # noqa: SLF001
    return {name: value for name, value in defaults.items() if isinstance(value, bool | int | str) and value != ""}
