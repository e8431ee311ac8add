"""How the contract's tests sign what a public key sends."""

import secrets
import time
from collections.abc import Generator, Mapping
from typing import Any

import httpx
import requests

from db.engine import engine
from graph.public_keys import IssuedPublicKey, public_key_create
from graph.signatures import sign
from tests.conftest import Shop

# What stands for a signature until the body's bytes are known; nothing that is generated is the same.
UNSIGNED = secrets.token_hex(32)
# Where a live key is refused, as it must be.
OF_SANDBOXES = "/v1/test/"


def signed(key: IssuedPublicKey, body: bytes, nonce: str | None = None) -> dict[str, str]:
    """Return the headers of a signed request."""
    nonce, timestamp = nonce or secrets.token_hex(16), str(int(time.time()))
    return {
        "Authorization": f"DZ-Public {key.key_id}",
        "X-DZ-Timestamp": timestamp,
        "X-DZ-Nonce": nonce,
        "X-DZ-Signature": sign(key.signing_secret.encode(), key.key_id, nonce, timestamp, body),
    }


class Signer(requests.auth.AuthBase):
    """Gives a generated request another key than all others have: a page's that signs it, or a sandbox's."""

    def __init__(self, key: IssuedPublicKey, sandbox_token: str, authorization: str) -> None:
        self.key = key
        self.sandbox_token = sandbox_token
        self.authorization = authorization

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        headers = request.headers
        if headers.get("Authorization") == self.authorization and request.path_url.startswith(OF_SANDBOXES):
            headers["Authorization"] = f"Bearer {self.sandbox_token}"
        if headers.get("X-DZ-Signature") == UNSIGNED and headers.get("Authorization") == self.authorization:
            body = request.body.encode() if isinstance(request.body, str) else request.body or b""
            headers.update(signed(self.key, body, _text(headers["X-DZ-Nonce"])))
        return request


def awaiting_signature(headers: Mapping[str, Any], body: Any) -> tuple[dict[str, Any], Any]:
    """Return valid headers and a body as they are to be signed: with one nonce, and text that can be stored."""
    nonce = secrets.token_hex(16)
    if isinstance(body, dict):
        body = _storable(body) | ({"nonce": nonce} if "nonce" in body else {})
    return {**headers, "X-DZ-Nonce": nonce, "X-DZ-Signature": UNSIGNED}, body


def _storable(value: Any) -> Any:
    """Return a value without what JSON Schema can't forbid at any depth: NUL, and numbers of very many digits."""
    if isinstance(value, dict):
        return {_storable(name): _storable(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_storable(each) for each in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return max(min(value, 10**20), -(10**20))
    return value.replace("\0", "") if isinstance(value, str) else value


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


class PageAuth(httpx.Auth):
    """Signs every request that has no other key."""

    requires_request_body = True

    def __init__(self, key: IssuedPublicKey) -> None:
        self.key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if "Authorization" not in request.headers:
            request.headers.update(signed(self.key, request.content))
        yield request


async def page_of(shop: Shop, scopes: list[str] | None = None) -> Shop:
    """Return a client that speaks for a public key of the store."""
    async with engine.transaction():
        key = await public_key_create(shop.store_id, "page", granted=scopes)
    transport = shop.client._transport
    client = httpx.AsyncClient(transport=transport, base_url="http://test", auth=PageAuth(key))
    return Shop(shop.store_id, key.key_id, client)
