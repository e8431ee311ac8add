"""How what anybody may read goes out: under a validator of its content, and compressed once."""

import gzip
import hashlib
import re
from functools import lru_cache
from typing import Any, Final

from litestar import Request, Response

from app.pages.site import HEADERS

KEPT: Final = {*HEADERS, "etag", "vary", "cache-control"}
TAG: Final = re.compile(r'"[0-9a-f]{32}"')
# The pages of one language, nearly.
COMPRESSED: Final = 32
LEVEL: Final = 6


def tagged(request: Request[Any, Any, Any], answer: Response[Any]) -> Response[Any]:
    """Return an answer that is the same for all who ask so, or 304 to who has it."""
    content = answer.content if isinstance(answer.content, bytes) else str(answer.content).encode()
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    # A weak one, as it names the text, however that is compressed.
    answer.headers["etag"] = f"W/{tag}"
    answer.headers["vary"] = ", ".join(filter(None, (answer.headers.get("vary"), "Accept-Encoding")))
    if tag in TAG.findall(request.headers.get("if-none-match", "")):
        headers = {name: value for name, value in answer.headers.items() if name in KEPT}
        return Response(b"", status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        answer.content = _compressed(content)
        answer.headers["content-encoding"] = "gzip"
    return answer


def file(request: Request[Any, Any, Any], body: bytes, media_type: str, *, by_language: bool = False) -> Response[Any]:
    """Return a file that anybody may read and keep for a minute; not `by_language`, which is each reader's own."""
    headers = {
        "cache-control": "private, no-cache" if by_language else "public, max-age=60, stale-while-revalidate=3600",
        "x-content-type-options": "nosniff",
        "access-control-allow-origin": "*",
    }
    return tagged(request, Response(body, media_type=media_type, headers=headers))


@lru_cache(maxsize=COMPRESSED)
def _compressed(content: bytes) -> bytes:
    return gzip.compress(content, LEVEL, mtime=0)
