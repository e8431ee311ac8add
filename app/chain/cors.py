"""Browsers on other origins: preflights, and what a page may read of an answer (Fetch standard, CORS protocol).

No cookie is ever looked at, so any origin may be told anything that its own key gets it: which origins a key works from
is the key's matter, and refused by the server, not by the browser.
"""

from collections.abc import Sequence

from app.chain.request import Answer, Request, head_lines

# Seconds that a browser may remember a preflight; none remembers one for longer.
REMEMBERED = 7200
ALLOWED_HEADERS = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-None-Match",
    "X-DZ-Nonce",
    "X-DZ-Signature",
    "X-DZ-Timestamp",
    "X-Request-Id",
)
EXPOSED_HEADERS = (
    "ETag",
    "Idempotency-Replayed",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Cache",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-Request-Id",
)
ANY_ORIGIN = (b"access-control-allow-origin", b"*")
HEAD = head_lines([ANY_ORIGIN, (b"access-control-expose-headers", ", ".join(EXPOSED_HEADERS).encode())])


def is_preflight(request: Request) -> bool:
    """Tell whether a browser asks what it may send."""
    asked = b"origin" in request.headers and b"access-control-request-method" in request.headers
    return request.method == "OPTIONS" and asked


def preflight(methods: Sequence[str]) -> Answer:
    """Return the answer to a preflight: any page may try these methods with our headers."""
    headers = [
        ANY_ORIGIN,
        (b"access-control-allow-methods", ", ".join(methods).encode()),
        (b"access-control-allow-headers", ", ".join(ALLOWED_HEADERS).encode()),
        (b"access-control-max-age", b"%d" % REMEMBERED),
    ]
    return Answer(204, b"", headers=headers)


def head(request: Request) -> bytes:
    """Return what lets a page read the answer, errors included; nothing for a platform key, which is for servers."""
    if b"origin" not in request.headers:
        return b""
    bearer = request.headers.get(b"authorization", b"").strip()[:6].lower() == b"bearer"
    return b"" if bearer else HEAD
