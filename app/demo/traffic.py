"""The use of the demo's keys in the last month: what its usage, its log of requests and its signups show.

One request after another is thought up, the same ones at every first start but for the clock. Those that would have
been let through are counted; those of the days that the log is kept stand there; and what pages have tracked goes the
way of all signups and events, through the inbox.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final, NamedTuple

from db.demo import messages_queue, requests_add_past, signups_date
from db.request_log import Logged
from graph.context import Context
from graph.errors import Code
from graph.geography import ALGIERS
from graph.ingest import batch_take_in
from graph.tracking import Message, event_track, signup_track
from graph.usage import Bucket, keys_used, requests_add
from rest_compat.status import STATUS

DAYS: Final = 30
BATCH: Final = 1_000
# Refused before anything is counted.
NOT_COUNTED: Final = frozenset({Code.RATE_LIMITED, Code.QUOTA_EXCEEDED, Code.UNAUTHORIZED})
# Of a network that is for examples (RFC 5737).
ADDRESS: Final = "192.0.2.10"


class Call(NamedTuple):
    """A request that a client makes again and again.

    Attributes:
        share: how often, beside the client's other ones.
        method: its HTTP method.
        operation: a route, or the name of a GraphQL operation.
        milliseconds: how long it usually takes.
        error: the code that it is refused with; None where it succeeds.
    """

    share: float
    method: str
    operation: str
    milliseconds: float
    error: Code | None = None

    @property
    def is_graphql(self) -> bool:
        """Tell which surface it uses."""
        return not self.operation.startswith("/")

    @property
    def group(self) -> str:
        """Return the group that its use is counted under: its resource's."""
        return "graphql" if self.is_graphql else self.operation.split("/")[2]

    @property
    def status(self) -> int:
        """Return the status of its answer; errors of an operation in GraphQL are told in a 200."""
        if self.error is not None:
            return 200 if self.is_graphql and self.error is not Code.RATE_LIMITED else STATUS[self.error]
        if self.operation in TRACKING:
            return 202
        return 201 if self.method == "POST" and not self.is_graphql else 200


class Client(NamedTuple):
    """A program that uses a key: by day so often at first, half as often again by now; and since how many days."""

    key: str
    a_day: int
    days: int
    by_night: bool
    calls: tuple[Call, ...]


TRACKING: Final = {"/v1/signups": "signup", "/v1/events": "event"}
READING: Final = (
    Call(60, "GET", "/v1/orders", 6.1),
    Call(36, "GET", "/v1/products", 7.4),
    Call(14, "GET", "/v1/orders/{order_id}", 3.2),
)
CLIENTS: Final = (
    Client(
        "platform_key",
        130,
        DAYS,
        True,
        (
            *READING,
            Call(34, "POST", "query Stock", 8.8),
            Call(22, "PATCH", "/v1/products/{product_id}", 9.6),
            Call(13, "PATCH", "/v1/orders/{order_id}", 12.5),
            Call(6, "POST", "mutation Ship", 14.2),
            Call(5, "GET", "/v1/customers", 4.9),
            Call(2, "POST", "/v1/products", 11.3),
            Call(1, "GET", "/v1/usage", 3.9),
            Call(2, "GET", "/v1/products/{product_id}", 2.6, Code.NOT_FOUND),
            Call(1, "PATCH", "/v1/orders/{order_id}", 5.8, Code.INVALID_TRANSITION),
            Call(1, "PATCH", "/v1/orders/{order_id}", 7.1, Code.INSUFFICIENT_STOCK),
            Call(1, "POST", "/v1/products", 2.9, Code.CONFLICT),
            Call(1, "POST", "query Stock", 1.7, Code.BAD_REQUEST),
            Call(0.2, "GET", "/v1/products", 31.0, Code.UNAVAILABLE),
        ),
    ),
    Client(
        "public_key_id",
        90,
        DAYS,
        False,
        (
            Call(48, "POST", "query Products", 7.9),
            Call(12, "POST", "query Shop", 3.1),
            Call(30, "POST", "query Product", 5.3),
            Call(30, "POST", "/v1/events", 3.4),
            Call(3, "POST", "/v1/signups", 4.2),
            Call(4, "POST", "query Quote", 8.3),
            Call(1, "POST", "query Product", 2.2, Code.BAD_REQUEST),
            Call(1, "POST", "query Shop", 0.9, Code.RATE_LIMITED),
        ),
    ),
    Client("test_key", 14, 12, False, (*READING, Call(12, "POST", "/v1/products", 2.8, Code.BAD_REQUEST))),
    Client("platform_key_b", 30, DAYS, True, READING),
    Client("free_key", 12, DAYS, False, (*READING, Call(6, "GET", "/v1/orders", 0.9, Code.RATE_LIMITED))),
)
# How much goes on in each hour of Algiers: what people do, and what programs do by themselves as well.
BY_DAY: Final = (3, 1, 1, 0, 0, 0, 1, 2, 4, 7, 9, 10, 9, 8, 8, 8, 8, 9, 10, 11, 13, 14, 11, 6)
AROUND_THE_CLOCK: Final = tuple(6 + share for share in BY_DAY)
# What visitors do, as a page's code tracks it.
ACTIONS: Final = (
    "page_view",
    "page_view",
    "page_view",
    "product_view",
    "product_view",
    "add_to_cart",
    "checkout_start",
)
SOURCES: Final = ("facebook", "instagram", "instagram", "tiktok", "newsletter", "landing-page")


