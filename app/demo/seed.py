"""Puts the demo shops into a database, once, and keeps their keys for the next start."""

import json
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from app.demo.catalogue import DemoProduct, DemoShop, demo_shops
from app.demo.landing_pages import fill_landing_pages
from app.demo.orders import GOODS_AT_LEAST, orders_fill
from db.demo import pictures_move, products_date, seeding_lock, shop_find
from db.engine import engine
from graph.accounts import account_find, account_proven, member_add, password_reset
from graph.categories import category_create
from graph.context import Context
from graph.errors import ApiError
from graph.keys import authenticated, find_key, platform_key_create
from graph.passwords import password_made
from graph.products import product_create
from graph.public_keys import public_key_create, signed_by
from graph.sealing import Unsealable
from graph.signatures import Signature, sign
from graph.store_admin import limits_override, operator_context, store_create
from graph.tiers import PER_ADDRESS

# The rows get times of their own, so that every demo shows the same.
OPENED = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
BETWEEN_PRODUCTS = timedelta(minutes=37)
UNLIMITED = {"requests_per_minute": 10_000_000, PER_ADDRESS: 10_000_000}


@dataclass(frozen=True, slots=True)
class DemoSecrets:
    """The demo's keys and stores. A member is None where its shop is not there (`contract.md §11`)."""

    platform_key: str
    platform_key_b: str
    free_key: str
    test_key: str
    unlimited_key: str | None
    public_key_id: str
    public_signing_secret: str
    load_public_key_id: str | None
    load_public_signing_secret: str | None
    dashboard_email: str
    dashboard_password: str
    store_id: int
    store_id_b: int
    store_id_c: int

    def as_dict(self) -> dict[str, Any]:
        """Return the members that there are."""
        return {name: value for name, value in asdict(self).items() if value is not None}


# Which member a shop's key is: its name, the shop's letter, and the mode.
KEYS = (
    ("platform_key", "a", True),
    ("platform_key_b", "b", True),
    ("free_key", "c", True),
    ("test_key", "a", False),
    ("unlimited_key", "d", True),
)
# The same of the keys for pages: the member's beginning, and the shop's letter.
PUBLIC_KEYS = (("public", "a"), ("load_public", "d"))
# Who looks after store A.
OWNER = "amina@dar-el-yasmine.example"
PUBLIC_SCOPES = ("signups:write", "events:write", "storefront:read", "checkout:write")


async def seed(dsn: str, *, public_url: str, shops: Literal["demo", "sandbox"], secrets_file: Path) -> DemoSecrets:
    """Fill in what is missing of the demo shops and return their keys.

    Args:
        dsn: a migrated database.
        public_url: where the pictures are served from.
        shops: `sandbox` adds the shop for load tests.
        secrets_file: where the keys are kept between two starts, readable by its owner alone.

    Raises:
        OSError: the database is out of reach.
    """
    await engine.open(dsn, size=2, timeout=60)
    try:
        async with engine.transaction():
            await seeding_lock()
            stores: dict[str, int] = {}
            for shop in demo_shops():
                if shops == "sandbox" or not shop.sandbox_only:
                    stores[shop.key] = await _shop(shop, public_url.rstrip("/"))
            remembered = _remembered(secrets_file)
            tokens = await _keys(stores, remembered) | await _public_keys(stores, remembered)
            tokens |= await _owner(stores["a"], remembered)
    finally:
        await engine.close()
    secrets = DemoSecrets(**tokens, store_id=stores["a"], store_id_b=stores["b"], store_id_c=stores["c"])
    _remember(secrets_file, secrets)
    return secrets


async def _shop(shop: DemoShop, base: str) -> int:
    """Return the id of a demo shop, made with all its goods if it isn't there."""
    pictures = f"{base}/media/demo/"
    found = await shop_find(shop.slug)
    if found is not None:
        store_id, logo = found
        before = logo.removesuffix(shop.logo)
        if before and before != pictures:
            await pictures_move(store_id, before, pictures)
        return store_id
    store_id = await store_create(
        {
            "name": shop.name,
            "subdomain": shop.slug,
            "language": shop.language,
            "tier": shop.tier,
            "description": shop.description,
            "logo": pictures + shop.logo,
            "favicon": pictures + shop.favicon,
            "banner": pictures + shop.banner,
            "theme_primary_color": shop.primary_color,
            "theme_secondary_color": shop.secondary_color,
            "theme_background_color": shop.background_color,
            "theme_font_family": shop.font_family,
        }
    )
    if shop.sandbox_only:
        await limits_override(store_id, UNLIMITED)
    await _fill(await operator_context(str(store_id)), shop, pictures)
    return store_id


