"""What a value may be: the one place where a field's type and limits are said.

REST bodies and query parameters, GraphQL inputs, CSV imports and `openapi.yaml` all read the same rules.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from graph.errors import Detail, invalid_fields

MONEY_MAXIMUM = 10**12
INTEGER_MAXIMUM = 2**31 - 1
BLANKS = " \t\r\n"
# The same as `text` checks, for JSON Schema: no NUL, and something besides blanks.
STORABLE = r"^[^\u0000]*$"
STORABLE_VISIBLE = r"^[^\u0000]*[^\u0000 \t\r\n][^\u0000]*$"
# What PostgreSQL's text can't hold: NUL, and half of a surrogate pair.
NOT_STORABLE = re.compile("[\0\ud800-\udfff]")
METADATA_MEMBERS = 50
METADATA_KEY = 40
METADATA_VALUE = 500


class Inside(ValueError):
    """What is wrong inside a value: a detail for each member, by its path from the value."""

    def __init__(self, details: list[Detail]) -> None:
        super().__init__("; ".join(f"{detail.field} {detail.message}" for detail in details))
        self.details = details


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of value.

    Attributes:
        check: takes a JSON value (never None) and returns what is stored; raises ValueError saying what to change.
        schema: the same as a JSON Schema.
        nullable: an explicit null is taken, and clears the field.
        from_text: reads the value from a query parameter; None where it can't stand in one.
    """

    check: Callable[[Any], Any]
    schema: Mapping[str, Any]
    nullable: bool = False
    from_text: Callable[[str], Any] | None = None

    def or_null(self) -> "Rule":
        """Return the rule that also takes null."""
        schema = dict(self.schema)
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
        return Rule(self.check, schema, nullable=True)


def text(minimum: int = 0, maximum: int = 65_535, pattern: str | None = None, hint: str = "") -> Rule:
    """Return the rule of a string of `minimum` to `maximum` characters, none of them NUL.

    Args:
        minimum: the fewest characters; 1 or more also refuses blanks alone.
        maximum: the most characters.
        pattern: what the whole must match.
        hint: how to write it, for the error's message.
    """
    compiled = re.compile(pattern) if pattern else None

    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError("must be a string")
        if not minimum <= len(value) <= maximum or (minimum and not value.strip(BLANKS)):
            if minimum == maximum and hint:
                raise ValueError(hint)
            raise ValueError(f"must have {minimum} to {maximum} characters" + (", not only blanks" if minimum else ""))
        if NOT_STORABLE.search(value):
            raise ValueError("must not contain NUL or half a surrogate pair")
        if compiled and not compiled.fullmatch(value):
            raise ValueError(hint)
        return value

    shortest = {"minLength": minimum} if minimum else {}
    shown = f"^(?:{pattern})$" if pattern else STORABLE_VISIBLE if minimum else STORABLE
    schema = {"type": "string", **shortest, "maxLength": maximum, "pattern": shown}
    return Rule(check, schema, from_text=check)


