"""All handlers of the pages, and what a page says where something went wrong."""

from typing import Any

from litestar import Request, Response, Router
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from app.chain.errors import from_exception
from app.logs import request_of
from app.pages import home, sections, sign_in
from app.pages.docs.handlers import handlers as docs
from app.pages.docs.own_key import make_key
from app.pages.notices import notices_of
from app.pages.signed_in import admit, the_member
from app.pages.site import problem_of, render
from graph.errors import ApiError, Code
from rest_compat.status import STATUS

ROOTS = ("/dashboard", "/language", "/api-docs")


def handlers() -> list[Any]:
    """Return what answers the paths of the pages."""
    problems: ExceptionHandlersMap = {Exception: failed}
    return [
        Router("/", route_handlers=[*home.handlers, *sign_in.before, *docs], exception_handlers=problems),
        Router(
            "/",
            route_handlers=[*sign_in.within, *sections.handlers(), make_key],
            before_request=_before,
            exception_handlers=problems,
        ),
    ]


async def _before(request: Request[Any, Any, Any]) -> Response[str] | None:
    """Let a member's request go on to its handler, and find what every page is to tell, or answer it."""
    answer = await admit(request)
    if answer is None:
        request.state["notices"] = await notices_of(request, the_member(request))
    return answer


def is_page(path: str) -> bool:
    """Tell whether a path is among the pages, so that what goes wrong there is told by one."""
    return path.startswith(ROOTS)


def failed(request: Request[Any, Any, Any], error: Exception) -> Response[str]:
    """Return the page of an error; of ours it says no more than that it was one."""
    told = _told(request, error)
    if "member" not in request.state:
        request.state["member"] = None
    return render(request, "error.html", problem=problem_of(request, told))


def _told(request: Request[Any, Any, Any], error: Exception) -> ApiError:
    if isinstance(error, HTTPException) and error.status_code < 500:
        code = next((code for code, status in STATUS.items() if status == error.status_code), Code.BAD_REQUEST)
        messages = {Code.NOT_FOUND: "There is no such page", Code.METHOD_NOT_ALLOWED: "This can't be done here"}
        return ApiError(code, messages.get(code, "The request can't be understood"))
    return from_exception(request_of(request.scope, request.receive), error)
