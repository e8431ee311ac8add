"""`/dz.js`: the tag that any website may load, to count its signups and events."""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from litestar import Request, Response, get

SOURCE: Final = Path(__file__).parent / "dz.js"
# Its address stands in pages that we don't write, so it can't change with its content; a browser asks again after this.
FRESH: Final = 3_600
# What a browser must be told to let another origin's page load it, whatever that page's own rules.
FOR_ALL: Final = {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}


class Tag(NamedTuple):
    """The tag's text, plain and compressed, and its validator."""

    plain: bytes
    gzipped: bytes
    etag: str


@lru_cache(maxsize=1)
def tag() -> Tag:
    """Return the tag, compressed once."""
    plain = SOURCE.read_bytes()
    return Tag(plain, gzip.compress(plain, 9, mtime=0), f'"{hashlib.sha256(plain).hexdigest()[:32]}"')


@get("/dz.js", include_in_schema=False, sync_to_thread=False)
def dz_js(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the tag, or 304 to a browser that has it."""
    found = tag()
    headers = {
        **FOR_ALL,
        "cache-control": f"public, max-age={FRESH}, stale-while-revalidate=86400",
        "vary": "Accept-Encoding",
        "etag": found.etag,
        "x-content-type-options": "nosniff",
    }
    # A proxy that compresses anew marks the validator as weak.
    if found.etag in request.headers.get("if-none-match", "").replace("W/", ""):
        return Response(b"", status_code=304, headers=headers)
    body = found.plain
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["content-encoding"] = found.gzipped, "gzip"
    return Response(body, media_type="text/javascript; charset=utf-8", headers=headers)
