"""What the schema says of arguments and payloads that say nothing of themselves: the same name means the same."""

from inspect import cleandoc
from typing import Any, Final

from strawberry.types.base import StrawberryObjectDefinition, get_object_definition

from graph.sources import DEFAULT_LIMIT, MAXIMUM_LIMIT

ARGUMENTS: Final = {
    "after": "The `endCursor` of the page before, or a row's `cursor`: only what comes after it.",
    "category": "Only those on this shelf, by its id (either form).",
    "customer_phone": "Only those of the customer with this phone number, in any form.",
    "email": "Only those with this e-mail address.",
    "error_code": "Only those that were answered with this code.",
    "external_id": "Only the one that an integration calls this.",
    "featured": "Only those that the shop puts first, or only the others.",
    "first": f"How many rows: 0 to {MAXIMUM_LIMIT}, {DEFAULT_LIMIT} by default.",
    "grace_seconds": "How many seconds the old secret is good for beside the new one, 0 to 86400.",
    "hours": "Of the last so many hours: 1 to 168, 24 by default.",
    "id": "Its id: the global one, or the integer of `databaseId`.",
    "ids": "Global ids.",
    "input": "What it is to be.",
    "key_id": "Only those of this key.",
    "low_stock": "True: only those whose tracked stock is below their threshold.",
    "operation": "Only those of this route or operation, as the log names it.",
    "outcome": "Only those that ended so.",
    "phone": "Only the one with this phone number, in any form.",
    "request_id": "As it stood in `X-Request-Id` and `meta.request_id`.",
    "search": "Only those whose name contains this, or whose SKU it is.",
    "since": "Only those created at this moment or after it.",
    "slug": "Its slug, as it stands in its address.",
    "sort": "In which order.",
    "start": "Where to begin where there is no `after`: with the oldest by default.",
    "status": "Only those of this status.",
    "step": "How long each part is.",
    "surface": "Only those that were made this way.",
    "types": "Only events of these names.",
    "updated_since": "Only those changed at this moment or after it, the oldest change first, for syncing.",
}


def describe_arguments(type_: type) -> None:
    """Give each argument of a type's fields its description.

    Raises:
        KeyError: an argument that no other field has, and that does not say what it is.
    """
    for field in _definition(type_).fields:
        for argument in field.arguments:
            argument.description = argument.description or ARGUMENTS[argument.python_name]


def describe_payloads(mutations: type) -> None:
    """Let each payload say what its class does, and of the object in it that it is as the mutation left it."""
    for field in _definition(mutations).fields:
        payload: Any = field.type
        definition = _definition(payload)
        definition.description = definition.description or cleandoc(payload.__doc__)
        for member in definition.fields:
            member.description = member.description or f"The {member.python_name.replace('_', ' ')}, after the change."


def _definition(type_: type) -> StrawberryObjectDefinition:
    return get_object_definition(type_, strict=True)
