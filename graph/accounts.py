"""Who looks after a store in the dashboard: accounts of people, and their parts in stores."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import asyncpg

from db.engine import engine
from graph import contact_rules, rules
from graph.errors import ApiError, Code, Detail, conflict, invalid_fields, not_found
from graph.passwords import PASSWORD, is_outdated, password_hash, password_made, password_matches
from graph.roles import ROLES, RoleName

EMAIL_LENGTH: Final = 190
LANGUAGES: Final = ("ar", "fr", "en")

MEMBER = rules.Form(
    {"email": contact_rules.email_as_typed(), "role": rules.choice(*ROLES)},
    required=("email", "role"),
)
ROLE = rules.Form({"role": rules.choice(*ROLES)}, required=("role",))
NEW_PASSWORD = rules.Form({"password": PASSWORD}, required=("password",))

_MEMBERS: Final = (
    "SELECT m.id, a.id AS account_id, a.email, m.role, m.created_at,"
    " (SELECT max(s.last_seen_at) FROM sessions s WHERE s.account_id = a.id AND s.store_id = m.store_id)"
    " AS last_seen_at"
    " FROM members m JOIN accounts a ON a.id = m.account_id WHERE m.store_id = $1 ORDER BY m.id"
)


@dataclass(frozen=True, slots=True)
class StoredMember:
    """A member of a store, as its owners see it."""

    id: int
    account_id: int
    email: str
    role: RoleName
    created_at: datetime
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Added:
    """A new member. `password` is shown this once; None for somebody who had an account already."""

    member_id: int
    email: str
    password: str | None


async def members(store_id: int) -> list[StoredMember]:
    """Return who looks after a store, the first one first."""
    return [StoredMember(**row) for row in await engine.fetch(_MEMBERS, store_id)]


async def member_add(store_id: int, values: dict[str, Any], password: str | None = None) -> Added:
    """Let a person look after a store, on the running transaction.

    Args:
        store_id: the store.
        values: the members of `MEMBER`.
        password: the new account's; a temporary one is made where it is None.

    Raises:
        ApiError: `bad_request` with details; `conflict` for somebody who is a member already.
    """
    given = MEMBER.check(values)
    email = given["email"]
    if len(email) > EMAIL_LENGTH:
        raise invalid_fields([Detail("email", f"must have at most {EMAIL_LENGTH} characters")])
    if password is not None:
        NEW_PASSWORD.check({"password": password})
    made = await _account(email, password)
    try:
        async with engine.transaction():
            rows = await engine.write(
                "INSERT INTO members (account_id, store_id, role)"
                " SELECT id, $2, $3 FROM accounts WHERE email = $1 RETURNING id",
                email,
                store_id,
                given["role"],
            )
    except asyncpg.UniqueViolationError as error:
        raise conflict("email", f"{email} is a member of this store already") from error
    return Added(rows[0]["id"], email, made)


async def _account(email: str, password: str | None) -> str | None:
    """Make the account of an e-mail address that has none, and return its password."""
    if await engine.write("SELECT FROM accounts WHERE email = $1", email):
        return None
    chosen = password or password_made()
    rows = await engine.write(
        "INSERT INTO accounts (email, password_hash, password_is_temporary) VALUES ($1, $2, $3)"
        " ON CONFLICT (email) DO NOTHING RETURNING id",
        email,
        await password_hash(chosen),
        password is None,
    )
    return chosen if rows else None


async def member_role_change(store_id: int, member_id: int, values: dict[str, Any]) -> None:
    """Give a member another role, on the running transaction.

    Raises:
        ApiError: `bad_request`; `not_found`; `conflict` where no owner would be left.
    """
    role = ROLE.check(values)["role"]
    await _lock(store_id)
    rows = await engine.write(
        "UPDATE members SET role = $3 WHERE id = $1 AND store_id = $2 RETURNING id", member_id, store_id, role
    )
    if not rows:
        raise not_found("Member", member_id)
    await _require_owner(store_id)


async def member_remove(store_id: int, member_id: int) -> None:
    """Take a member out of a store, on the running transaction; its sessions in that store end.

    Raises:
        ApiError: `not_found`; `conflict` where no owner would be left.
    """
    await _lock(store_id)
    rows = await engine.write(
        "DELETE FROM members WHERE id = $1 AND store_id = $2 RETURNING account_id", member_id, store_id
    )
    if not rows:
        raise not_found("Member", member_id)
    await engine.write("DELETE FROM sessions WHERE account_id = $1 AND store_id = $2", rows[0]["account_id"], store_id)
    await _require_owner(store_id)


async def _lock(store_id: int) -> None:
    """Let nobody else change who owns a store until the running transaction ends."""
    await engine.write("SELECT FROM stores WHERE id = $1 FOR NO KEY UPDATE", store_id)


async def _require_owner(store_id: int) -> None:
    if not await engine.write("SELECT FROM members WHERE store_id = $1 AND role = 'owner' LIMIT 1", store_id):
        raise ApiError(Code.CONFLICT, "The store would be left without an owner: make somebody else one first")


async def password_reset(email: str, password: str | None = None) -> str:
    """Give an account another password and end its sessions, on the running transaction; return the password.

    Args:
        email: the account's.
        password: the new one; a temporary one is made where it is None.

    Raises:
        ApiError: `bad_request`; `not_found`.
    """
    chosen = password or password_made()
    NEW_PASSWORD.check({"password": chosen})
    account_id = await account_find(email)
    if account_id is None:
        raise ApiError(Code.NOT_FOUND, f"Nobody signs in as {email}")
    await _set_password(account_id, chosen, is_temporary=password is None)
    await engine.write("DELETE FROM sessions WHERE account_id = $1", account_id)
    return chosen


async def password_change(account_id: int, old: str, new: str) -> None:
    """Change one's own password, on the running transaction; the account's sessions end.

    Raises:
        ApiError: `bad_request`, with a detail for `old_password` or `password`.
    """
    NEW_PASSWORD.check({"password": new})
    rows = await engine.write("SELECT password_hash FROM accounts WHERE id = $1", account_id)
    if not rows or not await password_matches(old, rows[0]["password_hash"]):
        raise invalid_fields([Detail("old_password", "is not your password until now")])
    if old == new:
        raise invalid_fields([Detail("password", "must be another one than until now")])
    await _set_password(account_id, new, is_temporary=False)
    await engine.write("DELETE FROM sessions WHERE account_id = $1", account_id)


async def _set_password(account_id: int, password: str, *, is_temporary: bool) -> None:
    await engine.write(
        "UPDATE accounts SET password_hash = $2, password_is_temporary = $3, updated_at = now() WHERE id = $1",
        account_id,
        await password_hash(password),
        is_temporary,
    )


async def language_choose(account_id: int, language: str) -> None:
    """Let the dashboard speak one of `LANGUAGES` to somebody, on the running transaction."""
    if language in LANGUAGES:
        await engine.write("UPDATE accounts SET language = $2, updated_at = now() WHERE id = $1", account_id, language)


async def account_find(email: str) -> int | None:
    """Return the account of an e-mail address as somebody typed it, or None."""
    row = await engine.fetch_row("SELECT id FROM accounts WHERE email = $1", typed(email))
    return None if row is None else int(row["id"])


async def account_proven(email: str, password: str) -> int:
    """Return the account whose e-mail address and password these are.

    Raises:
        ApiError: `unauthorized`, always the same, and after the same work, whatever is wrong.
    """
    row = await engine.fetch_row("SELECT id, password_hash FROM accounts WHERE email = $1", typed(email))
    if not await password_matches(password, None if row is None else row["password_hash"]) or row is None:
        raise ApiError(Code.UNAUTHORIZED, "The e-mail address or the password is wrong")
    if is_outdated(row["password_hash"]):
        async with engine.transaction():
            await engine.write(
                "UPDATE accounts SET password_hash = $2 WHERE id = $1 AND password_hash = $3",
                row["id"],
                await password_hash(password),
                row["password_hash"],
            )
    return int(row["id"])


def typed(email: str) -> str:
    """Return an e-mail address as it is stored, of one as somebody typed it; nobody's where it can't be one."""
    cleaned = email.strip().lower()
    return cleaned if re.fullmatch(r"[^\x00\ud800-\udfff]{1,190}", cleaned) else ""
