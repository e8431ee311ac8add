"""What a member of a store may do in the dashboard, in one table: scopes, and two powers beside them."""

from typing import Final, Literal, NamedTuple

from graph import scopes

RoleName = Literal["owner", "developer", "viewer"]


class Role(NamedTuple):
    """One role.

    Attributes:
        scopes: those of a key that could do the same.
        writes: whether it changes anything at all; what, its scopes say.
        manages_members: whether it decides who else may come in.
    """

    name: RoleName
    scopes: frozenset[str]
    writes: bool
    manages_members: bool = False


_ALL: Final = frozenset(scopes.names("platform"))
_READS: Final = frozenset(scope for scope in _ALL if scope.endswith(":read"))

# A developer makes keys too, which can do no more than the developer (`graph.api_keys`).
ROLES: Final[dict[RoleName, Role]] = {
    "owner": Role("owner", _ALL, writes=True, manages_members=True),
    "developer": Role("developer", _READS | {"webhooks:write"}, writes=True),
    "viewer": Role("viewer", _READS, writes=False),
}
