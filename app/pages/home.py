"""`/`: what this is, and the three ways in."""

from typing import Any, Final

from litestar import Request, Response, get

from app.pages.signed_in import member_of
from app.pages.site import render


@get("/", include_in_schema=False)
async def home(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the home page."""
    await member_of(request)
    return render(request, "home.html")


handlers: Final = [home]
