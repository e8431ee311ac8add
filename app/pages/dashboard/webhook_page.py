"""The page of one webhook: its health, its deliveries, and the forms of what may happen to it."""

from typing import Any, Final

from litestar import Request, Response

from app.pages.asking import ask
from app.pages.dashboard.verifiers import ADDRESS, VARIABLE, verifiers
from app.pages.signed_in import Member
from app.pages.site import problem_of, render
from graph.errors import ApiError
from graph.webhooks import GRACE_MAXIMUM

HOME: Final = "/dashboard/webhooks"
WRITE: Final = "webhooks:write"
ROWS: Final = 25
STATUSES: Final = ("delivered", "pending", "retrying", "dead", "over_quota")
# Those that no attempt is coming for by itself.
OVER: Final = ("dead", "over_quota", "delivered")
# For how many seconds the old secret may sign too.
GRACES: Final = (GRACE_MAXIMUM, 3_600, 0)
FIELDS: Final = "databaseId url events status lastSuccessAt lastFailureAt failureCount createdAt"
QUERY: Final = f"""
query Webhook($id: ID!, $after: String, $status: WebhookDeliveryStatus) {{
  webhook(id: $id) {{ {FIELDS}
    deliveries(first: {ROWS}, after: $after, status: $status) {{
      nodes {{ databaseId event status attempts responseStatus durationMs error nextAttemptAt createdAt }}
      pageInfo {{ hasNextPage endCursor }}
    }}
  }}
}}
"""


async def shown(
    request: Request[Any, Any, Any], member: Member, webhook_id: str, error: ApiError | None = None, **typed: str
) -> Response[str]:
    """Return the page of a webhook, with what was refused of one of its forms and what was typed there."""
    status = request.query_params.get("status", "")
    wanted = status.upper() if status in STATUSES else None
    data = await ask(member, QUERY, id=webhook_id, after=request.query_params.get("after"), status=wanted)
    hook = data["webhook"]
    return render(
        request,
        "dashboard/webhook.html",
        section="webhooks",
        problem=None if error is None else problem_of(request, error),
        hook=hook,
        deliveries=hook["deliveries"]["nodes"],
        page_info=hook["deliveries"]["pageInfo"],
        home=f"{HOME}/{hook['databaseId']}",
        statuses=STATUSES,
        over=OVER,
        graces=GRACES,
        chosen=status if wanted else "",
        query=[("status", status)] if wanted else [],
        typed={"from": "", "to": "", "status": "dead", **typed},
        verifiers=verifiers(),
        variable=VARIABLE,
        verifying=ADDRESS,
        written=member.writes(WRITE),
    )
