"""The API reference: Scalar, a program of others, over `openapi.yaml`, in a frame that lets nothing else in."""

import secrets
from typing import Any, Final

from litestar import Request, Response, get

from app.logs import request_of
from app.pages.docs.contents import PATH
from app.pages.signed_in import member_of
from app.pages.site import POLICY, render, site
from app.web.graphql_page import page as graphql_page

# Scalar puts its own style sheet into the page, which the nonce lets it do; what else it would fetch is refused.
STYLES: Final = "style-src 'self'"


@get(f"{PATH}/reference", include_in_schema=False)
async def reference(request: Request[Any, Any, Any]) -> Response[Any]:
    """Return the reference, with the demo shop's key in it for a browser on the machine of a demo."""
    await member_of(request)
    nonce = secrets.token_urlsafe(16)
    key = graphql_page.key_for(request_of(request.scope, request.receive))
    answer: Response[Any] = render(request, "docs/reference.html", nonce=nonce, key=key, base_url=site.address(request))
    answer.headers["content-security-policy"] = POLICY.replace(STYLES, f"{STYLES} 'nonce-{nonce}'")
    answer.headers["cache-control"] = "no-store"
    return answer
