"""A browser without a screen: it keeps cookies, says where its forms come from, and finds what a page holds."""

import re
import secrets
from dataclasses import dataclass
from html import unescape

import httpx
from argon2 import PasswordHasher

from app.asgi import Application
from db.engine import engine
from graph.accounts import account_find, member_add
from graph.sessions import session_create, token_made
from tests.addresses import fresh_address

PASSWORD = "correct horse battery"
HASHED = PasswordHasher().hash(PASSWORD)


@dataclass
class Browser:
    """One browser; `post` fills in what every form of ours has."""

    client: httpx.AsyncClient
    email: str = ""
    csrf: str = ""

    async def get(self, path: str, **options: object) -> httpx.Response:
        """Open a page."""
        response = await self.client.get(path, **options)  # type: ignore[arg-type]
        self._remember(response)
        return response

    async def post(self, path: str, key: str | None = None, **fields: object) -> httpx.Response:
        """Send a form, under a fresh key or under `key`; the CSRF token is the last page's that had one."""
        form = {"csrf": self.csrf, "idempotency_key": key or secrets.token_hex(8), **fields}
        headers = {"Origin": str(self.client.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
        response = await self.client.post(path, data=form, headers=headers)
        self._remember(response)
        return response

    async def follow(self, response: httpx.Response) -> httpx.Response:
        """Go where an answer sends."""
        assert response.status_code == 303, response.text
        return await self.get(response.headers["location"])

    async def sign_in(self, email: str, password: str = PASSWORD, onward: str = "/dashboard") -> httpx.Response:
        """Sign in, and open the page after it."""
        self.email = email
        response = await self.post("/dashboard/sign-in", email=email, password=password, next=onward)
        return await self.follow(response) if response.status_code == 303 else response

    def _remember(self, response: httpx.Response) -> None:
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', response.text)
        if found is not None:
            self.csrf = found[1]


def browser(application: Application, base_url: str = "http://test", **headers: str) -> Browser:
    """Return a browser of an address of its own, that likes English."""
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(application, client=(fresh_address(), 1)),
        base_url=base_url,
        headers={"Accept-Language": "en", **headers},
    )
    return Browser(client)


async def member(store_id: int, role: str = "owner", email: str | None = None) -> str:
    """Let somebody look after a store, and return their e-mail address; the password is `PASSWORD`."""
    address = email or f"{secrets.token_hex(6)}@example.dz"
    async with engine.transaction():
        await engine.write(
            "INSERT INTO accounts (email, password_hash) VALUES ($1, $2) ON CONFLICT DO NOTHING", address, HASHED
        )
        await member_add(store_id, {"email": address, "role": role})
    return address


async def begun(made: Browser, email: str) -> httpx.Response:
    """Begin a session without its sign-in, which takes its time by design; open the first page."""
    token = token_made()
    async with engine.transaction():
        assert await session_create(await account_find(email) or 0, token)
    made.email = email
    made.client.cookies.set("session", token, domain="test.local")
    return await made.get("/dashboard")


def shown(response: httpx.Response) -> str:
    """Return what a page says, without its tags."""
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", response.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body))).strip()
