"""Which media type an answer has: what the client's `Accept` likes best of what there is (RFC 9110 §12.5.1)."""

import re
from functools import lru_cache

from app.chain.request import JSON, Request

GRAPHQL_JSON = b"application/graphql-response+json"
HTML = b"text/html"
# In the order of our own liking, for ranges that a client likes alike: the newer type only where it is named, as
# GraphQL over HTTP gives plain JSON to who accepts anything.
NAMED = (GRAPHQL_JSON, JSON)
UNNAMED = (JSON, GRAPHQL_JSON)
QUALITY = re.compile(rb"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")
LONGEST = 4_096


def media_type(request: Request) -> bytes:
    """Return the type of a GraphQL response. An `Accept` that has neither is disregarded, which the RFC allows.

    A mutation that ran would be told as little by a 406 as by nothing.
    """
    return _media_type(request.headers.get(b"accept", b"")[:LONGEST])


def wants_page(request: Request) -> bool:
    """Tell whether this is a browser that shows a page: it names HTML, and likes no other of ours better."""
    liked = _qualities(request.headers.get(b"accept", b"")[:LONGEST])
    html = liked.get(HTML, 0.0)
    return html > 0 and html >= max(liked.get(GRAPHQL_JSON, 0.0), liked.get(JSON, 0.0))


@lru_cache(maxsize=256)
def _media_type(accept: bytes) -> bytes:
    liked = _qualities(accept)
    named = max(NAMED, key=lambda each: liked.get(each, 0.0))
    best = liked.get(named, 0.0)
    for wildcard in (b"application/*", b"*/*"):
        unnamed = [each for each in UNNAMED if each not in liked]
        if wildcard in liked and unnamed:
            # The narrower range speaks for the wider one, too.
            return unnamed[0] if liked[wildcard] > best else named if best > 0 else JSON
    return named if best > 0 else JSON


def _qualities(accept: bytes) -> dict[bytes, float]:
    """Return how much the client likes each range that it names, from 0 to 1; what is no range is left out."""
    liked: dict[bytes, float] = {}
    for part in accept.lower().split(b","):
        range_, *parameters = (each.strip() for each in part.split(b";"))
        quality = next((each[2:].strip() for each in parameters if each.startswith(b"q=")), b"1")
        if range_ and QUALITY.fullmatch(quality):
            liked[range_] = max(float(quality), liked.get(range_, 0.0))
    return liked
