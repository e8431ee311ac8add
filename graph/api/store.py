"""The store, and who asks, in GraphQL."""

import strawberry
from strawberry import UNSET

from graph import store
from graph.api.declare import single, written
from graph.api.inputs import given
from graph.context import Context
from graph.sources import Source, row_written
from graph.store import Language, Store, Viewer


@strawberry.input(description="A storefront's new colours and font.")
class StoreThemeInput:
    """The members of `store.THEME`."""

    primary_color: str | None = strawberry.field(default=UNSET, description="A colour, as `#rrggbb`.")
    secondary_color: str | None = strawberry.field(default=UNSET, description="A colour, as `#rrggbb`.")
    background_color: str | None = strawberry.field(default=UNSET, description="A colour, as `#rrggbb`.")
    font_family: str | None = strawberry.field(
        default=UNSET, description="The name of a font family, 1 to 100 characters."
    )


@strawberry.input(description="The settings of a store to change: absent fields keep their value, null clears one.")
class StoreUpdateInput:
    """The members of `store.UPDATE`."""

    name: str | None = strawberry.field(default=UNSET, description="1 to 255 characters.")
    description: str | None = strawberry.field(default=UNSET, description="What it sells.")
    language: Language | None = strawberry.field(default=UNSET, description="The storefront's language.")
    logo: str | None = strawberry.field(default=UNSET, description="The image's http or https URL.")
    favicon: str | None = strawberry.field(default=UNSET, description="The image's http or https URL.")
    banner: str | None = strawberry.field(default=UNSET, description="The image's http or https URL.")
    theme: StoreThemeInput | None = strawberry.field(
        default=UNSET, description="The storefront's colours and font; absent members keep their value."
    )
    hide_branding: bool | None = strawberry.field(
        default=UNSET, description="Whether the storefront hides the DZBuild branding."
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

    viewer = single(Viewer, store.viewer, description="The API key that makes the request, and its store.", live=True)
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
