"""What a field may not be, told from its JSON Schema alone; as JSON text, since much of it no encoder writes."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from graph.rules import STORABLE, STORABLE_VISIBLE

HUGE = "1" + "0" * 400
DEEP = '{"a":' * 5_000 + "1" + "}" * 5_000
MANY = "[" + ",".join(["1"] * 10_000) + "]"
TWICE = '{"a": "1", "\\u0061": "2"}'
NO_TEXT = ['"a\\u0000b"', '"\\ud800"', '"\\udc00\\ud800"', "5", "true", "[]", "{}", MANY]
WRONG = {
    "string": NO_TEXT,
    "integer": ["1e3", "1.0", "-0.0", "1E400", "true", "[]", "{}", "9223372036854775808", "-9223372036854775809"],
    "number": ["1e400", "-1e400", "true", '"NaN"', "[]"],
    "boolean": ['"true"', "[]", "{}", '"\\ud800"'],
    "array": ["{}", '"x"', "1", "true", MANY],
    "object": ["[]", '"x"', "1", "true", MANY],
}
DATES = [
    '"2020-02-30"',
    '"٢٠٢٠-٠١-٠١"',
    '"1e3"',
    "1588255330",
]
# Those for which the whole body is refused, as it is no JSON of ours: such an error may name no field.
UNREADABLE = [HUGE, DEEP, TWICE]
# A text for each pattern that a field may have.
SAMPLES = ("x", "https://example.dz/1", "#0f766e", "amina@example.dz", "0555123456", "a" * 32, "DZ")

# And for each format.
FORMATS = {"date-time": "2090-01-01T00:00:00Z", "date": "2026-04-30", "ipv4": "203.0.113.7"}

TEXTS = {
    "Arabic with direction marks": "\u200fقميص\u202b أحمر\u202c \u2067x\u2069",
    "emoji of four bytes": "🧶👩🏽‍🚀🇩🇿",
    "combining": "e\u0301\u0323 ك\u0651\u064e",
    "not normalized": "ﬁ ﷺ Å \u212b",
    "zero width": "a\u200b\u200c\u200d\ufeffb",
    "controls": "a\x01\x1b[31m\x7f\x85b",
    "line breaks": "a\r\nb\u2028c\u2029d\te",
    "quotes and code": "'; DROP TABLE x; -- \"\\ ${x} {{y}} %s <b>",
    "beyond and private": "\U0010ffff\ue000\ufffd\ufffe",
    "Tifinagh": "ⴰⵣⵓⵍ",
}


class Place(NamedTuple):
    """A field, by its path through objects and lists, and what it may be."""

    path: tuple[str | int, ...]
    schema: dict[str, Any]


def places(schema: dict[str, Any], path: tuple[str | int, ...] = ()) -> Iterator[Place]:
    """Give every field of a body, those inside of others too."""
    if path:
        yield Place(path, schema)
    for name, below in schema.get("properties", {}).items():
        yield from places(below, (*path, name))
    if "items" in schema:
        yield from places(schema["items"], (*path, 0))


def wrong(schema: dict[str, Any]) -> list[str]:
    """Return what a field of this schema may not be."""
    kind = kind_of(schema)
    dates = DATES if schema.get("format") == "date-time" else []
    null = [] if isinstance(schema["type"], list) else ["null"]
    free = kind == "object" and schema.get("additionalProperties") is not False
    inside = ['{"\\ud800": "x"}', '{"a": "\\ud800"}', '{"a": "\\u0000"}'] if free else []
    return [*WRONG[kind], *dates, *null, *inside]


def kind_of(schema: dict[str, Any]) -> str:
    kind = schema["type"]
    return str(kind[0] if isinstance(kind, list) else kind)


def is_free_text(schema: dict[str, Any]) -> bool:
    """Tell whether a field takes any text."""
    return (
        kind_of(schema) == "string" and "enum" not in schema and schema.get("pattern") in (STORABLE, STORABLE_VISIBLE)
    )


def sample(schema: dict[str, Any], text: str = "x") -> Any:
    """Return something that a field may be, with this for each text that is free."""
    kind = kind_of(schema)
    if "enum" in schema:
        return schema["enum"][0]
    if kind == "object":
        required = schema.get("required", ())
        return {name: sample(below, text) for name, below in schema.get("properties", {}).items() if name in required}
    if kind == "array":
        return [sample(schema["items"], text)] if schema.get("minItems") else []
    if kind == "string":
        return text if is_free_text(schema) else _text_of(schema)
    return {"integer": max(schema.get("minimum", 0), 0), "number": 1.5, "boolean": True}[kind]


def _text_of(schema: dict[str, Any]) -> str:
    form = schema.get("format") or schema.get("anyOf", [{}])[0].get("format")
    if form in FORMATS:
        return FORMATS[form]
    return next(each for each in SAMPLES if re.search(schema["pattern"], each))


def written(value: Any, path: tuple[str | int, ...], text: str, schema: dict[str, Any]) -> str:
    """Return the JSON text of a value whose field at a path is this text; what is on the way there is made."""
    if not path:
        return text
    head, *rest = path
    if isinstance(head, int):
        below = schema["items"]
        return f"[{written(sample(below), tuple(rest), text, below)}]"
    members = value if isinstance(value, dict) else {}
    below = schema["properties"][head]
    inner = written(members.get(head, sample(below)), tuple(rest), text, below)
    others = [f"{json.dumps(name)}: {json.dumps(member)}" for name, member in members.items() if name != head]
    return "{" + ", ".join([*others, f"{json.dumps(head)}: {inner}"]) + "}"
