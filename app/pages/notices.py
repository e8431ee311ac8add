"""What is said above each page of the dashboard while it is so: webhooks that are disabled, or have dead deliveries."""

from typing import Any, Final, NamedTuple

from litestar import Request

from app.pages.asking import ask
from app.pages.signed_in import READS, Member
from graph.webhooks import WEBHOOKS_MAXIMUM

QUERY: Final = f"""
query Notices {{ webhooks(first: {WEBHOOKS_MAXIMUM}) {{ nodes {{ databaseId url status failureCount }} }} }}
"""


class Notice(NamedTuple):
    """A text, and the page that it is about."""

    text: str
    path: str
    name: str


async def notices_of(request: Request[Any, Any, Any], member: Member) -> list[Notice]:
    """Return what a member is to be told of, whatever page they look at; a form's answer goes without."""
    if request.method not in READS or not member.may("webhooks:read"):
        return []
    nodes = (await ask(member, QUERY))["webhooks"]["nodes"]
    return [
        Notice(
            "webhooks.notice_dead" if each["status"] == "DEAD" else "webhooks.notice_failing",
            f"/dashboard/webhooks/{each['databaseId']}",
            each["url"],
        )
        for each in nodes
        if each["status"] == "DEAD" or each["failureCount"]
    ]
