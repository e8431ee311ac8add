"""What may be said of products: the members of inputs and filters, and the words that some of them take."""

from enum import Enum

import strawberry

from graph import rules
from graph.fields import values_told
from graph.slugs import slug_rule
from graph.sources import NEWEST, OLDEST, Order, Sort

STATUSES = ("active", "draft", "archived")
IMAGES_MAXIMUM = 20
VARIANTS_MAXIMUM = 100
SEARCH_MAXIMUM = 255


@values_told(
    active="For sale.", draft="Not yet: only the merchant sees it.", archived="No longer: only the merchant sees it."
)
@strawberry.enum(description="The status of a product: shoppers see active ones.")
class ProductStatus(Enum):
    """`draft` is not shown yet, `archived` no longer."""

    ACTIVE = "active"
    DRAFT = "draft"
    ARCHIVED = "archived"


@values_told(
    newest="The newest first.",
    oldest="The oldest first.",
    price_asc="The cheapest first.",
    price_desc="The dearest first.",
    name="By name.",
)
@strawberry.enum(description="How a list of products is sorted.")
class ProductSort(Enum):
    """Each has an index of its own."""

    NEWEST = "newest"
    OLDEST = "oldest"
    PRICE_ASC = "price_asc"
    PRICE_DESC = "price_desc"
    NAME = "name"


ORDERS: dict[str, Order] = {
    "newest": NEWEST,
    "oldest": OLDEST,
    "price_asc": Order((Sort("price"), Sort("id"))),
    "price_desc": Order((Sort("price"), Sort("id")), descending=True),
    "name": Order((Sort("search_text", "text"), Sort("id"))),
}


_IMAGES = rules.items(
    {"url": rules.text(8, 2_048, r"https?://[!-~\u00a1-\uffff]+", "must be an http or https address"),
     "alt": rules.text(0, 255).or_null()},
    required=("url",),
    maximum=IMAGES_MAXIMUM,
)  # fmt: skip

_VARIANT = {
    "name": rules.text(1, 255),
    "sku": rules.text(0, 64).or_null(),
    "price": rules.money().or_null(),
    "stock_quantity": rules.integer(),
}
_COUNT = rules.integer(-rules.INTEGER_MAXIMUM, rules.INTEGER_MAXIMUM)

CREATE = rules.Form(
    {
        "name": rules.text(1, 255),
        "price": rules.money(),
        "description": rules.text().or_null(),
        "short_description": rules.text(0, 1_000).or_null(),
        "compare_price": rules.money().or_null(),
        "cost_price": rules.money().or_null(),
        "sku": rules.text(0, 64).or_null(),
        "barcode": rules.text(0, 64).or_null(),
        "stock_quantity": rules.integer(),
        "track_stock": rules.boolean(),
        "low_stock_alert": rules.integer(),
        "status": rules.choice(*STATUSES),
        "featured": rules.boolean(),
        "category_id": rules.identifier().or_null(),
        "slug": slug_rule(),
        "weight": rules.number(0, 10_000).or_null(),
        "height": rules.number(0, 10_000).or_null(),
        "width": rules.number(0, 10_000).or_null(),
        "length": rules.number(0, 10_000).or_null(),
        "do_insurance": rules.boolean(),
        "images": _IMAGES,
        "variants": rules.items(_VARIANT, required=("name",), maximum=VARIANTS_MAXIMUM),
        "metadata": rules.metadata(),
        "external_id": rules.text(1, 255).or_null(),
    },
    required=("name", "price"),
)
UPDATE = rules.Form(
    {
        **CREATE.members,
        "variants": rules.items(
            {"id": rules.identifier(), **_VARIANT, "stock_delta": _COUNT},
            required=(),
            maximum=VARIANTS_MAXIMUM,
            either=("stock_quantity", "stock_delta"),
            some=("name", "id"),
        ),
        "stock_delta": _COUNT,
    },
    either=("stock_quantity", "stock_delta"),
)

FILTERS: dict[str, rules.Rule] = {
    "status": rules.choice(*STATUSES),
    "search": rules.text(1, SEARCH_MAXIMUM),
    "external_id": rules.text(1, 255),
    "low_stock": rules.boolean(),
    "updated_since": rules.moment(),
}
