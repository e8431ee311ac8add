"""The scopes of `contract.md §3`, in one table: what each allows, and who gets it by default."""

from typing import Final, Literal, NamedTuple

KeyType = Literal["platform", "public"]


class Scope(NamedTuple):
    """One permission of a key."""

    name: str
    key_type: KeyType
    default: bool
    allows: str


SCOPES: Final = (
    Scope("store:read", "platform", True, "Read the store's settings"),
    Scope("store:write", "platform", True, "Change the store's settings"),
    Scope("products:read", "platform", True, "Read products and categories"),
    Scope("products:write", "platform", True, "Create, change and delete products and categories"),
    Scope("orders:read", "platform", True, "Read orders"),
    Scope("orders:write", "platform", True, "Create orders and move them along"),
    Scope("customers:read", "platform", True, "Read customers"),
    Scope("landing_pages:read", "platform", True, "Read landing pages"),
    Scope("landing_pages:write", "platform", True, "Create, change and delete landing pages"),
    Scope("webhooks:read", "platform", True, "Read webhooks and their deliveries"),
    Scope("webhooks:write", "platform", True, "Create, change, test and delete webhooks"),
    Scope("usage:read", "platform", True, "Read usage and quotas"),
    Scope("signups:write", "public", True, "Track signups"),
    Scope("events:write", "public", True, "Log events"),
    Scope("storefront:read", "public", False, "Read what a shopper may see, over GraphQL"),
    Scope("checkout:write", "public", False, "Place and track orders as a shopper, over GraphQL"),
)


def names(key_type: KeyType) -> tuple[str, ...]:
    """Return every scope that a key of this type may have."""
    return tuple(scope.name for scope in SCOPES if scope.key_type == key_type)


def defaults(key_type: KeyType) -> tuple[str, ...]:
    """Return the scopes of a key that names none."""
    return tuple(scope.name for scope in SCOPES if scope.key_type == key_type and scope.default)
