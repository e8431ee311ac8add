"""The webhook of the examples, and what is sent to it."""

from typing import Any

from graph.webhooks import NOTE

WEBHOOK: dict[str, Any] = {
    "id": 7,
    "url": "https://erp.example.dz/webhooks/dzbuild",
    "events": ["order.created", "order.shipped"],
    "status": "active",
    "last_success_at": None,
    "last_failure_at": None,
    "failure_count": 0,
    "created_at": "2026-04-30 14:22:10",
}
WEBHOOK_BODY: dict[str, Any] = {"url": WEBHOOK["url"], "events": WEBHOOK["events"]}
WEBHOOK_SECRETS: dict[str, Any] = {
    "secret": "<64 hexadecimal digits>",
    "standard_secret": "whsec_<44 characters of base64>",
    "note": NOTE,
}
TEST_DELIVERY: dict[str, Any] = {
    "id": 90210,
    "event": "webhook.test",
    "status": "pending",
    "attempts": 0,
    "response_status": None,
    "duration_ms": None,
    "error": None,
    "next_attempt_at": "2026-04-30 14:22:10",
    "created_at": "2026-04-30 14:22:10",
    "delivered_at": None,
    "response_body": None,
}
