"""Entity tags: what names the `data` of an answer, and whether a request names it (RFC 9110 §8.8.3, §13.1)."""

import hashlib

ETAG_LENGTH = 26


def etag(data: bytes) -> str:
    """Return the entity tag of an answer's `data`."""
    return f'"{hashlib.sha256(data).hexdigest()[: ETAG_LENGTH - 2]}"'


def matches(given: bytes | None, tag: str, *, strong: bool = False) -> bool:
    """Tell whether an `If-None-Match` or, with the `strong` comparison, an `If-Match` names this entity tag."""
    if given is None:
        return False
    tags = [each.strip() for each in given.decode("latin-1").split(",")]
    return "*" in tags or tag in (tags if strong else [each.removeprefix("W/") for each in tags])
