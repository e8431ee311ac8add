"""Examples of the log of requests."""

from typing import Any, Final

REQUEST_ID: Final = "req_5d0c1f7a93be4426"
LOGGED: dict[str, Any] = {
    "request_id": REQUEST_ID,
    "received_at": "2026-04-30 10:15:00",
    "method": "GET",
    "operation": "/v1/products/{product_id}",
    "surface": "rest",
    "status": 404,
    "outcome": "refused",
    "error_code": "not_found",
    "duration_ms": 3.25,
    "key_id": "dzpk_live_3f9a61c2d07be845",
}
REFUSALS: dict[str, Any] = {
    "items": [{"error_code": "not_found", "count": 1}],
    "next_cursor": None,
    "has_more": False,
}
OPERATIONS: dict[str, Any] = {
    "items": [
        {
            "operation": "/v1/products",
            "method": "GET",
            "count": 1,
            "failed": 0,
            "p50_ms": 4.5,
            "p95_ms": 4.5,
        }
    ],
    "next_cursor": None,
    "has_more": False,
}
