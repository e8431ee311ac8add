"""A reader's own test key in the examples: made by a button, shown once, and kept by the page alone.

Secrets are stored as hashes, so a key that there is already can't be filled in: what can be is a new one.
"""

from typing import Any, Final

from litestar import Request, Response, post

from app.logs import request_of
from app.pages.asking import do
from app.pages.dashboard.keys import CREATE, grantable
from app.pages.docs.contents import FIRST, PATH
from app.pages.docs.words import word
from app.pages.forms import form_of
from app.pages.signed_in import the_member
from app.pages.site import HEADERS, language_of, problem_of, render
from app.web.graphql_page import page as graphql_page
from graph.errors import ApiError

JSON: Final = "application/json"


def demo_key(request: Request[Any, Any, Any]) -> str:
    """Return the demo shop's test key for a browser on the machine of a demo, and nothing for any other."""
    return graphql_page.key_for(request_of(request.scope, request.receive), "test_key")


@post(f"{PATH}/key", include_in_schema=False, status_code=200)
async def make_key(request: Request[Any, Any, Any]) -> Response[Any]:
    """Make a test key of the member's store, and tell it this once: to the page's script, or on a page."""
    member = the_member(request)
    form = await form_of(request)
    for_script = request.headers.get("accept", "").startswith(JSON)
    wanted = {
        "type": "PLATFORM",
        "name": word("key_name", language_of(request)),
        "livemode": False,
        "scopes": [scope.name for scope in grantable(member, "platform")],
    }
    try:
        issued = await do(member, CREATE, form.key, input=wanted)
    except ApiError as error:
        if not for_script:
            raise
        problem = problem_of(request, error)
        return Response({"message": problem.message}, status_code=problem.status, headers=_private())
    key = issued["issued"]["bearerToken"]
    if for_script:
        return Response({"key": key}, headers=_private())
    back = form.get("back")
    return render(
        request,
        "docs/key.html",
        key=key,
        groups=[],
        back=back if back.startswith(f"{PATH}/") else f"{PATH}/{FIRST}",
    )


def _private() -> dict[str, str]:
    return {**HEADERS, "cache-control": "no-store"}
