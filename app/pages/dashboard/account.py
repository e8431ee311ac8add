"""Settings → Your account: the member's own password."""

from typing import Any, Final

from litestar import Request, Response, get, post

from app.chain.tries import SignIn
from app.pages.forms import form_of
from app.pages.signed_in import PASSWORD, session_cookie, the_member
from app.pages.site import Problem, go, problem_of, render
from db.engine import engine
from graph.accounts import password_change
from graph.errors import ApiError
from graph.passwords import LONGEST, SHORTEST
from graph.sessions import session_create, token_made

SECTION: Final = "account"


@get(PASSWORD, include_in_schema=False)
async def account(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the form."""
    return _shown(request)


def _shown(request: Request[Any, Any, Any], problem: Problem | None = None) -> Response[str]:
    lengths = {"shortest": SHORTEST, "longest": LONGEST}
    return render(request, "dashboard/account.html", section=SECTION, problem=problem, **lengths)


@post(PASSWORD, include_in_schema=False, status_code=200)
async def change_password(request: Request[Any, Any, Any]) -> Response[str]:
    """Change one's own password; every other session of the account ends, and this one goes on under a new token.

    It is no write of the ledger: nothing of a password is kept there, not even a hash of what was asked.
    """
    member, form = the_member(request), await form_of(request)
    session = member.session
    tried = SignIn(member.request.address, session.email)
    token = token_made()
    try:
        await tried.count()
        async with engine.transaction():
            await password_change(session.account_id, form.raw("old_password"), form.raw("password"))
            await session_create(session.account_id, token)
    except ApiError as error:
        return _shown(request, problem_of(request, error))
    await tried.forgive()
    answer = go(request, PASSWORD, "account.changed")
    answer.set_cookie(session_cookie(request, token))
    return answer


handlers: Final = [account, change_password]