class Made(NamedTuple):
    """A request that was made, and by whose key."""

    at: datetime
    context: Context
    call: Call
    draw: Random


async def traffic_fill(contexts: dict[str, Context], now: datetime, log_days: int) -> None:
    """Give the demo's keys a past, on the running transaction.

    Args:
        contexts: who uses each of the keys that `CLIENTS` name; of one that is not there nothing is made up.
        now: when it ends.
        log_days: how many days of requests are kept, today among them.
    """
    made = sorted(
        (each for client in CLIENTS if client.key in contexts for each in _made(client, contexts[client.key], now)),
        key=lambda each: each.at,
    )
    counted = [each for each in made if each.call.error not in NOT_COUNTED]
    await requests_add(Counter(_bucket(each) for each in counted))
    await keys_used({each.context.api_key_id: (each.at, ADDRESS) for each in counted})
    logged = [_logged(each) for each in made if each.at.date() > now.date() - timedelta(days=log_days)]
    if logged:
        await requests_add_past(logged)
    await _tracked(counted)


def _made(client: Client, context: Context, now: datetime) -> Iterator[Made]:
    """Yield what a client has asked for, day by day in Algiers, up to now."""
    draw = Random(client.key)  # noqa: S311 -- always the same
    shares = AROUND_THE_CLOCK if client.by_night else BY_DAY
    today = now.astimezone(ALGIERS).replace(hour=0, minute=0, second=0, microsecond=0)
    for back in range(client.days, -1, -1):
        day = (today - timedelta(days=back)).astimezone(UTC)
        count = round(client.a_day * (1.5 - back / DAYS / 2) * draw.uniform(0.8, 1.2))
        hours = draw.choices(range(24), shares, k=count)
        calls = draw.choices(client.calls, [call.share for call in client.calls], k=count)
        for hour, call in zip(hours, calls, strict=True):
            at = day + timedelta(seconds=(hour + draw.random()) * 3600)
            if at < now:
                yield Made(at, context, call, draw)


def _bucket(made: Made) -> Bucket:
    context, hour = made.context, made.at.replace(minute=0, second=0, microsecond=0)
    return Bucket(context.store_id, context.livemode, hour, made.call.group, context.key_type == "public")


def _logged(made: Made) -> Logged:
    call, draw = made.call, made.draw
    return Logged(
        made.context.key_id,
        made.at.timestamp(),
        f"req_{draw.getrandbits(64):016x}",
        call.method,
        call.operation,
        "graphql" if call.is_graphql else "rest",
        call.status,
        call.error,
        round(call.milliseconds * draw.lognormvariate(0, 0.35), 2),
    )


async def _tracked(made: Sequence[Made]) -> None:
    """Have what pages tracked taken in, as it was when it came."""
    queued = []
    for place, each in enumerate(made):
        kind = TRACKING.get(each.call.operation)
        if kind is not None and each.call.error is None:
            message = await _message(each, kind, place)
            queued.append((*_columns(message), each.at))
    if not queued:
        return
    await messages_queue(queued)
    while await batch_take_in(BATCH):
        pass
    for store_id, livemode in {(store_id, livemode) for store_id, livemode, *_ in queued}:
        await signups_date(store_id, livemode)


async def _message(made: Made, kind: str, place: int) -> Message:
    draw = made.draw
    if kind == "event":
        return await event_track(made.context, {"name": draw.choice(ACTIONS), "properties": {"device": "mobile"}})
    given: dict[str, Any] = {"email": f"visitor-{place}@example.dz", "country": "DZ"}
    return await signup_track(made.context, given | {"source": draw.choice(SOURCES)})


def _columns(message: Message) -> tuple[int, bool, int, str, str]:
    return message.store_id, message.livemode, message.api_key_id, message.kind, message.payload
