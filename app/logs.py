"""Structured logs, and what is noted of each answered request: its line, its metrics, the log of its merchant."""

import logging
import sys
import time
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any, cast

import msgspec
import structlog
from litestar.types import Message, Receive, Scope, Send
from prometheus_client import Counter, Histogram

from app.access_log import access_log
from app.chain import metrics
from app.chain.request import Request, begin
from app.settings import Settings
from app.workers.request_log import request_log

STATE = "dzbuild_request"


def configure(settings: Settings) -> None:
    """Send every log line of the process, the libraries' too, to standard error, as JSON or for people."""
    renderer: Any = (
        structlog.dev.ConsoleRenderer()
        if settings.log_format == "console"
        else structlog.processors.JSONRenderer(serializer=_serialized)
    )
    about: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    level = logging.getLevelName(settings.log_level.upper())
    access_log.used, access_log.as_json = level <= logging.INFO, settings.log_format == "json"
    structlog.configure(
        processors=[*about, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    _say_as_well(about, renderer, max(level, logging.WARNING))


def _say_as_well(about: list[structlog.typing.Processor], renderer: Any, level: int) -> None:
    """Let what libraries log look the same; of them warnings are the least that is said."""
    handler = logging.StreamHandler(sys.stderr)
    handler.name = "dzbuild"
    handler.setLevel(level)
    shown = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=about, processors=shown))
    root = logging.getLogger()
    for before in [each for each in root.handlers if each.name == handler.name]:
        root.removeHandler(before)
    root.addHandler(handler)


def request_of(scope: Scope, receive: Receive) -> Request:
    """Return the request of a scope, which the outermost layer began."""
    state = cast("MutableMapping[str, Any]", scope)
    if STATE not in state:
        state[STATE] = begin(scope, receive)
    request: Request = state[STATE]
    request.receive = receive
    return request


def watched(scope: Scope, receive: Receive, send: Send) -> Send:
    """Return a `send` that gives every answer its request id, whichever layer made it, and logs it."""
    request = request_of(scope, receive)

    async def send_watched(message: Message) -> None:
        if message["type"] == "http.response.start":
            if not any(name == b"x-request-id" for name, _ in message["headers"]):
                message["headers"] = [*message["headers"], (b"x-request-id", request.request_id.encode())]
            log_request(request, message["status"])
        await send(message)

    return send_watched


def log_request(request: Request, status: int) -> None:
    """Note an answered request, wherever that is noted."""
    seconds = time.perf_counter() - request.started
    counter, latency = _series(request.route, request.method, status)
    counter.inc()
    latency.observe(seconds)
    request_log.add(request, status, seconds)
    access_log.add(request, status, seconds)


@lru_cache(maxsize=4096)
def _series(route: str, method: str, status: int) -> tuple[Counter, Histogram]:
    """Return what counts an answer; looking them up by their labels costs more than the counting."""
    surface = "graphql" if route == "/graphql" else "rest" if route.startswith("/v1") else "other"
    return metrics.REQUESTS.labels(surface, route, method, status), metrics.LATENCY.labels(surface, route)


def _serialized(event: dict[str, Any], **_: Any) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()
