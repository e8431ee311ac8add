"""Signing in and out, and what a member chooses for the session: language, store, sandbox."""

import re
from typing import Any, Final

from litestar import Request, Response, get, post

from app.chain.address import addresses
from app.chain.tries import SignIn
from app.logs import request_of
from app.pages.forms import form_of
from app.pages.signed_in import (
    SIGN_IN,
    SIGN_OUT,
    cookie_name,
    member_of,
    require_own_form,
    require_own_site,
    session_cookie,
    the_member,
)
from app.pages.site import LANGUAGE_COOKIE, TOLD_COOKIE, YEAR, cookie, go, problem_of, render
from app.pages.texts import known
from db.engine import engine
from graph.accounts import account_proven, language_choose, typed
from graph.errors import ApiError, Code
from graph.sessions import session_create, session_end, session_mode, session_store, sessions_end, token_made

HOME: Final = "/dashboard"
# Where a form may send a browser back to: a page of ours, by its path.
OWN_PATH: Final = re.compile(r"/(?:[A-Za-z0-9._~%-]+(?:/[A-Za-z0-9._~%-]+)*/?)?(?:\?[A-Za-z0-9._~%&=+:,-]*)?")


def own_path(given: str, otherwise: str = HOME) -> str:
    """Return a path that a form gave if it is one of ours."""
    return given if OWN_PATH.fullmatch(given) and len(given) <= 2_000 else otherwise


@get(SIGN_IN, include_in_schema=False)
async def sign_in_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the form to sign in with, to who hasn't yet."""
    onward = own_path(request.query_params.get("next", HOME))
    if await member_of(request) is not None:
        return go(request, onward)
    # Whoever was on the way to a page is told why they are here.
    asked = onward != HOME and TOLD_COOKIE not in request.cookies
    return render(request, "sign_in.html", onward=onward, asked=asked, email="")


@post(SIGN_IN, include_in_schema=False, status_code=200)
async def sign_in(request: Request[Any, Any, Any]) -> Response[str]:
    """Begin a session, under a new token; what was tried is limited by address and by e-mail address."""
    require_own_site(request)
    form = await form_of(request)
    email, onward = typed(form.get("email")), own_path(form.get("next", HOME))
    begun = request_of(request.scope, request.receive)
    begun.route = SIGN_IN
    tried = SignIn(addresses.of(begun), email)
    try:
        await tried.count()
        token = await _begun(await account_proven(email, form.raw("password")), _old_token(request))
    except ApiError as error:
        request.state["member"] = None
        problem = problem_of(request, error)
        return render(
            request, "sign_in.html", problem=problem, onward=onward, asked=False, email=form.get("email")[:200]
        )
    await tried.forgive()
    answer = go(request, onward)
    answer.set_cookie(session_cookie(request, token))
    return answer


async def _begun(account_id: int, old_token: str) -> str:
    """Begin a session in place of the browser's old one, and return its token.

    Raises:
        ApiError: `unauthorized` for somebody who looks after no store any more.
    """
    token = token_made()
    async with engine.transaction():
        if old_token:
            await session_end(old_token)
        if not await session_create(account_id, token):
            raise ApiError(Code.UNAUTHORIZED, "The e-mail address or the password is wrong")
    return token


def _old_token(request: Request[Any, Any, Any]) -> str:
    return request.cookies.get(cookie_name(request), "")[:100]


@post(SIGN_OUT, include_in_schema=False, status_code=200)
async def sign_out(request: Request[Any, Any, Any]) -> Response[str]:
    """End this session, or every one of the account."""
    member = the_member(request)
    everywhere = (await form_of(request)).get("everywhere") == "yes"
    async with engine.transaction():
        if everywhere:
            await sessions_end(member.session.account_id)
        else:
            await session_end(member.token)
    answer = go(request, SIGN_IN, "sign_in.out_everywhere" if everywhere else "sign_in.out")
    answer.set_cookie(session_cookie(request, ""))
    answer.headers["clear-site-data"] = '"cache"'
    return answer


@post("/dashboard/store", include_in_schema=False, status_code=200)
async def choose_store(request: Request[Any, Any, Any]) -> Response[str]:
    """Look after another one of one's stores."""
    member, chosen = the_member(request), (await form_of(request)).get("store")
    async with engine.transaction():
        number = int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 16 else 0
        if not await session_store(member.session, number):
            raise ApiError(Code.NOT_FOUND, "There is no such store among yours")
    return go(request, HOME)


@post("/dashboard/mode", include_in_schema=False, status_code=200)
async def choose_mode(request: Request[Any, Any, Any]) -> Response[str]:
    """Look at the store's sandbox, or at the store itself."""
    member, form = the_member(request), await form_of(request)
    async with engine.transaction():
        await session_mode(member.session, in_sandbox=form.get("mode") == "test")
    return go(request, HOME)


@post("/language", include_in_schema=False, status_code=200)
async def choose_language(request: Request[Any, Any, Any]) -> Response[str]:
    """Speak another language in this browser and, to a member, in every one."""
    require_own_site(request)
    form, member = await form_of(request), await member_of(request)
    language = known(form.get("language"))
    answer = go(request, own_path(form.get("next"), "/"))
    if language is None:
        return answer
    if member is not None:
        await require_own_form(request, member)
        async with engine.transaction():
            await language_choose(member.session.account_id, language)
    answer.set_cookie(cookie(request, LANGUAGE_COOKIE, language, YEAR))
    return answer


# Those that need no session, and those that do.
before = [sign_in_page, sign_in, choose_language]
within = [sign_out, choose_store, choose_mode]
