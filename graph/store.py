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
from graph.fields import column, embedded, entity, entity_of, expression, given, parent, values_told
from graph.scalars import BigInt, DateTime
from graph.sources import Source
from graph.tiers import limit_sql

# A store without a verified domain of its own is under this one.
STORES_DOMAIN = "dzbuild.app"


@values_told(ar="Arabic, from right to left.", fr="French.", en="English.")
@strawberry.enum(description="A language that storefronts speak.")
class Language(Enum):
    """Arabic, French and English."""

    AR = "ar"
    FR = "fr"
    EN = "en"


@entity(tables.Store)
class Theme:
    """A storefront's colours and font."""

    primary_color: str = column("theme_primary_color", description="A colour, as `#rrggbb`.")
    secondary_color: str = column("theme_secondary_color", description="A colour, as `#rrggbb`.")
    background_color: str = column("theme_background_color", description="A colour, as `#rrggbb`.")
    font_family: str = column("theme_font_family", description="The name of a font family.")


@entity(tables.Store)
class PlanLimits:
    """What a store may use, with its overrides; -1 means unlimited."""

    requests_per_month: BigInt = expression(limit_sql("requests_per_month"), description="API requests a month.")
    signups_per_month: BigInt = expression(limit_sql("signups_per_month"), description="Billable signups a month.")
    webhooks_per_month: BigInt = expression(limit_sql("webhooks_per_month"), description="Webhook deliveries a month.")
    requests_per_minute: BigInt = expression(
        limit_sql("requests_per_minute"), description="Requests a minute, for each key."
    )


@entity(tables.Store)
class StorePlan:
    """A store's plan."""

    tier: str = column(description="`free`, `pro`, `pro_plus` or `enterprise`.")
    limits: PlanLimits = embedded(PlanLimits, description="The plan's limits.")


@entity(tables.Store)
class Store(Node):
    """A merchant's store and its settings."""

    id: strawberry.ID = global_id("Store")
    database_id: BigInt = column("id", description="The id that the REST API uses, an integer.")
    name: str = column(description="Its name.")
    slug: str = column(description="Its name in addresses.")
    language: Language = column(description="The storefront's language.")
    description: str | None = column(description="What it sells.")
    logo: str | None = column(description="The image's URL.")
    favicon: str | None = column(description="The image's URL.")
    banner: str | None = column(description="The image's URL.")
    theme: Theme = embedded(Theme, description="The storefront's colours and font.")
    subdomain: str = column(description=f"Its name under {STORES_DOMAIN}.")
    custom_domain: str | None = column(description="The store's own domain, if it has one.")
    custom_domain_verified: bool = column(description="Whether the custom domain has been verified.")
    public_url: str = expression(
        f"'https://' || CASE WHEN t.custom_domain_verified AND t.custom_domain IS NOT NULL THEN t.custom_domain"
        f" ELSE t.subdomain || '.{STORES_DOMAIN}' END",
        description="The storefront's URL.",
    )
    hide_branding: bool = column(description="Whether the storefront hides the DZBuild branding.")
    currency: str = column(description="Always `DZD`.")
    plan: StorePlan = embedded(StorePlan, description="Its plan.")
    created_at: DateTime = column(description="When it was created.")


@entity(tables.Store)
class StoreSummary:
    """The store, as every key may see it."""

    database_id: BigInt = column("id", description="The id that the REST API uses, an integer.")
    name: str = column(description="Its name.")
    slug: str = column(description="Its name in addresses.")


@entity(tables.ApiKey)
class RateLimit:
    """What is left of the key's requests this minute."""

    limit: BigInt = given("rate.limit", description="Requests allowed in any 60 seconds; -1 means unlimited.")
    remaining: BigInt = given("rate.remaining", description="Requests left right now.")
    reset: int = given("rate.reset", description="Seconds until more are available.")


@entity(tables.ApiKey)
class Viewer:
    """The API key that makes the request, and its store."""

    key_id: str = column(description="The key's id: its public part.")
    type: str = column(description="`platform` or `public`.")
    name: str = column(description="The key's name.")
    scopes: list[str] = column(description="The key's scopes.")
    store_id: BigInt = column(description="The store's id.")
    store: StoreSummary = parent(StoreSummary, by="store_id", description="The store.")
    tier: str = expression(
        "(SELECT s.tier FROM stores s WHERE s.id = t.store_id)",
        description="The store's plan: `free`, `pro`, `pro_plus` or `enterprise`.",
    )
    livemode: bool = column(description="True for a live key, false for a test key.")
    rate_limit: RateLimit = embedded(RateLimit, description="The key's limit per minute, and what is left of it.")
    expires_at: DateTime | None = column(description="When it expires; null if never.")


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
