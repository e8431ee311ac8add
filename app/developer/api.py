"""A client of `/v1`: an address and a key."""

import secrets
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self

import httpx

TIMEOUT: Final = 15.0
# What passes by itself: the same request may be answered later.
PASSING: Final = frozenset({"rate_limited", "unavailable", "internal_error", "idempotency_in_progress"})


class Refused(Exception):
    """The API said no. The text is its sentence, with each field's; `wait` is when to come back, where it passes."""

    def __init__(self, message: str, code: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.wait = wait


class OutOfReach(Exception):
    """Nothing answered as the API does; the text says what was tried."""


class Api:
    """Asks with one key."""

    def __init__(self, base_url: str, key: str) -> None:
        """Ask the API at `base_url` (without `/v1`), with a platform key."""
        self.base_url = base_url.rstrip("/").removesuffix("/v1")
        self._client = httpx.AsyncClient(timeout=TIMEOUT)
        self._credentials = {"Authorization": f"Bearer {key}"}

    async def __aenter__(self) -> Self:
        """Open."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def get(self, path: str, **query: str) -> Any:
        """Return the `data` of what is at a path of `/v1`.

        Raises:
            Refused: the API said no.
            OutOfReach: nothing answered, or not as the API does.
        """
        return await self._asked("GET", path, params=query, headers=self._credentials)

    async def write(self, method: str, path: str, body: Any = None) -> Any:
        """Change something under a fresh idempotency key, and return the `data` of the answer; raises as `get`."""
        headers = {**self._credentials, "Idempotency-Key": secrets.token_hex(16)}
        return await self._asked(method, path, headers=headers, **({} if body is None else {"json": body}))

    async def send(self, path: str, raw: bytes, headers: Mapping[str, str]) -> Any:
        """Post a body with credentials of its own, and return the `data` of the answer; raises as `get`."""
        return await self._asked("POST", path, content=raw, headers={"Content-Type": "application/json", **headers})

    async def _asked(self, method: str, path: str, **options: Any) -> Any:
        address = f"{self.base_url}/v1{path}"
        try:
            response = await self._client.request(method, address, **options)
            answer = response.json()
            if response.is_success:
                return answer["data"]
            error = answer["error"]
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            raise OutOfReach(f"{address} is out of reach ({str(problem) or type(problem).__name__})") from problem
        except (ValueError, KeyError, TypeError) as problem:
            raise OutOfReach(f"{address} answers, but not as a DZBuild API does: see that the address is right") from (
                problem
            )
        details = "".join(f"\n  {each['field']}: {each['message']}" for each in error.get("details", ()))
        wait = float(error.get("retry_after", 1)) if error["code"] in PASSING else None
        raise Refused(f"{error['message']}{details}", error["code"], wait)
