"""What the contract says of operations, for the pages: the document that `openapi.yaml` is made of, read once."""

import re
from functools import lru_cache
from typing import Any, Final, NamedTuple

from app.pages.docs.samples import Sent, indented, samples
from rest_compat.openapi import document
from rest_compat.openapi.examples import EXAMPLES, Example, meta
from rest_compat.openapi.schemas import TIME

METHODS: Final = ("get", "post", "put", "patch", "delete")
PARAMETER: Final = re.compile(r"\{(\w+)\}")
# A text that may be longer has no limit that anybody would meet.
ENDLESS: Final = 16_384
# Headers that every write or read has, which pages of their own tell of.
TOLD_ELSEWHERE: Final = {"Idempotency-Key", "X-Request-Id", "If-None-Match"}


class Operation(NamedTuple):
    """One operation of `/v1`, as OpenAPI describes it."""

    method: str
    path: str
    described: dict[str, Any]


@lru_cache(maxsize=1)
def contract() -> dict[str, Any]:
    """Return the OpenAPI document."""
    return document()


@lru_cache(maxsize=1)
def operations() -> dict[str, Operation]:
    """Return every operation by its id."""
    return {
        described["operationId"]: Operation(method.upper(), path, described)
        for path, methods in contract()["paths"].items()
        for method, described in methods.items()
    }


def resolved(value: dict[str, Any]) -> dict[str, Any]:
    """Return what a reference refers to, or the value itself."""
    name = value.get("$ref")
    if name is None:
        return value
    kind, member = name.split("/")[2:]
    found: dict[str, Any] = contract()["components"][kind][member]
    return found


def table_of(tag: str) -> str:
    """Return the operations of a tag as a Markdown table that leads to each."""
    rows = ["| Request | Scope | What it does |", "|---|---|---|"]
    for name, each in operations().items():
        if tag in each.described["tags"]:
            scope = f"`{each.described['x-required-scope']}`" if "x-required-scope" in each.described else "any key"
            added = " *(addition)*" if each.described.get("x-addition") else ""
            title = each.described["summary"]
            rows.append(f"| `{each.method} {each.path}` | {scope} | [{title}](#{anchor_of(name)}){added} |")
    return "\n".join(rows)


def anchor_of(operation_id: str) -> str:
    """Return the anchor of an operation's heading: its summary in small letters."""
    return re.sub(r"[^\w]+", "-", operations()[operation_id].described["summary"].lower()).strip("-")


def told(operation_id: str) -> str:
    """Return all there is to say of an operation, as Markdown: what it takes, a request, and its answer."""
    each = operations()[operation_id]
    parts = [f"## {each.described['summary']}", f"`{each.method} {each.path}`", each.described["description"]]
    parameters = [resolved(parameter) for parameter in each.described["parameters"]]
    asked = [one for one in parameters if one["name"] not in TOLD_ELSEWHERE and one["in"] != "path"]
    if asked and each.described["security"] != [{"publicKey": []}]:
        parts.append(_table("Parameter", [(one["name"], one["schema"], _parameter_note(one)) for one in asked]))
    if "requestBody" in each.described:
        schema = resolved(each.described["requestBody"]["content"]["application/json"]["schema"])
        parts.append(_table("Field", _members(schema)))
    if each.described["security"] != [{"publicKey": []}]:
        parts.append(example(operation_id))
    return "\n\n".join(parts)


def example(operation_id: str, name: str = "") -> str:
    """Return one of an operation's examples, the first if none is named: the request in each language, its answer."""
    examples = EXAMPLES[operation_id]
    chosen = examples[name] if name else next(iter(examples.values()))
    return f"{samples(sent(operation_id, chosen))}\n\n{answer(chosen)}"


def sent(operation_id: str, chosen: Example) -> Sent:
    """Return the request of an example."""
    each = operations()[operation_id]
    path = each.path
    for name in PARAMETER.findall(path):
        path = path.replace(f"{{{name}}}", str(_named(name, chosen)))
    return Sent(each.method, path, chosen.query, chosen.body, needs_key=bool(each.described["security"]))


