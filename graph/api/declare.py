"""Root fields, declared by the resolver that they stand for.

A read is declared by a function of the context and the field's arguments that returns a `Source`: which rows. A write
is declared by a function that acts and returns the `Source` of what it answers with, or the row that is created by
answering with it. What is selected of those rows is
nobody's concern here: `graph.compiled` makes a plan of it, and Strawberry's own execution can do the same slowly.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, Literal

import strawberry

from graph.connections import paged, resolve_connection, resolve_one, resolve_payload, signed
from graph.context import Context
from graph.creations import Creation
from graph.sources import Source

METADATA = "root"
# Of a root field whose answer more than a store's own writes changes: what is left of a limit, what was used, what
# became of deliveries, how far other transactions are. It is read anew each time.
LIVE = "live"
Info = strawberry.Info[Context, None]
Describe = Callable[..., Source]
Act = Callable[..., Awaitable[Source | Creation]]
Answer = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Root:
    """What stands behind a root field.

    Attributes:
        kind: `list` answers a connection, `one` an object, `write` a payload with the object under `member`, `nodes`
            objects of several types, `value` what no row stands for.
        call: takes the context and the field's arguments by their Python names, and returns the source, or the value;
            of `nodes` the arguments alone, and returns what names them.
        member: of a payload, the field that holds the object.
    """

    kind: Literal["list", "one", "write", "nodes", "value"]
    call: Callable[..., Any]
    member: str = ""


def listing(type_: Any, describe: Describe, *, description: str, live: bool = False) -> Any:
    """Declare a list, as a connection with `first` and `after`: a page of `describe(context, **arguments)`."""

    async def resolve(info: Info, first: int | None = None, after: str | None = None, **arguments: Any) -> Any:
        return await resolve_connection(info, describe(info.context, **arguments), first, after)

    return strawberry.field(
        resolver=paged(resolve, describe, type_),
        description=description,
        metadata={METADATA: Root("list", describe), LIVE: live},
    )


def single(type_: Any, describe: Describe, *, description: str, live: bool = False) -> Any:
    """Declare one object: the row of `describe(context, **arguments)`. `type_` says whether it may be null."""

    async def resolve(info: Info, **arguments: Any) -> Any:
        return await resolve_one(info, describe(info.context, **arguments))

    return strawberry.field(
        resolver=signed(resolve, describe, type_),
        description=description,
        metadata={METADATA: Root("one", describe), LIVE: live},
    )


def valued(type_: Any, answer: Answer, *, description: str, live: bool = False) -> Any:
    """Declare a value that no row stands for: what `answer(context, **arguments)` returns, or what will be that."""

    async def resolve(info: Info, **arguments: Any) -> Any:
        value = answer(info.context, **arguments)
        return await value if isawaitable(value) else value

    return strawberry.field(
        resolver=signed(resolve, answer, type_),
        description=description,
        metadata={METADATA: Root("value", answer), LIVE: live},
    )


def written(payload: Any, member: str, act: Act, *, description: str) -> Any:
    """Declare a mutation whose payload shows, under `member`, the row that `act` returns."""

    async def resolve(info: Info, **arguments: Any) -> Any:
        return await resolve_payload(info, member, await act(info.context, **arguments))

    root = Root("write", act, member)
    return strawberry.mutation(
        resolver=signed(resolve, act, payload), description=description, metadata={METADATA: root}
    )
