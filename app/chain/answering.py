"""An answer on its way: logged, and sent with its request id, its limits and, for platform keys, where time went."""

import time
from collections.abc import Callable
from typing import cast

from litestar.types import Send

from app.chain.request import NOT_MODIFIED, Answer, Request, head_lines
from app.logs import log_request

# What a server has in a scope's `extensions` that takes an answer whole: status, lines of the head, body. It says false
# where the client must be waited for.
WHOLE = "dzbuild.whole"
Whole = Callable[[int, bytes, bytes], bool]
BODILESS = (204, NOT_MODIFIED)


async def respond(send: Send, request: Request, answer: Answer) -> None:
    """Log and send an answer: whole where the server takes it so, else by the messages of ASGI."""
    log_request(request, answer.status)
    head = _head(request, answer)
    whole = cast("Whole | None", (request.scope.get("extensions") or {}).get(WHOLE))
    if whole is not None and whole(answer.status, head, answer.body):
        return
    lines = [line.partition(b": ") for line in head.removesuffix(b"\r\n").split(b"\r\n")]
    headers = [(name, value) for name, _, value in lines]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})


def _head(request: Request, answer: Answer) -> bytes:
    lines = [b"x-request-id: %s\r\n" % (answer.request_id or request.request_id).encode()]
    if answer.headers:
        lines.append(head_lines(answer.headers))
    lines += request.answer_head
    if answer.status not in BODILESS:
        lines.append(b"content-type: %s\r\ncontent-length: %d\r\n" % (answer.media_type, len(answer.body)))
    if request.context is not None and request.context.key_type == "platform":
        lines.append(_timing(request))
    return b"".join(lines)


def _timing(request: Request) -> bytes:
    """Return `Server-Timing`, in milliseconds: until the request was let in, in the database, and in all."""
    now = time.perf_counter()
    spent = request.spent
    return b'server-timing: chain;dur=%.2f, db;dur=%.2f;desc="%d statements", total;dur=%.2f\r\n' % (
        ((request.admitted or now) - request.started) * 1000,
        spent.seconds * 1000,
        spent.statements,
        (now - request.started) * 1000,
    )
