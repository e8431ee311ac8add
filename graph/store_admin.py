"""What an operator does with stores from the command line."""

import re
from typing import Any

import asyncpg
import msgspec

from db.engine import engine, insert_sql
from graph import rules, scopes
from graph.context import Context
from graph.delivery import rates_start
from graph.errors import ApiError, Code, conflict
from graph.slugs import slug_of
from graph.store import SETTINGS, THEME
from graph.tiers import PER_ADDRESS, TIERS, Limits

CREATE = rules.Form(
    {
        **SETTINGS,
        "subdomain": rules.text(1, 63, r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", "must be like dar-alia"),
        "tier": rules.choice(*TIERS),
        **{f"theme_{name}": rule for name, rule in THEME.items()},
    },
    required=("name", "subdomain"),
)

OVERRIDES = rules.Form(
    {name: rules.integer(-1, 10**12) for name in Limits._fields}
    | {PER_ADDRESS: rules.integer(1), "notes": rules.text(0, 1_000)}
)


async def store_create(values: dict[str, Any]) -> int:
    """Create a store on the running transaction, with a delivery fee for every wilaya, and return its id.

    Args:
        values: the members of `CREATE`.

    Raises:
        ApiError: `bad_request` with details; `conflict` when the subdomain is taken.
    """
    stored = CREATE.check(values)
    stored["slug"] = stored["subdomain"]
    try:
        rows = await engine.write(insert_sql("stores", stored), *stored.values())
    except asyncpg.UniqueViolationError as error:
        raise conflict("subdomain", f"The subdomain {stored['subdomain']} is taken: choose another one") from error
    store_id = int(rows[0]["id"])
    await rates_start(store_id)
    return store_id


def subdomain_of(name: str) -> str:
    """Return a subdomain made of a store's name, as far as it has Latin letters or digits."""
    return re.sub(r"[^a-z0-9]+", "-", slug_of(name, "store")).strip("-")[:63].strip("-") or "store"


async def operator_context(store: str, *, livemode: bool = True) -> Context:
    """Return a context that may do everything in one store, for the command line.

    Args:
        store: the store's id or slug.
        livemode: false for the store's sandbox.

    Raises:
        ApiError: `not_found`.
    """
    number = int(store) if store.isascii() and store.isdigit() and len(store) < 16 else None
    row = await engine.fetch_row("SELECT id FROM stores WHERE slug = $1 OR id = $2", store, number)
    if row is None:
        raise ApiError(Code.NOT_FOUND, f"There is no store with the id or slug {store}: see dzbuild stores list")
    return Context(
        store_id=row["id"],
        livemode=livemode,
        api_key_id=0,
        key_id="operator",
        key_type="platform",
        key_name="operator",
        scopes=frozenset(scopes.names("platform")),
        expires_at=None,
    )


async def stores_list() -> list[asyncpg.Record]:
    """Return every store's id, name, slug, tier and time of creation, newest first."""
    return await engine.fetch("SELECT id, name, slug, tier, created_at FROM stores ORDER BY id DESC LIMIT 1000")


async def limits_override(store_id: int, overrides: dict[str, Any]) -> None:
    """Raise a store's limits above its tier's, on the running transaction; -1 is unlimited.

    Args:
        store_id: the store.
        overrides: by the names of `tiers.Limits`, or `requests_per_address`; and `notes`, why they are.

    Raises:
        ApiError: `bad_request` for a name that is no limit.
    """
    checked = OVERRIDES.check(overrides)
    await engine.write(
        "UPDATE stores SET limit_overrides = limit_overrides || $2::jsonb, updated_at = now() WHERE id = $1",
        store_id,
        msgspec.json.encode(checked).decode(),
    )
