"""Categories in GraphQL."""

import strawberry
from strawberry import UNSET

from graph import categories
from graph.api.declare import listing, written
from graph.api.inputs import given, with_ids
from graph.categories import Category
from graph.context import Context
from graph.creations import Creation


@strawberry.input(description="A new category.")
class CategoryCreateInput:
    """The members of `categories.CREATE`."""

    name: str = strawberry.field(description="1 to 255 characters.")
    slug: str | None = strawberry.field(default=UNSET, description="Made from the name when left out.")
    parent_id: strawberry.ID | None = strawberry.field(default=UNSET, description="The parent category.")
    position: int | None = strawberry.field(default=UNSET, description="Position among its siblings; 0 by default.")


@strawberry.type
class CategoryCreatePayload:
    """What `categoryCreate` answers."""

    category: Category


async def _create(context: Context, input: CategoryCreateInput) -> Creation:
    return await categories.category_create(context, with_ids(given(input), parent_id="Category"))


@strawberry.type
class CategoryQueries:
    """The shelves of the catalogue."""

    categories = listing(
        Category, categories.categories, description="The store's categories, newest first. Needs `products:read`."
    )


@strawberry.type
class CategoryMutations:
    """What may happen to the shelves."""

    category_create = written(
        CategoryCreatePayload, "category", _create, description="Create a category. Needs `products:write`."
    )
