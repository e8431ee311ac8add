"""Sessions of the dashboard: a random token in a cookie, its hash in PostgreSQL, an end that moves with each use."""

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Final, NamedTuple

import asyncpg

from db.engine import engine
from graph.context import Context
from graph.keys import LIMITS
from graph.roles import ROLES, Role
from graph.tiers import Limits, sandboxed

# A session ends when it was not used for so long, and when it is so old.
IDLE: Final = "12 hours"
LONGEST: Final = "30 days"
# How often it is written down that one is used.
TOUCHED_EVERY: Final = "1 minute"
TOKEN_BYTES: Final = 32

_FIND: Final = (
    "SELECT s.id, s.account_id, s.in_sandbox, a.email, a.language, a.password_is_temporary, m.id AS member_id, m.role,"
    f" t.id AS store_id, t.name AS store_name, t.tier, {LIMITS},"
    f" s.last_seen_at < now() - interval '{TOUCHED_EVERY}' AS to_touch,"
    " (SELECT json_agg(json_build_array(o.id, o.name) ORDER BY o.id)::text FROM members p JOIN stores o"
    " ON o.id = p.store_id WHERE p.account_id = s.account_id) AS stores"
    " FROM sessions s JOIN accounts a ON a.id = s.account_id JOIN stores t ON t.id = s.store_id"
    " JOIN members m ON m.account_id = s.account_id AND m.store_id = s.store_id"
    " WHERE s.token_hash = $1 AND s.expires_at > now()"
)
_TOUCH: Final = (
    "UPDATE sessions SET last_seen_at = now(),"
    f" expires_at = least(created_at + interval '{LONGEST}', now() + interval '{IDLE}') WHERE id = $1"
)
# In the store that was looked after last, or else the first one.
_CREATE: Final = (
    "INSERT INTO sessions (token_hash, account_id, store_id, expires_at)"
    f" SELECT $1, m.account_id, m.store_id, now() + interval '{IDLE}' FROM members m WHERE m.account_id = $2"
    " ORDER BY (SELECT max(s.last_seen_at) FROM sessions s WHERE s.account_id = $2 AND s.store_id = m.store_id)"
    " DESC NULLS LAST, m.id LIMIT 1 RETURNING id"
)


class OwnStore(NamedTuple):
    """A store that somebody looks after."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that somebody has signed in with, and as whom it asks now."""

    id: int
    account_id: int
    email: str
    language: str | None
    password_is_temporary: bool
    member_id: int
    role: Role
    store: OwnStore
    tier: str
    stores: tuple[OwnStore, ...]
    context: Context


def token_made() -> str:
    """Return the token of a new session: 256 random bits."""
    return secrets.token_urlsafe(TOKEN_BYTES)


async def session_create(account_id: int, token: str) -> bool:
    """Begin a session of an account, on the running transaction; tell whether it has a store to look after."""
    return bool(await engine.write(_CREATE, _hashed(token), account_id))


async def session_find(token: str) -> Session | None:
    """Return a session that has not ended, or None; its end moves on."""
    row = await engine.fetch_row(_FIND, _hashed(token))
    if row is None:
        return None
    if row["to_touch"]:
        await engine.write_alone(_TOUCH, row["id"])
    role = ROLES[row["role"]]
    stores = tuple(OwnStore(*each) for each in json.loads(row["stores"]))
    return Session(
        id=row["id"],
        account_id=row["account_id"],
        email=row["email"],
        language=row["language"],
        password_is_temporary=row["password_is_temporary"],
        member_id=row["member_id"],
        role=role,
        store=OwnStore(row["store_id"], row["store_name"]),
        tier=row["tier"],
        stores=stores,
        context=_context(row, role),
    )


def _context(row: asyncpg.Record, role: Role) -> Context:
    """Return who asks, as the resolvers know it: as a platform key of the role's scopes."""
    limits = Limits(*(row[name] for name in Limits._fields))
    return Context(
        store_id=row["store_id"],
        livemode=not row["in_sandbox"],
        api_key_id=0,
        key_id="dashboard",
        key_type="platform",
        key_name=row["email"],
        scopes=role.scopes,
        expires_at=None,
        limits=sandboxed(limits) if row["in_sandbox"] else limits,
        member_id=row["member_id"],
    )


async def session_end(token: str) -> None:
    """End a session, on the running transaction."""
    await engine.write("DELETE FROM sessions WHERE token_hash = $1", _hashed(token))


async def sessions_end(account_id: int) -> None:
    """End every session of an account, on the running transaction."""
    await engine.write("DELETE FROM sessions WHERE account_id = $1", account_id)


async def session_store(session: Session, store_id: int) -> bool:
    """Let a session look after another store of its account's, on the running transaction; tell whether it is one."""
    rows = await engine.write(
        "UPDATE sessions SET store_id = $2, in_sandbox = false WHERE id = $1"
        " AND EXISTS (SELECT FROM members WHERE account_id = $3 AND store_id = $2) RETURNING id",
        session.id,
        store_id,
        session.account_id,
    )
    return bool(rows)


async def session_mode(session: Session, *, in_sandbox: bool) -> None:
    """Let a session show the store's sandbox, or the store itself, on the running transaction."""
    await engine.write("UPDATE sessions SET in_sandbox = $2 WHERE id = $1", session.id, in_sandbox)


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
