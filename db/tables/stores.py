"""Stores: the tenants."""

from piccolo.columns import JSONB, BigSerial, Boolean, Bytea, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check
from piccolo.table import Table


class Store(Table, tablename="stores"):
    """A merchant's store. Everything else belongs to one."""

    id = BigSerial(primary_key=True)
    name = Varchar(length=255)
    slug = Varchar(length=255, unique=True)
    language = Varchar(length=2, default="ar")
    description = Text(null=True, default=None)
    logo = Text(null=True, default=None)
    favicon = Text(null=True, default=None)
    banner = Text(null=True, default=None)
    theme_primary_color = Varchar(length=7, default="#0f766e")
    theme_secondary_color = Varchar(length=7, default="#f59e0b")
    theme_background_color = Varchar(length=7, default="#ffffff")
    theme_font_family = Varchar(length=100, default="Cairo")
    subdomain = Varchar(length=63, unique=True)
    custom_domain = Varchar(length=253, null=True, default=None, unique=True)
    custom_domain_verified = Boolean(default=False)
    hide_branding = Boolean(default=False)
    currency = Varchar(length=3, default="DZD")
    tier = Varchar(length=20, default="free")
    limit_overrides = JSONB(default="{}")
    identity_secret = Bytea(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())

    name_given = Check("name <> ''")
    language_known = Check("language IN ('ar', 'fr', 'en')")
    tier_known = Check("tier IN ('free', 'pro', 'pro_plus', 'enterprise')")
    currency_known = Check("currency = 'DZD'")
    limit_overrides_object = Check("jsonb_typeof(limit_overrides) = 'object'")
