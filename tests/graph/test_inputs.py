"""GraphQL's inputs and enums say what the forms and lists of each resource say."""

from typing import Any, get_args

import pytest
from strawberry import UNSET

from graph import (
    api_keys,
    categories,
    delivery,
    landing_pages,
    order_forms,
    product_forms,
    quotes,
    store,
    tracking,
    webhooks,
)
from graph.api.categories import CategoryCreateInput
from graph.api.checkout import OrderPlaceCustomerInput, OrderPlaceInput
from graph.api.delivery import DeliveryQuoteItemInput, DeliveryRateInput, DeliveryRatesUpdateInput
from graph.api.inputs import given
from graph.api.keys import ApiKeyCreateInput
from graph.api.landing_pages import LandingPageCreateInput, LandingPageUpdateInput
from graph.api.orders import (
    OrderCreateInput,
    OrderCustomerInput,
    OrderCustomerUpdateInput,
    OrderDeliveryInput,
    OrderItemInput,
    OrderUpdateInput,
)
from graph.api.products import (
    ProductCreateInput,
    ProductImageInput,
    ProductUpdateInput,
    ProductVariantCreateInput,
    ProductVariantUpdateInput,
)
from graph.api.store import StoreThemeInput, StoreUpdateInput
from graph.api.tracking import EventTrackInput, SignupTrackInput
from graph.api.webhooks import WebhookCreateInput, WebhookUpdateInput
from graph.api_keys import ApiKeyType
from graph.landing_pages import LandingPageStatus
from graph.order_states import STATUSES as STATES
from graph.order_states import OrderStatus
from graph.orders import PaymentMethod, PaymentStatus
from graph.product_forms import ORDERS, STATUSES, ProductSort, ProductStatus
from graph.rules import Form
from graph.schema import schema
from graph.scopes import SCOPES, KeyType, defaults, names
from graph.store import Language

FORMS = [
    (ProductCreateInput, product_forms.CREATE),
    (ProductUpdateInput, product_forms.UPDATE),
    (CategoryCreateInput, categories.CREATE),
    (DeliveryRatesUpdateInput, delivery.UPDATE),
    (StoreUpdateInput, store.UPDATE),
    (LandingPageCreateInput, landing_pages.CREATE),
    (LandingPageUpdateInput, landing_pages.UPDATE),
    (ApiKeyCreateInput, api_keys.CREATE),
    (OrderCreateInput, order_forms.CREATE),
    (OrderUpdateInput, order_forms.UPDATE),
    (OrderPlaceInput, order_forms.PLACE),
    (WebhookCreateInput, webhooks.CREATE),
    (WebhookUpdateInput, webhooks.UPDATE),
]
# A page's nonce stands in the headers; REST alone takes it in the body too.
TRACKED = [(EventTrackInput, tracking.EVENT), (SignupTrackInput, tracking.SIGNUP)]
# The inputs within inputs, and the schema of the member that they are.
WITHIN = [
    (ProductImageInput, product_forms.CREATE.members["images"].schema["items"]),
    (ProductVariantCreateInput, product_forms.CREATE.members["variants"].schema["items"]),
    (ProductVariantUpdateInput, product_forms.UPDATE.members["variants"].schema["items"]),
    (OrderCustomerInput, order_forms.CREATE.members["customer"].schema),
    (OrderPlaceCustomerInput, order_forms.PLACE.members["customer"].schema),
    (OrderDeliveryInput, order_forms.CREATE.members["delivery"].schema),
    (OrderItemInput, order_forms.CREATE.members["items"].schema["items"]),
    (DeliveryQuoteItemInput, quotes.QUOTE.members["items"].schema["items"]),
    (OrderCustomerUpdateInput, order_forms.UPDATE.members["customer"].schema),
]


def members(input_: type) -> dict[str, object]:
    """Return the members of an input with their defaults."""
    return {field.python_name: field.default for field in input_.__strawberry_definition__.fields}  # type: ignore[attr-defined]


