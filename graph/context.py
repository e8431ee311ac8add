"""Who asks: the store, the mode, the key and its scopes. Every resolver gets one."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from graph import scopes
from graph.errors import ApiError, Code
from graph.scopes import KeyType
from graph.tiers import TIERS, Limits
from graph.tries import Tries, Uncounted


class Rate(NamedTuple):
    """What is left of a key's requests this minute; `reset` is seconds until more are."""

    limit: int
    remaining: int
    reset: int


@dataclass(frozen=True, slots=True)
class Context:
    """A request's identity, as its credentials proved it."""

    store_id: int
    livemode: bool
    api_key_id: int
    key_id: str
    key_type: KeyType
    key_name: str
    scopes: frozenset[str]
    expires_at: datetime | None
    limits: Limits = TIERS["enterprise"]
    requests_per_address: int | None = None
    allowed_origins: tuple[str, ...] = ()
    rate: Rate | None = None
    # Who asks through the dashboard, in place of a key; `api_key_id` is 0 then.
    member_id: int | None = None
    # Which state of the store's registered operations the key is held to; None for a key that may run any.
    registered_operations: str | None = None
    # Counts what a shopper tries; the process gives each request its own.
    tries: Tries = field(default=Uncounted(), compare=False, repr=False)

    def require(self, scope: str) -> None:
        """Let a key with this scope pass.

        Raises:
            ApiError: `forbidden`, naming the scope.
        """
        if scope in self.scopes:
            return
        if scope in scopes.names(self.key_type):
            remedy = "create a key that has it, or use another one"
        else:
            other = "platform key (dzpk_…), from a server" if self.key_type == "public" else "public key (dzpub_…)"
            remedy = f"no {self.key_type} key can have it, use a {other}"
        raise ApiError(Code.FORBIDDEN, f"This key lacks the scope {scope}: {remedy}", required_scope=scope)

    def require_public(self) -> None:
        """Let a public key pass, whatever its scopes.

        Raises:
            ApiError: `forbidden`.
        """
        if self.key_type != "public":
            raise ApiError(Code.FORBIDDEN, "This needs a public key (dzpub_…): a platform key is for servers")

    def require_platform(self) -> None:
        """Let a platform key pass, whatever its scopes.

        Raises:
            ApiError: `forbidden`.
        """
        if self.key_type != "platform":
            raise ApiError(Code.FORBIDDEN, "This needs a platform key (dzpk_…): a public key is for browsers")
