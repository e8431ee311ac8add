"""Tables of products that members have sent and are yet to confirm: kept for an hour, one a member and mode."""

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from db.engine import engine
from graph.context import Context
from graph.errors import not_found

LIFETIME: Final = "1 hour"


class Upload(NamedTuple):
    """A table as it was sent, and what its rows would do: or have done, once it is imported."""

    id: int
    name: str
    content: bytes
    report: dict[str, Any]
    is_imported: bool


async def upload_keep(context: Context, name: str, content: bytes, report: Mapping[str, Any]) -> int:
    """Keep a member's table in place of the one before it, on the running transaction, and return its id."""
    context.require("products:write")
    await engine.write(
        "DELETE FROM product_uploads WHERE member_id = $1 AND livemode = $2", context.member_id, context.livemode
    )
    rows = await engine.write(
        "INSERT INTO product_uploads (member_id, livemode, name, content, report) VALUES ($1, $2, $3, $4, $5)"
        " RETURNING id",
        context.member_id,
        context.livemode,
        name,
        content,
        json.dumps(report),
    )
    return int(rows[0]["id"])


async def upload_find(context: Context, identifier: int) -> Upload:
    """Return a table that a member has sent.

    Raises:
        ApiError: `not_found`, also for another member's, and for one that is past its hour.
    """
    context.require("products:write")
    row = await engine.fetch_row(
        "SELECT id, name, content, report, imported_at FROM product_uploads WHERE id = $3 AND member_id = $1"
        f" AND livemode = $2 AND created_at > now() - interval '{LIFETIME}'",
        context.member_id,
        context.livemode,
        identifier,
    )
    if row is None:
        raise not_found("Upload", identifier)
    return Upload(row["id"], row["name"], row["content"], json.loads(row["report"]), row["imported_at"] is not None)


async def upload_done(context: Context, identifier: int, report: Mapping[str, Any]) -> None:
    """Note that a table is imported, and what its rows have done."""
    await engine.write_alone(
        "UPDATE product_uploads SET imported_at = now(), report = $4"
        " WHERE id = $3 AND member_id = $1 AND livemode = $2",
        context.member_id,
        context.livemode,
        identifier,
        json.dumps(report),
    )