class TestInputs:
    @pytest.mark.parametrize(("input_", "form"), FORMS, ids=lambda each: getattr(each, "__name__", ""))
    def test_members_are_those_of_the_form(self, input_: type, form: Form) -> None:
        assert set(members(input_)) == set(form.members)

    @pytest.mark.parametrize(("input_", "form"), FORMS, ids=lambda each: getattr(each, "__name__", ""))
    def test_required_ones_too(self, input_: type, form: Form) -> None:
        assert {name for name, default in members(input_).items() if default is not UNSET} == set(form.required)

    @pytest.mark.parametrize(("input_", "form"), TRACKED, ids=lambda each: getattr(each, "__name__", ""))
    def test_tracked(self, input_: type, form: Form) -> None:
        assert set(members(input_)) == set(form.members) - {"nonce"}

    @pytest.mark.parametrize(("input_", "schema"), WITHIN, ids=lambda each: getattr(each, "__name__", ""))
    def test_within(self, input_: type, schema: dict[str, Any]) -> None:
        assert set(members(input_)) == set(schema["properties"])
        required = {name for name, default in members(input_).items() if default is not UNSET}
        assert required == set(schema.get("required", ()))

    def test_theme(self) -> None:
        assert set(members(StoreThemeInput)) == set(store.THEME)

    def test_rates(self) -> None:
        items = delivery.UPDATE.members["rates"].schema["items"]
        assert set(members(DeliveryRateInput)) == set(items["properties"]) == set(items["required"])

    @pytest.mark.parametrize("form", [form for _, form in FORMS], ids=[input_.__name__ for input_, _ in FORMS])
    def test_schema_of_a_form_names_the_same(self, form: Form) -> None:
        described = form.schema()
        assert set(described["properties"]) == set(form.members)
        assert described.get("required", []) == list(form.required)
        assert described["additionalProperties"] is False

    def test_given_leaves_out_what_was_not_given(self) -> None:
        value = ProductUpdateInput(
            price=None, status=ProductStatus.DRAFT, images=[ProductImageInput(url="https://x.dz/1")]
        )
        assert given(value) == {"price": None, "status": "draft", "images": [{"url": "https://x.dz/1"}]}


class TestEnums:
    def test_of_orders(self) -> None:
        assert [each.value for each in OrderStatus] == list(STATES)
        assert {each.value for each in PaymentStatus} == set(order_forms.PAYMENT_STATUSES)
        assert {each.value for each in PaymentMethod} == set(order_forms.PAYMENT_METHODS)

    def test_statuses(self) -> None:
        assert {each.value for each in ProductStatus} == set(STATUSES)
        assert {each.value for each in LandingPageStatus} == set(landing_pages.STATUSES)

    def test_types_of_keys(self) -> None:
        assert {each.value for each in ApiKeyType} == set(api_keys.TYPES) == set(get_args(KeyType))

    def test_sorts(self) -> None:
        assert {each.value for each in ProductSort} == set(ORDERS)

    def test_every_order_ends_with_the_id(self) -> None:
        assert {order.columns[-1].column for order in ORDERS.values()} == {"id"}

    def test_languages(self) -> None:
        assert {each.value for each in Language} == {"ar", "fr", "en"}


class TestScopes:
    def test_names_are_unique(self) -> None:
        assert len({scope.name for scope in SCOPES}) == len(SCOPES)

    def test_defaults_are_of_their_type(self) -> None:
        assert set(defaults("platform")) <= set(names("platform"))
        assert defaults("public") == ("signups:write", "events:write")
        assert not set(names("platform")) & set(names("public"))


TYPES = (
    "Product",
    "Category",
    "Store",
    "Viewer",
    "Order",
    "OrderItem",
    "OrderChange",
    "OrderCustomer",
    "Customer",
    "LandingPage",
    "ApiKey",
    "TrackedOrder",
    "TrackedItem",
    "TrackedChange",
    "TrackedDelivery",
)


class TestSchema:
    @pytest.mark.parametrize("name", ["viewer", "store", "products", "product", "categories", "node", "nodes"])
    def test_queries(self, name: str) -> None:
        assert name in schema._schema.query_type.fields  # type: ignore[union-attr]

    def test_every_field_and_argument_of_our_types_is_described(self) -> None:
        for name in (*TYPES, "Query", "Mutation"):
            for field_name, field in schema._schema.type_map[name].fields.items():  # type: ignore[attr-defined]
                assert field.description, f"{name}.{field_name}"
