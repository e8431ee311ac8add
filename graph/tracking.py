"""Tracking: what a page's code reports of its visitors, acknowledged at once and taken in later (`contract.md §8`)."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import msgspec

from db.engine import engine, insert_sql
from graph.backlog import backlog
from graph.contact_rules import email_as_typed, internet_address, phone
from graph.context import Context
from graph.identity import hashed, identity_secret
from graph.rules import Form, Rule, text
from graph.signup_quota import require_quota

EVENT_NAME = 64
# The most bytes of an object that a page sends along.
OBJECT_BYTES = 16 * 1024
SOURCE = 64
EXTERNAL_ID = 190
# What is kept of a signup as a keyed hash alone.
PERSONAL = ("email", "phone", "ip")

ANY_TEXT: Final = text()

Kind = Literal["signup", "event"]


@dataclass(frozen=True, slots=True)
class Message:
    """A row of the inbox. `payload` is a JSON object, as text."""

    store_id: int
    livemode: bool
    api_key_id: int
    kind: Kind
    payload: str


class Queued(NamedTuple):
    """What a client is told of a message that is in the inbox."""

    status: str
    kind: str
    store_id: int


def queued(message: Message) -> Queued:
    """Return what the client is told."""
    return Queued("queued", message.kind, message.store_id)


async def event_track(context: Context, given: Mapping[str, Any]) -> Message:
    """Return what has to be queued of an event; nothing is stored yet.

    Raises:
        ApiError: `forbidden` without the scope, `bad_request` for fields that are missing, unknown or wrong,
            `unavailable` where too much waits already.
    """
    context.require_public()
    context.require("events:write")
    values = EVENT.check(given)
    backlog.require_room()
    payload = {"name": values["name"], "properties": values.get("properties", {})}
    return Message(context.store_id, context.livemode, context.api_key_id, "event", _encoded(payload))


async def signup_track(context: Context, given: Mapping[str, Any]) -> Message:
    """Return what has to be queued of a signup, without its personal data; nothing is stored yet.

    Raises:
        ApiError: as `event_track`, and `quota_exceeded` once the month's signups that count are used up.
    """
    context.require_public()
    context.require("signups:write")
    values = SIGNUP.check(given)
    backlog.require_room()
    await require_quota(context)
    secret = await identity_secret(context.store_id)
    payload = {name: value for name, value in values.items() if name != "nonce"}
    payload |= {name: hashed(secret, name, values[name]) for name in PERSONAL if name in values}
    return Message(context.store_id, context.livemode, context.api_key_id, "signup", _encoded(payload))


async def message_queue(message: Message) -> None:
    """Put a message into the inbox on the running transaction."""
    values = {
        "store_id": message.store_id,
        "livemode": message.livemode,
        "api_key_id": message.api_key_id,
        "kind": message.kind,
        "payload": message.payload,
    }
    await engine.write(insert_sql("inbox", values), *values.values())


def json_object(maximum: int) -> Rule:
    """Return the rule of a JSON object of any members, of at most `maximum` bytes as compact UTF-8."""

    def check(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise ValueError("must be an object")
        _check_storable(value)
        if len(_encoded(value).encode()) > maximum:
            raise ValueError(f"must be at most {maximum} bytes as JSON")
        return dict(value)

    return Rule(check, {"type": "object", "additionalProperties": True})


def _check_storable(value: Any) -> None:
    """Let a JSON value pass that PostgreSQL can keep as one."""
    if isinstance(value, str):
        ANY_TEXT.check(value)
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("must have no number that is too large")
    elif isinstance(value, dict):
        for name, member in value.items():
            ANY_TEXT.check(name)
            _check_storable(member)
    elif isinstance(value, list):
        for member in value:
            _check_storable(member)


def nonce() -> Rule:
    """Return the rule of a nonce in a body: the signature's own, repeated."""
    return text(32, 32, "[0-9a-fA-F]{32}", "must be 32 hexadecimal digits, the same as X-DZ-Nonce")


def _encoded(value: Mapping[str, Any]) -> str:
    try:
        return _encoder.encode(value).decode()
    except OverflowError:
        # A number of more than 64 bits.
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


_encoder = msgspec.json.Encoder()


def country() -> Rule:
    """Return the rule of a country's two letters; they are stored in capitals."""
    written = text(2, 2, "[A-Za-z]{2}", "must be two letters such as DZ")
    return Rule(lambda value: written.check(value).upper(), written.schema)


EVENT = Form(
    {"name": text(1, EVENT_NAME), "properties": json_object(OBJECT_BYTES), "nonce": nonce()}, required=("name",)
)
SIGNUP = Form(
    {
        "email": email_as_typed(),
        "phone": phone(),
        "external_user_id": text(1, EXTERNAL_ID),
        "source": text(1, SOURCE),
        "country": country(),
        "ip": internet_address(),
        "meta": json_object(OBJECT_BYTES),
        "nonce": nonce(),
    },
    some=("email", "phone", "external_user_id"),
)
