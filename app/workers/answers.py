"""What receivers of webhooks answer, as it is told to people."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

import httpx
from ssrfguard import SSRFGuardError

TIMEOUT: Final = 10.0
NO_ANSWER: Final = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, SSRFGuardError, OSError, ValueError)


def complaint(response: httpx.Response) -> str | None:
    """Return what is wrong with an answer, None where nothing is."""
    if response.is_success:
        return None
    if response.is_redirect:
        return f"answered {response.status_code}: redirects are not followed"
    return f"answered {response.status_code}"


def wish(response: httpx.Response) -> timedelta | None:
    """Return what `Retry-After` says: seconds, or a date."""
    given = response.headers.get("retry-after", "").strip()
    try:
        if given.isascii() and given.isdigit():
            return timedelta(seconds=min(int(given[:10]), 10**9))
        return max(timedelta(), parsedate_to_datetime(given).astimezone(UTC) - datetime.now(UTC))
    except (ValueError, TypeError, OverflowError):
        return None


def reason(error: Exception, seconds: float) -> str:
    """Return why there was no answer, in words that tell nothing of this side."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, SSRFGuardError):
            return "its address is not allowed: loopback, private and metadata addresses are refused"
        if "CERTIFICATE_VERIFY_FAILED" in str(cause):
            return "its certificate is not trusted"
        cause = cause.__cause__ or cause.__context__
    known = {
        httpx.ConnectTimeout: "no connection in time",
        httpx.ConnectError: "no connection",
        httpx.RemoteProtocolError: "the connection was closed, or its answer is not HTTP",
        httpx.TimeoutException: f"no answer within {seconds:g} s",
    }
    return next(
        (told for kind, told in known.items() if isinstance(error, kind)), f"no answer ({type(error).__name__})"
    )
