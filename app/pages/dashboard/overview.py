"""The first page after signing in: what waits, and what was used."""

from typing import Any, Final

from litestar import Request, Response, get

from app.pages.asking import ask
from app.pages.signed_in import Member, the_member
from app.pages.site import render

# So many are counted; of more it is said that there are.
COUNTED: Final = 100
SHOWN: Final = 6
# What a new shop does first, as texts, and where.
FIRST_STEPS: Final = (
    ("product", "products:write", "/dashboard/products/new"),
    ("delivery", "store:write", "/dashboard/settings/delivery"),
    ("key", "usage:read", "/dashboard/settings/keys/new"),
)
QUERY: Final = """
query Overview($counted: Int!, $shown: Int!) {
  store { name publicUrl plan { tier } }
  pending: orders(first: $counted, status: PENDING) { nodes { databaseId } pageInfo { hasNextPage } }
  confirmed: orders(first: $counted, status: CONFIRMED) { nodes { databaseId } pageInfo { hasNextPage } }
  latest: orders(first: $shown) { nodes { databaseId orderNumber status total customerName createdAt } }
  low: products(first: $counted, lowStock: true) {
    nodes { databaseId name stockQuantity } pageInfo { hasNextPage }
  }
}
"""
# By itself: what is counted has no plan, and would keep the lists above from theirs.
USED: Final = """
{
  usage {
    period
    usage { request { total billable } signup { total billable } webhook { total billable } }
    limits { requestsPerMonth signupsPerMonth webhooksPerMonth }
  }
}
"""
KINDS: Final = (("request", "requestsPerMonth"), ("signup", "signupsPerMonth"), ("webhook", "webhooksPerMonth"))


@get("/dashboard", include_in_schema=False)
async def overview(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the store at a glance."""
    member = the_member(request)
    data = await ask(member, QUERY, counted=COUNTED, shown=SHOWN)
    used = (await ask(member, USED))["usage"]
    return render(
        request,
        "dashboard/overview.html",
        section="overview",
        store=data["store"],
        first_steps=[] if data["latest"]["nodes"] else _first_steps(member),
        pending=_counted(data["pending"]),
        confirmed=_counted(data["confirmed"]),
        low=_counted(data["low"]),
        scarce=sorted(data["low"]["nodes"], key=lambda each: each["stockQuantity"])[:SHOWN],
        latest=data["latest"]["nodes"],
        period=used["period"],
        quotas=[(kind, used["usage"][kind]["billable"], used["limits"][limit]) for kind, limit in KINDS],
    )


def _first_steps(member: Member) -> list[tuple[str, str]]:
    return [(name, path) for name, scope, path in FIRST_STEPS if member.writes(scope)]


def _counted(connection: dict[str, Any]) -> str:
    count = len(connection["nodes"])
    return f"{count}+" if connection["pageInfo"]["hasNextPage"] else str(count)


handlers: Final = [overview]
