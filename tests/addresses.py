"""Addresses that nobody has had: what one client does wrong counts against no other's limit.

They are of this machine, which may read `/metrics`.
"""

import itertools

_numbers = itertools.count(1)


def fresh_address() -> str:
    """Return another address each time."""
    number = next(_numbers)
    return f"127.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
