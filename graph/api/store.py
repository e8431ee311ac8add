"""The store, and who asks, in GraphQL."""

import strawberry
from strawberry import UNSET

from graph import store
from graph.api.declare import single, written
from graph.api.inputs import given
from graph.context import Context
from graph.sources import Source, row_written
from graph.store import Language, Store, Viewer


@strawberry.input(description="How a storefront looks from now on.")
class StoreThemeInput:
    """The members of `store.THEME`."""

    primary_color: str | None = strawberry.field(default=UNSET, description="`#rrggbb`.")
    secondary_color: str | None = strawberry.field(default=UNSET, description="`#rrggbb`.")
    background_color: str | None = strawberry.field(default=UNSET, description="`#rrggbb`.")
    font_family: str | None = strawberry.field(default=UNSET, description="A font's name, 1 to 100 characters.")


@strawberry.input(description="What changes in a store: what is left out stays, null clears.")
class StoreUpdateInput:
    """The members of `store.UPDATE`."""

    name: str | None = strawberry.field(default=UNSET, description="1 to 255 characters.")
    description: str | None = strawberry.field(default=UNSET, description="What it sells.")
    language: Language | None = strawberry.field(default=UNSET, description="What its storefront speaks.")
    logo: str | None = strawberry.field(default=UNSET, description="A picture's http or https address.")
    favicon: str | None = strawberry.field(default=UNSET, description="A picture's http or https address.")
    banner: str | None = strawberry.field(default=UNSET, description="A picture's http or https address.")
    theme: StoreThemeInput | None = strawberry.field(
        default=UNSET, description="How it looks; what is left out in it stays too."
    )
    hide_branding: bool | None = strawberry.field(
        default=UNSET, description="Whether its pages leave out who hosts them."
    )


@strawberry.type
class StoreUpdatePayload:
    """What `storeUpdate` answers."""

    store: Store


async def _update(context: Context, input: StoreUpdateInput) -> Source:
    return row_written(Store, context, await store.store_update(context, given(input)))


@strawberry.type
class StoreQueries:
    """The store and the key that asks."""

    viewer = single(Viewer, store.viewer, description="The key that asks, and its store.", live=True)
    store = single(Store, store.store, description="The store. Needs `store:read`.")


@strawberry.type
class StoreMutations:
    """What may happen to the store."""

    store_update = written(
        StoreUpdatePayload,
        "store",
        _update,
        description="Change the store's settings. Needs a live key's `store:write`.",
    )
