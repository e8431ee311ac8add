"""An order and its customer, as the examples show them."""

from typing import Any

Json = dict[str, Any]
ACTOR = "ERP (dzpk_live_3f9a61c2d07be845)"
CUSTOMER_BODY: Json = {
    "name": "Ahmed Benali",
    "phone": "0555 12 34 56",
    "wilaya_id": 16,
    "commune": "Bab Ezzouar",
    "address": "Cité 5 Juillet, bâtiment 12",
}
ORDER_BODY: Json = {
    "customer": CUSTOMER_BODY,
    "delivery": {"type": "home"},
    "items": [{"product_id": 42, "quantity": 2}],
    "notes": "Appeler avant de passer",
}
ORDER_ROW: Json = {
    "id": 1287,
    "order_number": "ORD-13-20260430-AD3C",
    "status": "pending",
    "payment_status": "pending",
    "payment_method": "cod",
    "total": 3400,
    "customer_name": "Ahmed Benali",
    "customer_phone": "0555123456",
    "wilaya_id": 16,
    "commune": "Bab Ezzouar",
    "delivery_type": "home",
    "created_at": "2026-04-30 10:15:00",
    "updated_at": "2026-04-30 10:15:00",
    "external_id": None,
    "metadata": {},
}
PLACED: Json = {"from": None, "to": "pending", "at": "2026-04-30 10:15:00", "actor": ACTOR}
ORDER: Json = {
    **{name: value for name, value in ORDER_ROW.items() if name not in ("external_id", "metadata", "updated_at")},
    "subtotal": 3000,
    "delivery_fee": 400,
    "discount": 0,
    "customer": {
        "id": 311,
        "name": "Ahmed Benali",
        "phone": "0555123456",
        "email": None,
        "wilaya_id": 16,
        "commune": "Bab Ezzouar",
        "address": "Cité 5 Juillet, bâtiment 12",
    },
    "delivery": {"type": "home", "desk_id": None, "desk_name": None, "tracking_number": None, "courier": None},
    "items": [
        {
            "id": 2214,
            "product_id": 42,
            "name": "Cotton T-Shirt",
            "sku": "TS-COT-001",
            "variant": None,
            "quantity": 2,
            "unit_price": 1500,
            "total": 3000,
        }
    ],
    "notes": "Appeler avant de passer",
    "timeline": [PLACED],
    "updated_at": "2026-04-30 10:15:00",
    "external_id": None,
    "metadata": {},
    "payment_reference": None,
}
CUSTOMER_ROW: Json = {
    "id": 311,
    "first_name": "Ahmed",
    "last_name": "Benali",
    "phone": "0555123456",
    "email": None,
    "wilaya_id": 16,
    "commune": "Bab Ezzouar",
    "total_orders": 1,
    "total_spent": 0,
    "is_banned": False,
    "created_at": "2026-04-30 10:15:00",
    "updated_at": "2026-04-30 10:15:00",
    "external_id": None,
    "metadata": {},
}
CUSTOMER: Json = {
    **{name: value for name, value in CUSTOMER_ROW.items() if name not in ("external_id", "metadata")},
    "address": "Cité 5 Juillet, bâtiment 12",
    "notes": None,
    "fraud_score": 0,
    "external_id": None,
    "metadata": {},
}
