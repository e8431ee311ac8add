"""What the rows, bodies and answers of the examples are made of; those of orders and webhooks stand apart."""

from typing import Any

Json = dict[str, Any]
SHIRT: Json = {
    "id": 42,
    "name": "Cotton T-Shirt",
    "slug": "cotton-t-shirt",
    "description": "100% cotton, made in Algeria",
    "short_description": None,
    "category_id": None,
    "pricing": {"price": 1500, "compare_price": None, "cost_price": None},
    "inventory": {
        "sku": "TS-COT-001",
        "barcode": None,
        "track_stock": True,
        "stock_quantity": 50,
        "low_stock_alert": 5,
    },
    "shipping": {"weight": None, "height": None, "width": None, "length": None, "do_insurance": False},
    "status": "active",
    "featured": False,
    "has_variants": False,
    "images": [],
    "variants": [],
    "created_at": "2026-04-30 14:22:10",
    "updated_at": "2026-04-30 14:22:10",
    "external_id": None,
    "metadata": {},
}
SHIRT_BODY: Json = {
    "name": "Cotton T-Shirt",
    "price": 1500,
    "description": "100% cotton, made in Algeria",
    "sku": "TS-COT-001",
    "stock_quantity": 50,
    "track_stock": True,
    "status": "active",
}
SIZES_BODY: list[Json] = [
    {"name": "M", "sku": "TS-COT-001-M", "stock_quantity": 30},
    {"name": "XL", "sku": "TS-COT-001-XL", "price": 1700, "stock_quantity": 20},
]
SIZES: list[Json] = [
    {"id": 7, "name": "M", "sku": "TS-COT-001-M", "price": None, "stock_quantity": 30},
    {"id": 8, "name": "XL", "sku": "TS-COT-001-XL", "price": 1700, "stock_quantity": 20},
]
HONEY_BODY: Json = {
    "name": "عسل السدر الحر",
    "price": 6500,
    "compare_price": 7200,
    "short_description": "عسل سدر طبيعي من غرداية، 500 غرام",
    "sku": "MIEL-SIDR-500",
    "stock_quantity": 24,
    "track_stock": True,
    "status": "active",
    "weight": 0.5,
    "images": [{"url": "https://cdn.example.dz/miel-sidr.jpg", "alt": "مرطبان عسل السدر"}],
    "external_id": "ERP-10083",
    "metadata": {"origin": "غرداية"},
}
HONEY: Json = {
    "id": 43,
    "name": "عسل السدر الحر",
    "slug": "عسل-السدر-الحر",
    "description": None,
    "short_description": "عسل سدر طبيعي من غرداية، 500 غرام",
    "category_id": None,
    "pricing": {"price": 6500, "compare_price": 7200, "cost_price": None},
    "inventory": {
        "sku": "MIEL-SIDR-500",
        "barcode": None,
        "track_stock": True,
        "stock_quantity": 24,
        "low_stock_alert": 5,
    },
    "shipping": {"weight": 0.5, "height": None, "width": None, "length": None, "do_insurance": False},
    "status": "active",
    "featured": False,
    "has_variants": False,
    "images": [
        {"id": 7, "url": "https://cdn.example.dz/miel-sidr.jpg", "alt": "مرطبان عسل السدر", "position": 0},
    ],
    "variants": [],
    "created_at": "2026-04-30 14:25:41",
    "updated_at": "2026-04-30 14:25:41",
    "external_id": "ERP-10083",
    "metadata": {"origin": "غرداية"},
}
ROW: Json = {
    "id": 43,
    "name": "عسل السدر الحر",
    "slug": "عسل-السدر-الحر",
    "short_description": "عسل سدر طبيعي من غرداية، 500 غرام",
    "price": 6500,
    "compare_price": 7200,
    "sku": "MIEL-SIDR-500",
    "stock_quantity": 24,
    "track_stock": True,
    "status": "active",
    "has_variants": False,
    "featured": False,
    "primary_image": "https://cdn.example.dz/miel-sidr.jpg",
    "created_at": "2026-04-30 14:25:41",
    "updated_at": "2026-04-30 14:25:41",
    "external_id": "ERP-10083",
    "metadata": {"origin": "غرداية"},
}
CATEGORY: Json = {"id": 9, "name": "Épicerie fine", "slug": "epicerie-fine", "parent_id": None, "position": 1}
ARABIC_CATEGORY: Json = {"id": 10, "name": "ملابس", "slug": "ملابس", "parent_id": None, "position": 0}
OIL_PAGE: Json = {
    "id": 5,
    "title": "زيت الزيتون البكر – عرض رمضان",
    "slug": "زيت-الزيتون-البكر-عرض-رمضان",
    "status": "active",
    "language": "ar",
    "product_id": None,
    "views": 0,
    "is_purchased": False,
    "created_at": "2026-04-30 14:22:10",
    "updated_at": "2026-04-30 14:22:10",
}
LANDING_PAGE: Json = OIL_PAGE | {
    "meta_title": None,
    "meta_description": "زيت زيتون بكر من بجاية، التوصيل إلى 58 ولاية",
    "section_count": 0,
    "sections": [],
}
LANDING_PAGE_BODY: Json = {
    "title": "زيت الزيتون البكر – عرض رمضان",
    "status": "active",
    "meta_description": "زيت زيتون بكر من بجاية، التوصيل إلى 58 ولاية",
}
ERP_KEY: Json = {
    "key_id": "dzpk_live_3f9a61c2d07be845",
    "type": "platform",
    "name": "ERP",
    "scopes": ["products:read", "products:write"],
    "rate_limit_tier": "pro_plus",
    "status": "active",
    "last_used_at": None,
    "last_used_ip": None,
    "created_at": "2026-04-30 14:22:10",
    "expires_at": None,
}
ERP_BODY: Json = {"type": "platform", "name": "ERP", "scopes": ["products:read", "products:write"]}
SHOP_KEY: Json = ERP_KEY | {
    "key_id": "dzpub_live_b51c07fa88d2e694",
    "type": "public",
    "name": "متجر الويب",
    "scopes": ["signups:write", "events:write"],
}
SHOP_KEY_BODY: Json = {"type": "public", "name": "متجر الويب", "allowed_origins": ["https://shop.example.dz"]}
BEARER_TOKEN = "dzpk_live_3f9a61c2d07be845.<64 hexadecimal digits>"
SIGNING_SECRET = "<64 hexadecimal digits>"
CURSOR = "pEnT4b8xWzQ0"
WHOAMI: Json = {
    "key_id": "dzpk_live_3f9a61c2d07be845",
    "type": "platform",
    "name": "Inventory sync",
    "scopes": ["products:read", "products:write", "store:read"],
    "store_id": 13,
    "store": {"id": 13, "name": "دار الياسمين", "slug": "dar-el-yasmine"},
    "tier": "pro_plus",
    "livemode": True,
    "rate_limit": {"limit": 1200, "remaining": 1187, "reset": 43},
    "expires_at": None,
}
STORE: Json = {
    "id": 13,
    "name": "دار الياسمين",
    "slug": "dar-el-yasmine",
    "language": "ar",
    "description": "Produits du terroir algérien",
    "logo": None,
    "favicon": None,
    "banner": None,
    "theme": {
        "primary_color": "#0f766e",
        "secondary_color": "#f59e0b",
        "background_color": "#ffffff",
        "font_family": "Cairo",
    },
    "subdomain": "dar-el-yasmine",
    "custom_domain": None,
    "custom_domain_verified": False,
    "public_url": "https://dar-el-yasmine.dzbuild.app",
    "hide_branding": False,
    "currency": "DZD",
    "plan": {
        "tier": "pro_plus",
        "limits": {
            "requests_per_month": 5_000_000,
            "signups_per_month": 50_000,
            "webhooks_per_month": 500_000,
            "requests_per_minute": 1_200,
        },
    },
    "created_at": "2026-03-01 08:00:00",
}