def answer(chosen: Example) -> str:
    """Return the fence of an example's answer."""
    value = {"data": chosen.data, "meta": meta()}
    mark = " excerpt" if chosen.excerpt else ""
    return f"```json answer{mark}\n{indented(value)}\n```"


def fields(schema: str) -> str:
    """Return the members of a component as a Markdown table."""
    return _table("Field", _members(contract()["components"]["schemas"][schema], answered=True))


def _named(parameter: str, chosen: Example) -> object:
    """Return what an example's path names: the row that it answers with, or the one of the resource's examples."""
    if parameter == "webhook_id":
        return EXAMPLES["getWebhook"]["erp"].data["id"]
    if parameter == "delivery_id":
        return EXAMPLES["replayWebhookDelivery"]["test"].data["id"]
    member = parameter if parameter in chosen.data else "id"
    return chosen.data[member]


def _members(schema: dict[str, Any], before: str = "", *, answered: bool = False) -> list[tuple[str, Any, str]]:
    """Return name, schema and note of each member, those of objects within it as `outer.inner`."""
    found = []
    members = dict(schema.get("properties", {}))
    for part in schema.get("allOf", []):
        members = {**resolved(part).get("properties", {}), **members}
    for name, given in members.items():
        each = {**resolved(given), **{key: value for key, value in given.items() if key != "$ref"}}
        note = each.get("description", "")
        if not answered and name in schema.get("required", []):
            note = f"**Required.** {note}"
        if each.get("x-addition"):
            note = f"{note} *(addition)*"
        found.append((f"{before}{name}", each, note))
        inner = _inner(each)
        if inner is not None and not before:
            mark = "[]." if "items" in each else "."
            found += _members(inner, f"{name}{mark}", answered=answered)
    return found


def _inner(schema: dict[str, Any]) -> dict[str, Any] | None:
    """Return the object that a member is, or is a list of; None for any other."""
    inner = resolved(schema.get("items", schema))
    for part in (inner, *map(resolved, inner.get("anyOf", []))):
        if "properties" in part:
            return part
    return None


def _parameter_note(parameter: dict[str, Any]) -> str:
    note = str(parameter["description"]).strip()
    return f"{note} *(addition)*" if parameter.get("x-addition") else note


def _table(first: str, rows: list[tuple[str, Any, str]]) -> str:
    lines = [f"| {first} | Type | What it is |", "|---|---|---|"]
    for name, schema, note in rows:
        text = " ".join(note.split()).replace("|", "\\|")
        lines.append(f"| `{name}` | {_type(schema)} | {text} |")
    return "\n".join(lines)


def _type(schema: dict[str, Any]) -> str:
    """Return what a value may be, in a few words."""
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(resolved(each)) for each in schema["anyOf"]))
    kinds = schema.get("type", "object")
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    if "enum" in schema:
        words = [", ".join(f"`{each}`" for each in schema["enum"] if each is not None)]
    elif schema.get("format") in {"date-time", "date"} or schema.get("pattern") == TIME["pattern"]:
        words = ["time"]
    elif "array" in kinds:
        words = [f"list of {_type(resolved(schema.get('items', {})))}"]
    else:
        words = [kind for kind in kinds if kind != "null"]
    nullable = " or null" if "null" in kinds else ""
    limits = _limits(schema, kinds)
    default = f"; `{_literal(schema['default'])}` if left out" if "default" in schema else ""
    return f"{words[0] if words else 'null'}{limits}{nullable}{default}"


def _limits(schema: dict[str, Any], kinds: list[str]) -> str:
    if "enum" in schema:
        return ""
    if "string" in kinds and schema.get("maxLength", ENDLESS) < ENDLESS:
        fewest = f"{schema['minLength']}–" if schema.get("minLength") else "up to "
        return f", {fewest}{schema['maxLength']:,} characters"
    if "integer" in kinds and schema.get("maximum", 2**31) < 2**31 - 1:
        return f", {schema.get('minimum', 0)} to {schema['maximum']:,}"
    if "array" in kinds and "maxItems" in schema:
        return f", {schema.get('minItems', 0)} to {schema['maxItems']:,}"
    return ""


def _literal(value: object) -> str:
    return value if isinstance(value, str) else indented(value)
