"""A request's four members, from a body or a query string; each of its type, or refused by its name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from app.chain.body import decode_object, require_json
from app.chain.idempotency import HEADER
from app.chain.request import Request
from graph import documents
from graph.errors import ApiError, bad_request
from graph.kept import Kept

MEMBERS = frozenset({"query", "variables", "operationName", "extensions"})
# Bodies that came before, of the lengths that pages send: what was made of one is not made again.
LONGEST_KEPT = 16 * 1024
# What a body weighs beside its length, and how many times that length what was made of it.
KEPT_WEIGHT, KEPT_TIMES = 1_000, 6


@dataclass(frozen=True, slots=True)
class Given:
    """What was sent. `query` is None where another member has to say which document is meant.

    It may be another request's, too: nobody changes what is in it.
    """

    query: str | None
    variables: Mapping[str, Any] | None
    name: str | None
    extensions: dict[str, Any]
    raw: bytes


_kept: Kept[bytes, Given] = Kept(count=1_024, weight=16 * 1024 * 1024)


class Malformed(Exception):
    """It is no GraphQL request at all, so its status is HTTP's in every media type."""

    def __init__(self, error: ApiError) -> None:
        super().__init__(error.message)
        self.error = error


async def read(request: Request) -> Given:
    """Return what a request sent.

    Raises:
        Malformed: it isn't what GraphQL over HTTP asks for.
    """
    try:
        raw = await request.body()
        if request.method == "GET":
            return _weighed(_from_query(request), raw)
        require_json(request)
        given = _kept.get(raw)
        if given is None:
            given = _weighed(_from_body(raw), raw)
            if len(raw) <= LONGEST_KEPT and not _is_write(request):
                _kept.put(raw, given, KEPT_WEIGHT + KEPT_TIMES * len(raw))
    except ApiError as error:
        raise Malformed(error) from error
    return given


def _is_write(request: Request) -> bool:
    """Tell whether a request means to change something: its body has people's data in it, and does not come again."""
    return HEADER in request.headers


def has_query(request: Request) -> bool:
    """Tell whether a `GET` asks for more than the page."""
    names = {part.partition(b"=")[0] for part in request.scope["query_string"].split(b"&")}
    return not names.isdisjoint({b"query", b"extensions"})


def _from_body(raw: bytes) -> dict[str, Any]:
    if raw.lstrip()[:1] == b"[":
        raise bad_request("Batches are not taken: send one operation a request")
    return decode_object(raw)


def _from_query(request: Request) -> dict[str, Any]:
    try:
        pairs = parse_qsl(request.scope["query_string"].decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise bad_request("The query string must be percent-encoded UTF-8") from error
    given: dict[str, Any] = {name: value for name, value in pairs if name in MEMBERS}
    for name in ("variables", "extensions"):
        text = given.pop(name, None)
        if text and text != "null":
            given[name] = _decoded(name, text)
    return given


def _decoded(name: str, text: str) -> dict[str, Any]:
    try:
        return decode_object(text.encode())
    except ApiError as error:
        raise bad_request(error.message.replace("The body", f"The parameter {name}", 1)) from error


def _checked(members: Mapping[str, Any], raw: bytes) -> Given:
    query, name = _text(members, "query"), _text(members, "operationName")
    extensions = _object(members, "extensions") or {}
    if query is None and "persistedQuery" not in extensions:
        raise bad_request("query must be a string with a GraphQL document in it")
    return Given(query, _object(members, "variables"), name, extensions, raw)


def _weighed(members: Mapping[str, Any], raw: bytes) -> Given:
    given = _checked(members, raw)
    documents.require_few_values(given.variables)
    return given


def _text(members: Mapping[str, Any], name: str) -> str | None:
    value = members.get(name)
    if value is not None and not isinstance(value, str):
        raise bad_request(f"{name} must be a string")
    return value if value and value.strip() else None


def _object(members: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    value = members.get(name)
    if value is not None and not isinstance(value, dict):
        raise bad_request(f"{name} must be an object")
    return value