def integer(minimum: int = 0, maximum: int = INTEGER_MAXIMUM) -> Rule:
    """Return the rule of a JSON integer in a range. `1.0`, `1e3`, `true` and `"1"` are none."""

    def check(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError("must be an integer, without a decimal point, an exponent or quotes")
        if not minimum <= value <= maximum:
            raise ValueError(f"must be from {minimum} to {maximum}")
        return value

    def from_text(value: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,19}", value):
            raise ValueError("must be an integer")
        return check(int(value))

    return Rule(check, {"type": "integer", "minimum": minimum, "maximum": maximum}, from_text=from_text)


def money() -> Rule:
    """Return the rule of an amount: whole Algerian dinars, 0 to 10^12 (`contract.md §1`)."""
    return integer(0, MONEY_MAXIMUM)


def number(minimum: float, maximum: float) -> Rule:
    """Return the rule of a JSON number in a range."""

    def check(value: Any) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            raise ValueError("must be a number")
        if not minimum <= value <= maximum:
            raise ValueError(f"must be from {minimum} to {maximum}")
        return float(value)

    return Rule(check, {"type": "number", "minimum": minimum, "maximum": maximum})


def boolean() -> Rule:
    """Return the rule of `true` or `false`."""

    def check(value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError("must be true or false")
        return value

    def from_text(value: str) -> bool:
        return check({"true": True, "false": False}.get(value))

    return Rule(check, {"type": "boolean"}, from_text=from_text)


def choice(*values: str) -> Rule:
    """Return the rule of one of a few words."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in values:
            raise ValueError(f"must be one of {', '.join(values)}")
        return value

    return Rule(check, {"type": "string", "enum": list(values)}, from_text=check)


def identifier() -> Rule:
    """Return the rule of a row's id: a positive integer that a JavaScript number holds."""
    return integer(1, 2**53 - 1)


def moment() -> Rule:
    """Return the rule of an ISO 8601 time or date; without a zone it is UTC."""

    def check(value: Any) -> datetime:
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        try:
            # A plus sign that nobody escaped arrives in a query string as a blank.
            parsed = datetime.fromisoformat(re.sub(r" (\d{2}:\d{2})$", r"+\1", value) if value[19:] else value)
            return _in_utc(parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC))
        except (ValueError, TypeError, OverflowError) as error:
            raise ValueError("must be an ISO 8601 time such as 2026-04-30T14:22:10Z") from error

    return Rule(check, {"type": "string", "format": "date-time"}, from_text=check)


def _in_utc(given: datetime) -> datetime:
    """Return a moment in UTC; one that is beyond the calendar's ends there, at that end."""
    try:
        return given.astimezone(UTC)
    except OverflowError:
        end = (1, 1, 1) if given.year == 1 else (9999, 12, 31)
        return datetime(*end, tzinfo=UTC)


def color() -> Rule:
    """Return the rule of a colour as `#rrggbb`; it is stored in lower case."""
    written = text(7, 7, "#[0-9A-Fa-f]{6}", "must be a colour like #0f766e")
    return Rule(lambda value: written.check(value).lower(), written.schema)


def member(members: Mapping[str, Rule], required: tuple[str, ...] = ()) -> Rule:
    """Return the rule of an object whose members have rules of their own; an error names the member by its path."""
    return _object(Form(members, required))


def _object(form: "Form") -> Rule:
    def check(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise ValueError("must be an object")
        checked, details = _checked(form, value)
        if details:
            raise Inside(details)
        return checked

    return Rule(check, form.schema())


def metadata() -> Rule:
    """Return the rule of `metadata`: an object of up to 50 string values (`contract.md §12`)."""
    key_rule, value_rule = text(1, METADATA_KEY), text(0, METADATA_VALUE)

    def check(value: Any) -> dict[str, str]:
        if not isinstance(value, Mapping):
            raise ValueError("must be an object of strings")
        if len(value) > METADATA_MEMBERS:
            raise ValueError(f"must have at most {METADATA_MEMBERS} members")
        for key, member in value.items():
            try:
                key_rule.check(key)
                value_rule.check(member)
            except ValueError as error:
                raise ValueError(
                    f"must have keys of 1 to {METADATA_KEY} characters and string values of at most "
                    f"{METADATA_VALUE}: {key[:METADATA_KEY]!r} has not"
                ) from error
        return dict(value)

    schema = {
        "type": "object",
        "maxProperties": METADATA_MEMBERS,
        "propertyNames": dict(key_rule.schema),
        "additionalProperties": dict(value_rule.schema),
    }
    return Rule(check, schema)


def strings(each: Rule, minimum: int, maximum: int) -> Rule:
    """Return the rule of a list of strings, each of one rule and there once; an error names it by its place."""

    def check(value: Any) -> list[str]:
        if not isinstance(value, list):
            raise ValueError("must be a list")
        if not minimum <= len(value) <= maximum:
            raise ValueError(f"must have {minimum} to {maximum} items")
        checked, details = [], []
        for place, given in enumerate(value):
            try:
                checked.append(each.check(given))
            except ValueError as error:
                details += _told(str(place), error)
        if details:
            raise Inside(details)
        if len(set(checked)) < len(checked):
            raise ValueError("must name each once")
        return checked

    limits = {"minItems": minimum, "maxItems": maximum, "uniqueItems": True}
    return Rule(check, {"type": "array", "items": dict(each.schema), **limits})


def items(
    members: Mapping[str, Rule],
    required: tuple[str, ...],
    maximum: int,
    minimum: int = 0,
    either: tuple[str, str] | None = None,
    some: tuple[str, ...] = (),
) -> Rule:
    """Return the rule of a list of `minimum` to `maximum` objects, which are as a `Form` of the other arguments.

    An error names the member by its path.
    """
    form = Form(members, required, either, some)
    one = _object(form)

    def check(value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list):
            raise ValueError("must be a list")
        if not minimum <= len(value) <= maximum:
            raise ValueError(f"must have {f'{minimum} to' if minimum else 'at most'} {maximum} items")
        checked, details = [], []
        for place, each in enumerate(value):
            try:
                checked.append(one.check(each))
            except ValueError as error:
                details += _told(str(place), error)
        if details:
            raise Inside(details)
        return checked

    shortest = {"minItems": minimum} if minimum else {}
    schema = {"type": "array", **shortest, "maxItems": maximum, "items": form.schema()}
    return Rule(check, schema)


def object_schema(members: Mapping[str, Rule], required: tuple[str, ...]) -> dict[str, Any]:
    """Return the JSON Schema of an object with these members and no others."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {name: dict(rule.schema) for name, rule in members.items()},
        "additionalProperties": False,
    }
    return schema | ({"required": list(required)} if required else {})


@dataclass(frozen=True, slots=True)
class Form:
    """The members that an input may have, which it must, and two that can't stand beside each other.

    `some` are members of which it must have one at least.
    """

    members: Mapping[str, Rule]
    required: tuple[str, ...] = ()
    either: tuple[str, str] | None = None
    some: tuple[str, ...] = ()

    def check(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values as they are stored; absent ones stay absent.

        Raises:
            ApiError: `bad_request`, with a detail for each field that is unknown, missing or wrong.
        """
        checked, details = _checked(self, values)
        if details:
            raise invalid_fields(details)
        return checked

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the body."""
        schema = object_schema(self.members, self.required)
        if self.some:
            schema["anyOf"] = [{"required": [name]} for name in self.some]
        return schema | {"not": {"required": list(self.either)}} if self.either else schema


def _checked(form: Form, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[Detail]]:
    unknown = [name for name in values if name not in form.members]
    details = [Detail(str(name)[:100], "is not a field of this request") for name in unknown]
    details += [Detail(name, "is required") for name in form.required if name not in values]
    checked: dict[str, Any] = {}
    for name, rule in form.members.items():
        if name not in values:
            continue
        try:
            checked[name] = _one(rule, values[name])
        except ValueError as error:
            details += _told(name, error)
    if form.either and all(name in values for name in form.either):
        details.append(Detail(form.either[1], f"can't stand beside {form.either[0]}: send one of them"))
    if form.some and not any(name in values for name in form.some):
        details.append(Detail(form.some[0], f"is required, or one of {', '.join(form.some[1:])}"))
    return checked, details


def _told(name: str, error: ValueError) -> list[Detail]:
    """Return the details of what is wrong with a member, or inside of it."""
    if isinstance(error, Inside):
        return [Detail(f"{name}.{each.field}", each.message) for each in error.details]
    return [Detail(name, str(error))]


def _one(rule: Rule, value: Any) -> Any:
    if value is not None:
        return rule.check(value)
    if rule.nullable:
        return None
    raise ValueError("must not be null")