async def _fill(context: Context, shop: DemoShop, pictures: str) -> None:
    categories: dict[str, int] = {}
    for category in shop.categories:
        values: dict[str, Any] = {"name": category.name, "position": category.position}
        if category.parent is not None:
            values["parent_id"] = categories[category.parent]
        categories[category.key] = await (await category_create(context, values)).make()
    goods: list[int] = []
    for product in shop.products:
        identifier = await (await product_create(context, _values(product, categories, pictures))).make()
        if not product.variants and product.status == "active" and product.stock_quantity >= GOODS_AT_LEAST:
            goods.append(identifier)
    await products_date(context.store_id, context.livemode, OPENED, BETWEEN_PRODUCTS)
    await fill_landing_pages(context, shop.key)
    await orders_fill(context, shop.key, goods)


def _values(product: DemoProduct, categories: dict[str, int], pictures: str) -> dict[str, Any]:
    """Return a demo product as the API takes it."""
    same = (
        "name short_description description price compare_price cost_price sku barcode track_stock stock_quantity"
        " low_stock_alert weight height width length do_insurance status featured external_id"
    )
    return {
        **{name: getattr(product, name) for name in same.split()},
        "category_id": categories[product.category],
        "metadata": dict(product.metadata),
        "images": [{"url": pictures + image.name, "alt": image.alt} for image in product.images],
        "variants": [asdict(variant) for variant in product.variants],
    }


async def _keys(stores: dict[str, int], remembered: dict[str, Any]) -> dict[str, Any]:
    """Return a token for each member of `KEYS`: the remembered one while it works, or a new one."""
    tokens: dict[str, Any] = {}
    for member, shop, livemode in KEYS:
        store_id = stores.get(shop)
        token = str(remembered.get(member) or "")
        if store_id is None:
            tokens[member] = None
        elif await _works(token, store_id):
            tokens[member] = token
        else:
            tokens[member] = (await platform_key_create(store_id, "demo", livemode=livemode)).bearer_token
    return tokens


async def _public_keys(stores: dict[str, int], remembered: dict[str, Any]) -> dict[str, Any]:
    """Return id and signing secret for each of `PUBLIC_KEYS`: the remembered ones while they work, or new ones."""
    members: dict[str, Any] = {}
    for beginning, shop in PUBLIC_KEYS:
        names = (f"{beginning}_key_id", f"{beginning}_signing_secret")
        store_id = stores.get(shop)
        key_id, secret = (str(remembered.get(name) or "") for name in names)
        if store_id is None:
            members |= dict.fromkeys(names)
        elif await _signs(key_id, secret, store_id):
            members |= zip(names, (key_id, secret), strict=True)
        else:
            issued = await public_key_create(store_id, "demo page", granted=PUBLIC_SCOPES)
            members |= zip(names, (issued.key_id, issued.signing_secret), strict=True)
    return members


async def _owner(store_id: int, remembered: dict[str, Any]) -> dict[str, str]:
    """Return how the owner of store A signs in: with the remembered password while it works, or with a new one."""
    password = str(remembered.get("dashboard_password") or "")
    try:
        await account_proven(OWNER, password)
    except ApiError:
        password = password_made()
        if await account_find(OWNER) is None:
            await member_add(store_id, {"email": OWNER, "role": "owner"}, password)
        else:
            await password_reset(OWNER, password)
    return {"dashboard_email": OWNER, "dashboard_password": password}


async def _signs(key_id: str, secret: str, store_id: int) -> bool:
    timestamp, nonce = str(int(time.time())), "0" * 32
    signature = Signature(timestamp, nonce, sign(secret.encode(), key_id, nonce, timestamp, b""))
    try:
        return signed_by(await find_key(key_id), key_id, signature, b"").store_id == store_id
    except (ApiError, Unsealable):
        return False


async def _works(token: str, store_id: int) -> bool:
    key_id, _, secret = token.partition(".")
    key = await find_key(key_id)
    try:
        return authenticated(key, secret).store_id == store_id
    except ApiError:
        return False


def _remembered(secrets_file: Path) -> dict[str, Any]:
    try:
        kept = json.loads(secrets_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _remember(secrets_file: Path, secrets: DemoSecrets) -> None:
    secrets_file.touch(mode=0o600)
    secrets_file.chmod(0o600)
    secrets_file.write_text(json.dumps(secrets.as_dict(), indent=2) + "\n", encoding="utf-8")
