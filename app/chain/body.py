"""JSON in: decoded here and nowhere else, so that nothing a client can send is a crash (`contract.md §1`)."""

import json
import re
from collections.abc import Iterable
from typing import Any

from app.chain.request import Request
from graph.errors import ApiError, Code, bad_request

MAXIMUM_DEPTH = 64
# More digits than this fit no field, and cost time quadratic in their number.
MAXIMUM_DIGITS = 30
# Where there is nothing like it, no number is looked at: a body may have half a million of them.
LONG = re.compile(rb"[0-9]{%d}" % (MAXIMUM_DIGITS + 1))
CONTAINERS = (dict, list)


def require_json(request: Request) -> None:
    """Let a body of `application/json` in UTF-8 pass.

    Raises:
        ApiError: `unsupported_media_type`.
    """
    media_type, _, parameters = request.headers.get(b"content-type", b"").decode("latin-1").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if media_type.strip().lower() != "application/json" or charset not in ("", "charset=utf-8", "charset=utf8"):
        raise ApiError(
            Code.UNSUPPORTED_MEDIA_TYPE, "Send the body as JSON in UTF-8, with Content-Type: application/json"
        )


def decode_object(raw: bytes) -> dict[str, Any]:
    """Return a body's JSON object.

    Raises:
        ApiError: `bad_request` for anything else: no JSON, not UTF-8, a member twice, NUL, nested too deeply.
    """
    try:
        value = (_careful if LONG.search(raw) else _decoder).decode(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise bad_request("The body is not UTF-8") from error
    except RecursionError as error:
        raise bad_request("The body is nested too deeply") from error
    except ValueError as error:
        raise bad_request(f"The body is not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise bad_request("The body must be a JSON object")
    if _too_deep(value):
        raise bad_request("The body is nested too deeply")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("an object has the same member twice")
    if "\0" in "".join(members):
        raise ValueError("a member's name has a NUL character")
    return members


def _refused_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _integer(digits: str) -> int:
    if len(digits) > MAXIMUM_DIGITS:
        raise ValueError(f"a number has more than {MAXIMUM_DIGITS} digits")
    return int(digits)


_decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refused_constant)
_careful = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refused_constant, parse_int=_integer)


def _too_deep(value: Any) -> bool:
    """Tell whether there are more than `MAXIMUM_DEPTH` lists and objects in one another."""
    level = [value]
    for _ in range(MAXIMUM_DEPTH):
        level = [inner for each in level for inner in _members(each) if isinstance(inner, CONTAINERS)]
        if not level:
            return False
    return True


def _members(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value
