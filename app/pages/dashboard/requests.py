"""The log of requests: what the store's keys asked for lately, and one request by its id."""

from typing import Any, Final

from litestar import Request, Response, get
from litestar.params import FromPath

from app.pages.asking import ask
from app.pages.signed_in import the_member
from app.pages.site import go, problem_of, render
from graph.errors import ApiError, Code

HOME: Final = "/dashboard/requests"
ROWS: Final = 50
OUTCOMES: Final = ("succeeded", "refused", "failed")
SURFACES: Final = ("rest", "graphql")
TEXTS: Final = {"key": "keyId", "operation": "operation", "error": "errorCode"}
FIELDS: Final = "requestId receivedAt method operation surface status outcome errorCode durationMs keyId"
QUERY: Final = f"""
query Requests($after: String, $keyId: String, $outcome: RequestOutcome, $surface: RequestSurface,
    $operation: String, $errorCode: String) {{
  requestLog(first: {ROWS}, after: $after, keyId: $keyId, outcome: $outcome, surface: $surface,
      operation: $operation, errorCode: $errorCode) {{
    nodes {{ {FIELDS} }}
    pageInfo {{ hasNextPage endCursor }}
  }}
  apiKeys(first: 100) {{ nodes {{ keyId name }} }}
}}
"""
FIND: Final = f"query Request($id: String!) {{ request(requestId: $id) {{ {FIELDS} }} }}"
KEYS: Final = "query Keys { apiKeys(first: 100) { nodes { keyId name } } }"


@get(HOME, include_in_schema=False)
async def requests(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the latest requests, or those of a key, an outcome, a surface, an operation or an error."""
    member = the_member(request)
    given = request.query_params
    chosen = {name: given.get(name, "")[:200] for name in (*TEXTS, "outcome", "surface")}
    chosen |= {"outcome": _one_of(OUTCOMES, chosen["outcome"]), "surface": _one_of(SURFACES, chosen["surface"])}
    variables: dict[str, Any] = {variable: chosen[name] or None for name, variable in TEXTS.items()}
    variables |= {name: chosen[name].upper() or None for name in ("outcome", "surface")}
    data = await ask(member, QUERY, after=given.get("after"), **variables)
    return render(
        request,
        "dashboard/requests.html",
        section="requests",
        rows=data["requestLog"]["nodes"],
        page_info=data["requestLog"]["pageInfo"],
        keys=_names(data),
        chosen=chosen,
        query=[(name, value) for name, value in chosen.items() if value],
        sought="",
    )


@get(f"{HOME}/find", include_in_schema=False)
async def find(request: Request[Any, Any, Any]) -> Response[str]:
    """Go to the request of an id, as somebody has pasted it."""
    member = the_member(request)
    sought = request.query_params.get("id", "").strip()[:200]
    try:
        found = (await ask(member, FIND, id=sought))["request"]
    except ApiError as error:
        if error.code is not Code.NOT_FOUND:
            raise
        problem = problem_of(request, error)
        return render(request, "dashboard/request_missing.html", section="requests", sought=sought, missing=problem)
    return go(request, f"{HOME}/{found['requestId']}")


@get(f"{HOME}/{{request_id:str}}", include_in_schema=False)
async def one(request: Request[Any, Any, Any], request_id: FromPath[str]) -> Response[str]:
    """Show one request."""
    member = the_member(request)
    found = (await ask(member, FIND, id=request_id))["request"]
    names = _names(await ask(member, KEYS))
    reason = found["errorCode"] if found["errorCode"] in {code.value for code in Code} else None
    return render(request, "dashboard/request.html", section="requests", row=found, keys=names, reason=reason)


def _names(data: dict[str, Any]) -> dict[str, str]:
    """Return what the store's keys are called, by their public parts."""
    return {each["keyId"]: each["name"] for each in data["apiKeys"]["nodes"]}


def _one_of(known: tuple[str, ...], given: str) -> str:
    return given if given in known else ""


handlers: Final = [requests, find, one]
