"""Puts the demo shops into a database, once, and keeps their keys for the next start."""

import json
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from app.demo.catalogue import DemoProduct, DemoShop, demo_shops
from app.demo.landing_pages import fill_landing_pages
from app.demo.orders import PASTS, Ware, orders_fill
from app.demo.traffic import CLIENTS, traffic_fill
from db.demo import events_settle, members_date, pictures_move, products_date, seeding_lock, shop_find
from db.engine import engine
from graph.accounts import account_find, account_proven, member_add, password_reset
from graph.categories import category_create
from graph.context import Context
from graph.errors import ApiError
from graph.keys import authenticated, find_key, find_keys, platform_key_create
from graph.passwords import password_made
from graph.products import product_create
from graph.public_keys import public_key_create, signed_by
from graph.sealing import Unsealable
from graph.signatures import Signature, sign
from graph.store_admin import limits_override, operator_context, store_create
from graph.tiers import PER_ADDRESS

# How long before the first start the shops opened: they look as if they had been running since.
OPENED_BEFORE = timedelta(days=200)
BETWEEN_PRODUCTS = timedelta(minutes=37)
Kind = Literal["demo", "sandbox"]
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


@dataclass(frozen=True, slots=True)
class Seed:
    """How the shops are filled.

    Attributes:
        kind: `sandbox` adds the shop for load tests, `demo` a longer past and the use of the last month.
        pictures: where the pictures are served from, up to their names.
        now: when the shops' past ends.
    """

    kind: Kind
    pictures: str
    now: datetime

    @property
    def opened(self) -> datetime:
        """Return when the shops opened, at eight o'clock."""
        return (self.now - OPENED_BEFORE).replace(hour=8, minute=0, second=0, microsecond=0)


async def seed(dsn: str, *, public_url: str, shops: Kind, secrets_file: Path, log_days: int) -> DemoSecrets:
    """Fill in what is missing of the demo shops and return their keys.

    Args:
        dsn: a migrated database.
        public_url: where the pictures are served from.
        shops: `sandbox` adds the shop for load tests, `demo` a longer past and the use of the last month.
        secrets_file: where the keys are kept between two starts, readable by its owner alone.
        log_days: how many days the log of requests is kept, today among them.

    Raises:
        OSError: the database is out of reach.
    """
    given = Seed(shops, f"{public_url.rstrip('/')}/media/demo/", datetime.now(UTC))
    await engine.open(dsn, size=2, timeout=60)
    try:
        async with engine.transaction():
            await seeding_lock()
            wanted = [shop for shop in demo_shops() if shops == "sandbox" or not shop.sandbox_only]
            stores = {shop.key: await _found(shop, given) for shop in wanted}
            new = {shop.key: await _made(shop, given) for shop in wanted if stores[shop.key] is None}
            tokens = await _tokens({key: found or new[key] for key, found in stores.items()}, _remembered(secrets_file))
            await _past(list(new.values()), tokens, given, log_days)
    finally:
        await engine.close()
    secrets = DemoSecrets(**tokens)
    _remember(secrets_file, secrets)
    return secrets


async def _found(shop: DemoShop, given: Seed) -> int | None:
    """Return the id of a demo shop that is there, whose pictures have come along; None where it isn't."""
    found = await shop_find(shop.slug)
    if found is None:
        return None
    store_id, logo = found
    before = logo.removesuffix(shop.logo)
    if before and before != given.pictures:
        await pictures_move(store_id, before, given.pictures)
    return store_id


async def _made(shop: DemoShop, given: Seed) -> int:
    """Return the id of a new demo shop with all its goods and orders."""
    pictures = given.pictures
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
    await _fill(await operator_context(str(store_id)), shop, given)
    return store_id


async def _fill(context: Context, shop: DemoShop, given: Seed) -> None:
    categories: dict[str, int] = {}
    for category in shop.categories:
        values: dict[str, Any] = {"name": category.name, "position": category.position}
        if category.parent is not None:
            values["parent_id"] = categories[category.parent]
        categories[category.key] = await (await category_create(context, values)).make()
    wares: list[Ware] = []
    for product in shop.products:
        identifier = await (await product_create(context, _values(product, categories, given.pictures))).make()
        if not product.variants and product.status == "active":
            wares.append(Ware(identifier, product.stock_quantity))
    await products_date(context.store_id, context.livemode, given.opened, BETWEEN_PRODUCTS)
    await fill_landing_pages(context, shop.key)
    past = PASTS[given.kind].get(shop.key)
    if past is not None:
        await orders_fill(context, shop.key, wares, past, given.now)


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


async def _tokens(stores: dict[str, int], remembered: dict[str, Any]) -> dict[str, Any]:
    """Return the members of `DemoSecrets`; what is remembered stays while it works."""
    tokens = await _keys(stores, remembered) | await _public_keys(stores, remembered)
    tokens |= await _owner(stores["a"], remembered)
    return tokens | {"store_id": stores["a"], "store_id_b": stores["b"], "store_id_c": stores["c"]}


async def _past(stores: list[int], tokens: dict[str, Any], given: Seed, log_days: int) -> None:
    """Let new shops have had their members and keys from the start, and the demo's keys have been used."""
    await members_date(stores, given.opened)
    if given.kind == "demo":
        identifiers = {client.key: str(tokens[client.key]).partition(".")[0] for client in CLIENTS}
        keys = await find_keys(list(identifiers.values()))
        contexts = {member: keys[identifier].context for member, identifier in identifiers.items()}
        used = {member: context for member, context in contexts.items() if context.store_id in stores}
        await traffic_fill(used, given.now, log_days)
    for store_id in stores:
        await events_settle(store_id, livemode=True)


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
