"""What every input has in common: how it becomes the plain values that a resolver takes."""

from typing import Any

from strawberry import UNSET
from strawberry.types.base import StrawberryObjectDefinition

from graph.connections import database_id
from graph.rules import Form, Rule


def given(value: Any) -> Any:
    """Return an input as plain values, without the members that the client left out."""
    definition = getattr(type(value), "__strawberry_definition__", None)
    if isinstance(definition, StrawberryObjectDefinition):
        names = [field.python_name for field in definition.fields]
        return {name: given(getattr(value, name)) for name in names if getattr(value, name) is not UNSET}
    if isinstance(value, list):
        return [given(each) for each in value]
    return getattr(value, "value", value)


def with_ids(values: dict[str, Any], **types: str) -> dict[str, Any]:
    """Return values whose ids, in either form, are integers; 0, that no row has, where one is of another type."""
    ids = {name: database_id(types[name], str(values[name])) or 0 for name in types if values.get(name) is not None}
    return values | ids


def checked(filters: dict[str, Any], filter_rules: dict[str, Rule]) -> dict[str, Any]:
    """Return the filters that were given, each as its rule has it; raises `bad_request` naming what is not."""
    return Form(filter_rules).check({name: value for name, value in filters.items() if value is not None})


def storable(value: str) -> str:
    """Return text that can be compared with what is stored; text that can't be is nobody's name."""
    return value if value.isprintable() else ""