WILAYAS: Json = {
    "items": [
        {
            "id": 1,
            "name": "Adrar",
            "name_ar": "أدرار",
            "communes": [
                {"code": "0101", "name": "Adrar", "name_ar": "أدرار"},
                {"code": "0102", "name": "Tamest", "name_ar": "تاماست"},
            ],
        },
        {
            "id": 2,
            "name": "Chlef",
            "name_ar": "الشلف",
            "communes": [{"code": "0201", "name": "Chlef", "name_ar": "الشلف"}],
        },
    ],
    "next_cursor": None,
    "has_more": False,
}
NO_USE: Json = {kind: {"total": 0, "billable": 0} for kind in ("request", "signup", "event", "webhook")}
USAGE: Json = {
    "period": "2026-04",
    "tier": "pro_plus",
    "usage": NO_USE | {"request": {"total": 48_211, "billable": 48_211}},
    "limits": STORE["plan"]["limits"],
}
HISTORY: Json = {
    "from": "2026-04-29 00:00:00",
    "to": "2026-04-30 23:59:59",
    "rows": [
        {
            "period_hour": "2026-04-30 10:00:00",
            "endpoint_group": "graphql",
            "count": 212,
            "billable_count": 212,
        },
        {
            "period_hour": "2026-04-30 10:00:00",
            "endpoint_group": "products",
            "count": 1187,
            "billable_count": 1187,
        },
    ],
}
QUOTAS: Json = {
    "tier": "pro_plus",
    "tier_limits": STORE["plan"]["limits"],
    "overrides": {
        "requests_per_month": None,
        "signups_per_month": None,
        "webhooks_per_month": None,
        "requests_per_minute": 3_000,
        "notes": "Ramadan",
    },
    "effective": STORE["plan"]["limits"] | {"requests_per_minute": 3_000},
    "usage": USAGE["usage"],
}
RATES: Json = {
    "rates": [
        {"wilaya_id": 1, "home": 1400, "desk": 900},
        {"wilaya_id": 2, "home": 750, "desk": 450},
        {"wilaya_id": 3, "home": 1000, "desk": 600},
    ]
}
ORDER_CREATED: Json = {
    "id": 9001,
    "event": "order.created",
    "occurred_at": "2026-04-30 10:15:00",
    "data": {
        "total": 3400,
        "order_id": 1287,
        "order_number": "ORD-13-20260430-AD3C",
        "customer_phone": "0555123456",
        "payment_method": "cod",
    },
}
QUEUED_SIGNUP: Json = {"status": "queued", "kind": "signup", "store_id": 13}
QUEUED_EVENT: Json = {"status": "queued", "kind": "event", "store_id": 13}
