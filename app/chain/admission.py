"""Whether a request may pass: the limits of `contract.md §4`, their headers, and their refusals."""

import math
import zlib
from dataclasses import dataclass, replace

from app.chain import metrics
from app.chain.address import limited_as
from app.chain.limits import PARTITIONS, Ask, State, Verdict, limiter
from app.chain.request import Request
from graph.context import Context, Rate
from graph.errors import ApiError, Code

HEAD = (
    b"x-ratelimit-limit: %d\r\nx-ratelimit-remaining: %d\r\nx-ratelimit-reset: %d\r\n"
    b'ratelimit-policy: "minute";q=%d;w=60\r\nratelimit: "minute";r=%d;t=%d\r\n'
)


@dataclass(frozen=True, slots=True)
class Allowances:
    """The limits that are settings: requests a minute of one address."""

    unauthenticated: int = 60
    public: int = 60


class Gate:
    """Lets requests in. `allowances` come from the settings when the process starts."""

    def __init__(self) -> None:
        self.allowances = Allowances()

    async def admit(self, request: Request, ask: Ask) -> Verdict:
        """Let an authenticated request pass and give its answer the limit headers.

        Raises:
            ApiError: `rate_limited` or `quota_exceeded`; nothing is used up.
        """
        verdict = await limiter.admit(ask)
        request.answer_head.append(head(ask.per_minute, verdict))
        if verdict.state is not State.ADMITTED:
            raise refusal(verdict)
        return verdict

    def refuse_known(self, request: Request, context: Context) -> None:
        """Let a request pass that isn't sure to be refused, before any work on what it asks for.

        Raises:
            ApiError: `rate_limited` or `quota_exceeded`; nothing is used up.
        """
        ask = self.ask(request, context, cacheable=False)
        verdict = limiter.known_full(ask)
        if verdict is not None:
            request.answer_head.append(head(ask.per_minute, verdict))
            raise refusal(verdict)

    async def admit_stranger(self, request: Request) -> None:
        """Let a request without valid credentials pass, as far as its address's limit goes.

        Raises:
            ApiError: `rate_limited`.
        """
        verdict = await limiter.admit(self._stranger(request))
        if verdict.state is not State.ADMITTED:
            raise refusal(verdict)

    def _stranger(self, request: Request) -> Ask:
        address = limited_as(request.address)
        partition = zlib.crc32(address.encode()) % PARTITIONS
        return Ask(f"address:{address}", partition, True, 1, self.allowances.unauthenticated)

    def ask(
        self,
        request: Request,
        context: Context,
        cost: int = 1,
        digest: str = "",
        *,
        look_up: bool = True,
        cacheable: bool,
    ) -> Ask:
        """Return what a key's request asks of the limits."""
        public = context.key_type == "public"
        limits = context.limits
        return Ask(
            subject=context.key_id,
            store_id=context.store_id,
            livemode=context.livemode,
            cost=cost,
            per_minute=limits.requests_per_minute,
            address=limited_as(request.address) if public else "",
            per_address=context.requests_per_address or self.allowances.public,
            per_month=limits.requests_per_month,
            public=public,
            digest=digest,
            look_up=look_up,
            cacheable=cacheable,
        )


def rated(context: Context, verdict: Verdict) -> Context:
    """Return the context with what is left of its window, for `whoami`."""
    limit = context.limits.requests_per_minute
    return replace(context, rate=Rate(limit, verdict.remaining if limit >= 0 else -1, math.ceil(verdict.reset)))


def head(limit: int, verdict: Verdict) -> bytes:
    """Return the limit's headers: the usual three, and the IETF's pair (draft-ietf-httpapi-ratelimit-headers)."""
    if limit < 0:
        return b""
    reset, remaining = math.ceil(verdict.reset), verdict.remaining
    return HEAD % (limit, remaining, reset, limit, remaining, reset)


def refusal(verdict: Verdict) -> ApiError:
    """Return the 429 of a refused request."""
    retry_after = max(1, math.ceil(verdict.retry_after))
    metrics.REFUSED.labels(verdict.state.name.lower()).inc()
    if verdict.state is State.MONTH_FULL:
        message = "The month's requests are used up: wait for the 1st, or take a larger plan"
        return ApiError(Code.QUOTA_EXCEEDED, message, retry_after=retry_after)
    whose = "from this address" if verdict.state is State.ADDRESS_FULL else "with this key, or from this address"
    return ApiError(Code.RATE_LIMITED, f"Too many requests {whose}: retry in {retry_after} s", retry_after=retry_after)


gate = Gate()
