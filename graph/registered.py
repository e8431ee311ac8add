"""Registered operations: the documents that a store's keys may be held to (`contract.md §9`)."""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

import asyncpg

from db.engine import engine
from graph import documents
from graph.errors import Detail, bad_request, invalid_fields
from graph.schema import SCHEMAS

# What one store may have, so that a process can keep all of them.
MAXIMUM = 2_000
MAXIMUM_BYTES = 2 * 1024 * 1024
NAME_LENGTH = 200
INSERT = (
    "INSERT INTO registered_operations (store_id, sha256, name, document)"
    " SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[])"
    " ON CONFLICT (store_id, sha256) DO NOTHING RETURNING sha256"
)


class Registered(NamedTuple):
    """What registering did: the hash of each operation by its name, and how many of them were new."""

    hashes: dict[str, str]
    new: int


def sha256(document: str) -> str:
    """Return what a document is called by."""
    return hashlib.sha256(document.encode()).hexdigest()


async def register(store_id: int, given: Mapping[str, str]) -> Registered:
    """Register documents for a store on the running transaction: all of them, or none.

    Args:
        store_id: the store.
        given: each document by the name that a person knows it by. What is registered already stays as it is.

    Raises:
        ApiError: `bad_request`: a document can't be run, or there would be too many.
    """
    problems = [detail for name, text in given.items() for detail in _problems(name, text)]
    if problems:
        raise invalid_fields(problems)
    hashes = {name: sha256(text) for name, text in given.items()}
    named = {hashes[name]: (name[:NAME_LENGTH], text) for name, text in given.items()}
    columns = (list(named), [name for name, _ in named.values()], [text for _, text in named.values()])
    await engine.write("SELECT id FROM stores WHERE id = $1 FOR NO KEY UPDATE", store_id)
    new = await engine.write(INSERT, store_id, *columns)
    await _require_room(store_id)
    return Registered(hashes, len(new))


def _problems(name: str, text: str) -> list[Detail]:
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        return [Detail(name, "has characters that no document has")]
    understood = [documents.understood(text, audience) for audience in SCHEMAS]
    refusals = [each for each in understood if isinstance(each, documents.Refusal)]
    if len(refusals) < len(understood):
        return []
    return [Detail(name, problem.message) for problem in refusals[0].problems]


async def _require_room(store_id: int) -> None:
    row = await engine.fetch_row(
        "SELECT count(*) AS count, coalesce(sum(octet_length(document)), 0) AS bytes FROM registered_operations"
        " WHERE store_id = $1",
        store_id,
    )
    if row is None or (row["count"] <= MAXIMUM and row["bytes"] <= MAXIMUM_BYTES):
        return
    raise bad_request(
        f"The store would have {row['count']:,} registered operations of {row['bytes']:,} bytes, and {MAXIMUM:,} of "
        f"{MAXIMUM_BYTES:,} bytes are the most: remove what no client sends any more"
    )


async def texts(store_id: int) -> dict[str, str]:
    """Return the registered documents of a store by their hashes."""
    rows = await engine.fetch("SELECT sha256, document FROM registered_operations WHERE store_id = $1", store_id)
    return {row["sha256"]: row["document"] for row in rows}


async def registered_list(store_id: int) -> list[asyncpg.Record]:
    """Return a store's registered operations by name, without their documents."""
    return await engine.fetch(
        "SELECT sha256, name, octet_length(document) AS bytes, created_at FROM registered_operations"
        " WHERE store_id = $1 ORDER BY name, id",
        store_id,
    )


async def remove(store_id: int, prefixes: list[str] | None) -> list[str]:
    """Remove operations by the first digits of their hashes, or all of them, and return the hashes that were.

    Raises:
        ApiError: `bad_request`: digits that are those of none, or of several.
    """
    if prefixes is None:
        rows = await engine.write("DELETE FROM registered_operations WHERE store_id = $1 RETURNING sha256", store_id)
        return [row["sha256"] for row in rows]
    known = [row["sha256"] for row in await registered_list(store_id)]
    wanted: list[str] = []
    for prefix in prefixes:
        found = [each for each in known if prefix and each.startswith(prefix.lower())]
        if len(found) != 1:
            raise bad_request(
                f"{prefix} is the beginning of {len(found)} registered operations: give more digits of one"
            )
        wanted += found
    await engine.write(
        "DELETE FROM registered_operations WHERE store_id = $1 AND sha256 = ANY($2::text[])", store_id, wanted
    )
    return wanted
