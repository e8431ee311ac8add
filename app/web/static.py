"""Static files: compressed once, under names that change with their content, so that a browser keeps them for good."""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

PATH = "/static"
FOLDER = Path(__file__).parent / "static"
VENDORED = FOLDER / "vendored"
MEDIA_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
FONT, FONT_TYPE = ".woff2", "font/woff2"
HASH_DIGITS = 16
# How a style sheet of ours names a file that stands beside it.
NAMED = re.compile(rb"url\(static:([\w.-]+)\)")


@dataclass(frozen=True, slots=True)
class File:
    """One file: in plain only where somebody wants it so. A font is compressed by itself, and has no other form."""

    name: str
    hash: str
    gzipped: bytes
    brotli: bytes | None
    font: bytes | None = None

    @property
    def url(self) -> str:
        """Return the path that a page names it by."""
        stem, _, suffix = self.name.rpartition(".")
        return f"{PATH}/{stem}.{self.hash}.{suffix}"

    def encoded(self, accepted: str) -> tuple[bytes, str | None]:
        """Return the file's bytes as a client takes them, and the name of their encoding."""
        if self.font is not None:
            return self.font, None
        offered = {part.strip() for part in accepted.lower().replace(" ", "").split(",")}
        if self.brotli is not None and "br" in offered:
            return self.brotli, "br"
        return (self.gzipped, "gzip") if "gzip" in offered else (gzip.decompress(self.gzipped), None)


@lru_cache(maxsize=1)
def files() -> dict[str, File]:
    """Return every file by its name; those of others are compressed in the repository already."""
    found = {}
    for path in VENDORED.glob("*.gz"):
        gzipped = path.read_bytes()
        plain = gzip.decompress(gzipped)
        found[path.stem] = File(path.stem, _hash(plain), gzipped, path.with_suffix(".br").read_bytes())
    for path in VENDORED.glob(f"*{FONT}"):
        content = path.read_bytes()
        found[path.name] = File(path.name, _hash(content), b"", None, content)
    for path in FOLDER.glob("*.*"):
        if path.suffix in MEDIA_TYPES:
            plain = NAMED.sub(lambda named: f"url({found[named[1].decode()].url})".encode(), path.read_bytes())
            found[path.name] = File(path.name, _hash(plain), gzip.compress(plain, 9, mtime=0), None)
    return found


def url(name: str) -> str:
    """Return the path of a file."""
    return files()[name].url


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:HASH_DIGITS]


@lru_cache(maxsize=1)
def _by_path() -> dict[str, File]:
    return {file.url: file for file in files().values()}


@get(f"{PATH}/{{name:str}}", include_in_schema=False, sync_to_thread=False)
def static_file(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """Return a file under the name of its content; an older name is gone."""
    file = _by_path().get(f"{PATH}/{name}")
    if file is None:
        raise NotFoundException
    body, encoding = file.encoded(request.headers.get("accept-encoding", ""))
    headers = {
        "cache-control": "public, max-age=31536000, immutable",
        "vary": "Accept-Encoding",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
    }
    if encoding is not None:
        headers["content-encoding"] = encoding
    return Response(body, media_type=MEDIA_TYPES.get(Path(file.name).suffix, FONT_TYPE), headers=headers)
