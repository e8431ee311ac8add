"""The legacy JSON as data: which fields a `/v1` answer has, under which names, in which order."""

import re
from collections.abc import Iterator

from graph.fields import Children, Embedded, Entity, Field, Parent, entity_of
from graph.plans import Selected, Selection

# REST calls every row's integer `id`; the domain keeps that name for the global one.
RENAMED = {"id": "database_id"}


def shape(type_: type, fields: str) -> Selection:
    """Return the selection that a text such as `id name pricing { price }` names, in its order.

    Raises:
        KeyError: the type has no such field (when the module is imported).
    """
    tokens = iter(re.findall(r"[a-z_]+|[{}]", fields))
    return tuple(_members(entity_of(type_), tokens))


def _members(entity: Entity, tokens: Iterator[str]) -> list[Selected]:
    members: list[Selected] = []
    for token in tokens:
        if token == "}":
            break
        if token == "{":
            last = members.pop()
            members.append(Selected(last.output, last.field, tuple(_members(_below(last.field), tokens))))
        else:
            members.append(Selected(token, entity.fields[RENAMED.get(token, token)]))
    return members


def _below(field: Field) -> Entity:
    if isinstance(field, Embedded | Children | Parent):
        return field.entity
    raise TypeError("a column has no fields below it")
