"""The error codes of `contract.md §2`, and the one exception that carries them."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

# No error says more, whatever it quotes.
MESSAGE_LENGTH = 500


class Code(StrEnum):
    """What went wrong, for a program."""

    BAD_REQUEST = "bad_request"
    IDEMPOTENCY_KEY_REQUIRED = "idempotency_key_required"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    CONFLICT = "conflict"
    INVALID_TRANSITION = "invalid_transition"
    INSUFFICIENT_STOCK = "insufficient_stock"
    IDEMPOTENCY_IN_PROGRESS = "idempotency_in_progress"
    PRECONDITION_FAILED = "precondition_failed"
    PAYLOAD_TOO_LARGE = "payload_too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    RATE_LIMITED = "rate_limited"
    QUOTA_EXCEEDED = "quota_exceeded"
    INTERNAL_ERROR = "internal_error"
    UNAVAILABLE = "unavailable"


class Detail(NamedTuple):
    """One field that was refused, by the name that the client used, and what to change."""

    field: str
    message: str


class ApiError(Exception):
    """An answer that is an error. The same on both surfaces: an envelope in REST, `extensions` in GraphQL."""

    def __init__(
        self,
        code: Code,
        message: str,
        *,
        details: Sequence[Detail] = (),
        required_scope: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = _encodable(message)
        self.details = tuple(Detail(_encodable(field), _encodable(hint)) for field, hint in details)
        self.required_scope = required_scope
        self.retry_after = retry_after

    def members(self) -> dict[str, object]:
        """Return what stands beside `code` and `message`: only the members that this error has."""
        extra: dict[str, object] = {}
        if self.retry_after is not None:
            extra["retry_after"] = self.retry_after
        if self.details:
            extra["details"] = [detail._asdict() for detail in self.details]
        if self.required_scope is not None:
            extra["required_scope"] = self.required_scope
        return extra


def _encodable(text: str) -> str:
    """Return text that quotes a client: not all of what is long, and `?` for each half of a surrogate pair."""
    shown = text if len(text) <= MESSAGE_LENGTH else f"{text[:MESSAGE_LENGTH]}…"
    return shown.encode("utf-8", "replace").decode()


def bad_request(message: str, details: Sequence[Detail] = ()) -> ApiError:
    """Return a 400: the request says something that can't be."""
    return ApiError(Code.BAD_REQUEST, message, details=details)


def invalid_fields(details: Sequence[Detail]) -> ApiError:
    """Return a 400 that names each refused field."""
    names = ", ".join(dict.fromkeys(detail.field for detail in details))
    return bad_request(f"Invalid value for: {names}", details)


def not_found(kind: str, identifier: object) -> ApiError:
    """Return the 404 of a row that is not in this store, whoever else may have it."""
    return ApiError(Code.NOT_FOUND, f"{kind} with ID {identifier} not found")


def conflict(field: str, message: str) -> ApiError:
    """Return a 409: the value of `field` is taken."""
    return ApiError(Code.CONFLICT, message, details=[Detail(field, message)])


def unavailable(
    message: str = "The service is restarting or its database is out of reach: retry",
) -> ApiError:
    """Return a 503: the database is out of reach, or what `message` says; a moment later it may do."""
    return ApiError(Code.UNAVAILABLE, message, retry_after=1)
