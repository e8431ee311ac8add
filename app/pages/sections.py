"""The dashboard's sections, in one table: what its navigation shows, and where the handlers of each stand."""

from importlib import import_module
from typing import Any, Final, Literal, NamedTuple

from graph.roles import Role

Group = Literal["shop", "api", "settings"]
GROUPS: Final[tuple[Group, ...]] = ("shop", "api", "settings")


class Section(NamedTuple):
    """A section: a text `<name>.title`, a picture `<icon>` of `templates/icons.html`, and `handlers` in a module.

    Attributes:
        scope: what one needs to see it.
        for_owners: whether only those see it who decide who else may come in.
    """

    name: str
    path: str
    module: str
    icon: str
    group: Group
    scope: str | None = None
    for_owners: bool = False

    def seen_by(self, role: Role) -> bool:
        """Tell whether a role sees the section."""
        return (self.scope is None or self.scope in role.scopes) and (role.manages_members or not self.for_owners)


SECTIONS: Final = (
    Section("overview", "/dashboard", "app.pages.dashboard.overview", "home", "shop"),
    Section("products", "/dashboard/products", "app.pages.dashboard.products", "products", "shop", "products:read"),
    Section("orders", "/dashboard/orders", "app.pages.dashboard.orders", "orders", "shop", "orders:read"),
    Section(
        "customers", "/dashboard/customers", "app.pages.dashboard.customers", "customers", "shop", "customers:read"
    ),
    Section(
        "landing_pages",
        "/dashboard/landing-pages",
        "app.pages.dashboard.landing_pages",
        "pages",
        "shop",
        "landing_pages:read",
    ),
    Section("usage", "/dashboard/usage", "app.pages.dashboard.usage", "usage", "api", "usage:read"),
    Section("requests", "/dashboard/requests", "app.pages.dashboard.requests", "requests", "api", "usage:read"),
    Section("webhooks", "/dashboard/webhooks", "app.pages.dashboard.webhooks", "webhooks", "api", "webhooks:read"),
    Section("keys", "/dashboard/settings/keys", "app.pages.dashboard.keys", "keys", "settings"),
    Section("store", "/dashboard/settings/store", "app.pages.dashboard.store", "store", "settings", "store:read"),
    Section(
        "delivery", "/dashboard/settings/delivery", "app.pages.dashboard.delivery", "truck", "settings", "store:read"
    ),
    Section(
        "members", "/dashboard/settings/members", "app.pages.dashboard.members", "members", "settings", for_owners=True
    ),
    Section("account", "/dashboard/settings/account", "app.pages.dashboard.account", "account", "settings"),
)


def handlers() -> list[Any]:
    """Return the handlers of all sections."""
    return [handler for section in SECTIONS for handler in import_module(section.module).handlers]


def seen_by(role: Role) -> list[tuple[Group, list[Section]]]:
    """Return what a role sees, group by group; nothing of a group without a section."""
    grouped = [(group, [each for each in SECTIONS if each.group == group and each.seen_by(role)]) for group in GROUPS]
    return [(group, sections) for group, sections in grouped if sections]
