"""Documents by their hash: automatic persisted queries, and the operations that a key is held to (`contract.md §9`).

The protocol is Apollo's: `extensions.persistedQuery` has `version` 1 and `sha256Hash`; the document comes with it only
after a `PersistedQueryNotFound`. What is kept is kept under its store and mode, and was hashed here.
"""

import hashlib
import json
import re
from typing import Any, NamedTuple

from app.chain.limits import Ask
from app.chain.valkey import valkey
from app.graphql.reading import Given, Malformed
from graph import registered
from graph.context import Context
from graph.errors import ApiError, Code, bad_request
from graph.kept import Kept
from graph.operations import InvalidDocument

VERSION = 1
SHA256 = re.compile(r"[0-9a-f]{64}")
# Longer ones are not kept: a store has so many places, and a document the place of its hash, so that what one store
# keeps in Valkey is 64 MiB at most, whatever it sends.
LARGEST = 16 * 1024
PLACES = 4_096
LIFETIME = 86_400
REGISTER = "register it with `dzbuild operations register FILE --store STORE`, or use a key that may run any"


class Document(NamedTuple):
    """The text to run. `hash` is what the client called it by; `new` says that it came along with that."""

    text: str
    hash: str | None
    new: bool

    def identity(self, given: Given) -> bytes:
        """Return what two requests have in common that ask for the same, with the text or without."""
        if self.hash is None:
            return given.raw
        return json.dumps([self.text, given.variables, given.name], sort_keys=True).encode()


_texts: Kept[tuple[int, bool, str], str] = Kept(count=1_024, weight=4 * 1024 * 1024)
_registered: Kept[int, tuple[str, dict[str, str]]] = Kept(count=256, weight=64 * 1024 * 1024)


async def document(given: Given, context: Context) -> Document:
    """Return the document that a request means.

    Raises:
        Malformed: the text isn't that of its hash, or the hash is none.
        InvalidDocument: there is no such document here; the client sends it along then.
        ApiError: `forbidden`: the key is held to registered operations, and this is none.
    """
    named = _named(given)
    if context.registered_operations is not None:
        return await _registered_one(given, context, named)
    if given.query is not None:
        if named is not None and _digest(given.query) != named:
            raise Malformed(
                bad_request("provided sha does not match query: sha256Hash is that of the document's UTF-8")
            )
        return Document(given.query, named, new=named is not None)
    text = None if named is None else await _find(context, named)
    if text is None:
        raise _refused("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
    return Document(text, named, new=False)


async def keep(context: Context, chosen: Document) -> None:
    """Keep a document that came along with its hash and turned out to be sound."""
    if not chosen.new or chosen.hash is None:
        return
    raw = chosen.text.encode()
    if len(raw) > LARGEST:
        return
    _remember(context, chosen.hash, chosen.text)
    client = valkey.client
    if client is not None and valkey.usable:
        await valkey.attempt(client.set(_place(context, chosen.hash), raw, ex=LIFETIME))


def forget() -> None:
    """Forget what this process keeps."""
    _texts.clear()
    _registered.clear()


def _named(given: Given) -> str | None:
    """Return the hash that a request names its document by, or None."""
    persisted: Any = given.extensions.get("persistedQuery")
    if persisted is None:
        if given.query is None:
            raise Malformed(bad_request("query must be a string with a GraphQL document in it"))
        return None
    if not isinstance(persisted, dict):
        raise Malformed(bad_request("extensions.persistedQuery must be an object with version 1 and sha256Hash"))
    if persisted.get("version") != VERSION or isinstance(persisted.get("version"), bool):
        raise _refused("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED")
    named = persisted.get("sha256Hash")
    if not isinstance(named, str) or not SHA256.fullmatch(named.lower()):
        raise Malformed(bad_request("extensions.persistedQuery.sha256Hash must be 64 hexadecimal digits"))
    return named.lower()


async def _find(context: Context, named: str) -> str | None:
    text = _texts.get((context.store_id, context.livemode, named))
    client = valkey.client
    if text is not None or client is None or not valkey.usable:
        return text
    found = await valkey.attempt(client.getex(_place(context, named), ex=LIFETIME))
    kept = found.decode(errors="replace") if isinstance(found, bytes) else ""
    # The place may be another document's by now.
    if _digest(kept) != named:
        return None
    _remember(context, named, kept)
    return kept


def _remember(context: Context, named: str, text: str) -> None:
    _texts.put((context.store_id, context.livemode, named), text, 4 * len(text) + 300)


def _place(context: Context, named: str) -> str:
    tag = Ask("", context.store_id, context.livemode, 0, 0).tag
    mode = "live" if context.livemode else "test"
    return f"query:{tag}:{context.store_id}:{mode}:{int(named[:8], 16) % PLACES}"


async def _registered_one(given: Given, context: Context, named: str | None) -> Document:
    """Return a document that is registered for the key's store; its name or its text says which."""
    wanted = named if given.query is None else _digest(given.query)
    if named is not None and wanted != named:
        raise _mismatch()
    text = (await _of_store(context)).get(wanted or "")
    if text is None:
        raise ApiError(
            Code.FORBIDDEN, f"This key runs registered operations alone, and {wanted} is none of its store: {REGISTER}"
        )
    return Document(text, named, new=False)


async def _of_store(context: Context) -> dict[str, str]:
    """Return a store's registered operations; read anew when the key, less than a second old, says they changed."""
    version = context.registered_operations or ""
    known = _registered.get(context.store_id)
    if known is not None and known[0] == version:
        return known[1]
    texts = await registered.texts(context.store_id)
    _registered.put(context.store_id, (version, texts), sum(2 * len(text) + 300 for text in texts.values()))
    return texts


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _mismatch() -> Malformed:
    return Malformed(bad_request("provided sha does not match query: sha256Hash is that of the document's UTF-8"))


def _refused(message: str, code: str) -> InvalidDocument:
    return InvalidDocument([{"message": message, "extensions": {"code": code}}])
