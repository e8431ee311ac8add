"""The plans of `contract.md §4`, in one table. -1 is unlimited."""

from typing import Final, NamedTuple


class Limits(NamedTuple):
    """What a store of one tier may use."""

    requests_per_month: int
    signups_per_month: int
    webhooks_per_month: int
    requests_per_minute: int


TIERS: Final[dict[str, Limits]] = {
    "free": Limits(10_000, 100, 1_000, 30),
    "pro": Limits(500_000, 5_000, 50_000, 300),
    "pro_plus": Limits(5_000_000, 50_000, 500_000, 1_200),
    "enterprise": Limits(-1, -1, -1, 6_000),
}


# A sandbox uses up no plan, and has this many requests a month (contract.md §3).
TEST_REQUESTS_PER_MONTH: Final = 100_000


def sandboxed(limits: Limits) -> Limits:
    """Return what a store's sandbox may use, where the store itself may use `limits`."""
    return Limits(TEST_REQUESTS_PER_MONTH, -1, -1, limits.requests_per_minute)


# An override of the setting: what one address may do in a minute with one public key of a store.
PER_ADDRESS: Final = "requests_per_address"


def limit_sql(limit: str) -> str:
    """Return the SQL of a store's effective `limit`: its override, or else what its tier gives."""
    tiers = " ".join(f"WHEN '{tier}' THEN {getattr(limits, limit)}" for tier, limits in TIERS.items())
    return f"coalesce((t.limit_overrides->>'{limit}')::bigint, CASE t.tier {tiers} END)"
