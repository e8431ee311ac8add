"""The legacy JSON as data: which fields a `/v1` answer has, under which names, in which order."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from graph.fields import Children, Embedded, Entity, Parent, entity_of
from graph.plans import Plan, Selected, Selection, plan

# REST calls every row's integer `id`; the domain keeps that name for the global one. `from` is a keyword of Python's.
RENAMED = {"id": "database_id", "from": "from_"}


@dataclass(frozen=True)
class Shape:
    """The fields that an answer shows of an entity's row."""

    entity: Entity
    selection: Selection

    @cached_property
    def plan(self) -> Plan:
        """Return what reads such a row and makes it what `/v1` answers."""
        return plan(self.entity, self.selection, "legacy")


def shape(type_: type, fields: str) -> Shape:
    """Return the shape that a text such as `id name pricing { price }` names, in its order.

    Raises:
        KeyError: the type has no such field (when the module is imported).
    """
    tokens = iter(re.findall(r"[a-z_]+|[{}]", fields))
    entity = entity_of(type_)
    return Shape(entity, tuple(_members(entity, tokens)))


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


def _below(field: object) -> Entity:
    if isinstance(field, Embedded | Children | Parent):
        return field.entity
    raise TypeError("a column has no fields below it")
