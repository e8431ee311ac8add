"""Who looks at the dashboard: the session of a request, its CSRF token, and the way to the sign-in page without one."""

import hmac
import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

from litestar import Request, Response
from litestar.datastructures import Cookie

from app.chain.address import addresses
from app.chain.request import Request as ChainRequest
from app.logs import request_of
from app.pages.forms import CSRF, form_of
from app.pages.site import cookie, go, site
from db.engine import spent
from graph.context import Context
from graph.errors import ApiError, Code
from graph.roles import Role
from graph.sealing import secret_for
from graph.sessions import Session, session_find

SIGN_IN: Final = "/dashboard/sign-in"
PASSWORD: Final = "/dashboard/settings/account"
SIGN_OUT: Final = "/dashboard/sign-out"
COOKIE: Final = "session"
PURPOSE: Final = b"dzbuild csrf 1"
READS: Final = ("GET", "HEAD")
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
DAYS_30: Final = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Member:
    """Who looks at a page of the dashboard, and the request that it is in."""

    session: Session
    token: str
    request: ChainRequest

    @property
    def context(self) -> Context:
        """Return who asks, as the resolvers know it."""
        return self.session.context

    @property
    def role(self) -> Role:
        """Return what the member may do in this store."""
        return self.session.role

    @property
    def csrf(self) -> str:
        """Return what a form of this session has to bring along."""
        return hmac.new(secret_for(PURPOSE), self.token.encode(), "sha256").hexdigest()

    def may(self, scope: str) -> bool:
        """Tell whether the member may do what a scope allows."""
        return scope in self.role.scopes

    def writes(self, scope: str) -> bool:
        """Tell whether the member may change what a scope allows to change."""
        return self.role.writes and self.may(scope)


def cookie_name(request: Request[Any, Any, Any]) -> str:
    """Return the session cookie's name: over HTTPS one that only this host, by HTTPS, can have set."""
    return f"__Host-{COOKIE}" if site.is_secure(request) else COOKIE


def session_cookie(request: Request[Any, Any, Any], token: str) -> Cookie:
    """Return the cookie of a session; with an empty token, the one that takes it away."""
    return cookie(request, cookie_name(request), token, DAYS_30 if token else 0)


async def member_of(request: Request[Any, Any, Any]) -> Member | None:
    """Return who looks at a page, signed in or not; the pages before the dashboard ask so."""
    if "member" not in request.state:
        request.state["member"] = await _member(request)
    found: Member | None = request.state["member"]
    return found


async def _member(request: Request[Any, Any, Any]) -> Member | None:
    begun = request_of(request.scope, request.receive)
    begun.address = addresses.of(begun)
    spent.set(begun.spent)
    token = request.cookies.get(cookie_name(request), "")
    if not TOKEN.fullmatch(token):
        return None
    session = await session_find(token)
    if session is None:
        return None
    begun.context = session.context
    return Member(session, token, begun)


async def admit(request: Request[Any, Any, Any]) -> Response[str] | None:
    """Let a member's request go on, or answer it: before every handler of the dashboard.

    Raises:
        ApiError: `forbidden` for a form that doesn't come from a page of this session.
    """
    request_of(request.scope, request.receive).route = str(request.scope.get("path_template") or "/dashboard")
    member = await member_of(request)
    if member is None:
        if request.method not in READS:
            return go(request, SIGN_IN, "sign_in.ended")
        return go(request, f"{SIGN_IN}?next={quote(request.scope['path'])}")
    if request.method not in READS:
        await require_own_form(request, member)
    if member.session.password_is_temporary and request.scope["path"] not in (PASSWORD, SIGN_OUT):
        return go(request, PASSWORD)
    return None


def the_member(request: Request[Any, Any, Any]) -> Member:
    """Return who looks at a page of the dashboard: `admit` has let nobody else through."""
    member: Member = request.state["member"]
    return member


async def require_own_form(request: Request[Any, Any, Any], member: Member) -> None:
    """Let a form pass that a page of this session has sent.

    Raises:
        ApiError: `forbidden`.
    """
    require_own_site(request)
    given = request.headers.get("x-csrf-token") or (await form_of(request)).get(CSRF)
    if not hmac.compare_digest(given.encode(), member.csrf.encode()):
        raise ApiError(Code.FORBIDDEN, "This form is out of date: load its page again")


def require_own_site(request: Request[Any, Any, Any]) -> None:
    """Let a request pass that no other site's page has sent. Every browser says in one of two headers where it is from.

    Raises:
        ApiError: `forbidden`.
    """
    sent_from = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc not in site.hosts(request)
    if foreign or sent_from not in (None, "same-origin", "none"):
        raise ApiError(Code.FORBIDDEN, "This form was sent by another site")
