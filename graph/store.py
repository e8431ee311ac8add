"""The store and its plan, and who asks about it (`contract.md §8`)."""

from enum import Enum
from typing import Any

import strawberry

from db import tables
from db.engine import engine
from graph import contact_rules, rules
from graph.connections import Node, global_id
from graph.context import Context
from graph.errors import ApiError, Code
from graph.fields import column, embedded, entity, entity_of, expression, given, parent
from graph.scalars import BigInt, DateTime
from graph.sources import Source
from graph.tiers import limit_sql

# A store without a verified domain of its own is under this one.
STORES_DOMAIN = "dzbuild.app"


@strawberry.enum(description="A language that storefronts speak.")
class Language(Enum):
    """Arabic, French and English."""

    AR = "ar"
    FR = "fr"
    EN = "en"


@entity(tables.Store)
class Theme:
    """How a storefront looks."""

    primary_color: str = column("theme_primary_color", description="`#rrggbb`.")
    secondary_color: str = column("theme_secondary_color", description="`#rrggbb`.")
    background_color: str = column("theme_background_color", description="`#rrggbb`.")
    font_family: str = column("theme_font_family", description="A font's name.")


@entity(tables.Store)
class PlanLimits:
    """What a store may use, its overrides included; -1 is unlimited."""

    requests_per_month: BigInt = expression(limit_sql("requests_per_month"), description="API requests.")
    signups_per_month: BigInt = expression(limit_sql("signups_per_month"), description="Signups that count.")
    webhooks_per_month: BigInt = expression(limit_sql("webhooks_per_month"), description="Webhook deliveries.")
    requests_per_minute: BigInt = expression(limit_sql("requests_per_minute"), description="Requests of each key.")


@entity(tables.Store)
class StorePlan:
    """A store's plan."""

    tier: str = column(description="`free`, `pro`, `pro_plus` or `enterprise`.")
    limits: PlanLimits = embedded(PlanLimits, description="What it allows.")


@entity(tables.Store)
class Store(Node):
    """A merchant's store."""

    id: strawberry.ID = global_id("Store")
    database_id: BigInt = column("id", description="The id that REST uses.")
    name: str = column(description="Its name.")
    slug: str = column(description="Its name in addresses.")
    language: Language = column(description="What its storefront speaks.")
    description: str | None = column(description="What it sells.")
    logo: str | None = column(description="A picture's address.")
    favicon: str | None = column(description="A picture's address.")
    banner: str | None = column(description="A picture's address.")
    theme: Theme = embedded(Theme, description="How it looks.")
    subdomain: str = column(description=f"Its name under {STORES_DOMAIN}.")
    custom_domain: str | None = column(description="Its own domain.")
    custom_domain_verified: bool = column(description="Whether that domain is proved to be its own.")
    public_url: str = expression(
        f"'https://' || CASE WHEN t.custom_domain_verified AND t.custom_domain IS NOT NULL THEN t.custom_domain"
        f" ELSE t.subdomain || '.{STORES_DOMAIN}' END",
        description="Where shoppers find it.",
    )
    hide_branding: bool = column(description="Whether its pages leave out who hosts them.")
    currency: str = column(description="`DZD`.")
    plan: StorePlan = embedded(StorePlan, description="Its plan.")
    created_at: DateTime = column(description="When it was created.")


@entity(tables.Store)
class StoreSummary:
    """What any key may know of its store."""

    database_id: BigInt = column("id", description="The id that REST uses.")
    name: str = column(description="Its name.")
    slug: str = column(description="Its name in addresses.")


@entity(tables.ApiKey)
class RateLimit:
    """What is left of the key's requests this minute."""

    limit: BigInt = given("rate.limit", description="Requests in any 60 seconds; -1 is unlimited.")
    remaining: BigInt = given("rate.remaining", description="How many of them are left now.")
    reset: int = given("rate.reset", description="Seconds until more are.")


@entity(tables.ApiKey)
class Viewer:
    """The key that asks, and its store."""

    key_id: str = column(description="The key's public part.")
    type: str = column(description="`platform` or `public`.")
    name: str = column(description="What the merchant calls it.")
    scopes: list[str] = column(description="What it may do.")
    store_id: BigInt = column(description="The store's id.")
    store: StoreSummary = parent(StoreSummary, by="store_id", description="The store.")
    tier: str = expression(
        "(SELECT s.tier FROM stores s WHERE s.id = t.store_id)",
        description="The store's plan: `free`, `pro`, `pro_plus` or `enterprise`.",
    )
    livemode: bool = column(description="Whether it is of the live store; false: of its sandbox.")
    rate_limit: RateLimit = embedded(RateLimit, description="What is left of its requests this minute.")
    expires_at: DateTime | None = column(description="When it stops working; null: never.")


THEME = {
    "primary_color": rules.color(),
    "secondary_color": rules.color(),
    "background_color": rules.color(),
    "font_family": rules.text(1, 100),
}
SETTINGS = {
    "name": rules.text(1, 255),
    "description": rules.text().or_null(),
    "language": rules.choice(*(each.value for each in Language)),
    "logo": contact_rules.address().or_null(),
    "favicon": contact_rules.address().or_null(),
    "banner": contact_rules.address().or_null(),
}
UPDATE = rules.Form({**SETTINGS, "theme": rules.member(THEME), "hide_branding": rules.boolean()})


def store(context: Context) -> Source:
    """Return the store; needs `store:read`."""
    context.require("store:read")
    return Source(entity_of(Store), context)


def viewer(context: Context) -> Source:
    """Return the key that asks; any platform key may."""
    context.require_platform()
    return Source(entity_of(Viewer), context).where("t.id = {}", context.api_key_id)


async def store_update(context: Context, values: dict[str, Any]) -> int:
    """Change the store's settings on the running transaction and return its id.

    Args:
        context: who asks; needs `store:write`, of a live key: there is one row for both modes.
        values: the members of `UPDATE`; absent ones stay, also inside `theme`, and null clears.

    Raises:
        ApiError: `bad_request` with details; `forbidden` for a test key.
    """
    context.require("store:write")
    given = UPDATE.check(values)
    if not context.livemode:
        raise ApiError(
            Code.FORBIDDEN, "A sandbox has its store's own settings: change them with a live key (dzpk_live_…)"
        )
    theme = given.pop("theme", {})
    stored = given | {f"theme_{name}": value for name, value in theme.items()}
    if stored:
        changes = ", ".join(f"{name} = ${place}" for place, name in enumerate(stored, 2))
        await engine.write(
            f"UPDATE stores SET {changes}, updated_at = now() WHERE id = $1", context.store_id, *stored.values()
        )
    return context.store_id
