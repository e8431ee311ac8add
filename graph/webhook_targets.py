"""Where webhooks may go (`contract.md §8`): checked when an address is given, and again at each connection.

Metadata addresses of clouds, link-local and other special networks never; loopback and private ones where a setting
allows them; only some ports.
"""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Network, IPv6Network, ip_network
from threading import Semaphore
from typing import Final

from ssrfguard import BlockedAddressError, BlockedURLError, Policy, Target, resolve

URL_LENGTH: Final = 500
# How long a name is looked up when an address is given, and how many at once. One that isn't by then is checked when it
# is connected to. The look-up is within the write's transaction: so few of them, for so short, leave connections to all
# other requests, whoever's server of names hangs.
LOOK_UP_SECONDS: Final = 2.0
LOOK_UPS: Final = 4
OWN_NETWORKS: Final = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128")
OWN_IPV6: Final = IPv6Network("fc00::/7")
# Within the private addresses of IPv6: Amazon's metadata, and Google's.
METADATA_IPV6: Final = (IPv6Network("fd00:ec2::254/128"), IPv6Network("fd20:ce::254/128"))
METADATA_NAMES: Final = frozenset({"metadata.google.internal", "metadata.goog"})
NOT_PUBLIC: Final = "must lead to a public address: loopback, private, link-local and metadata addresses are refused"
PORTS: Final = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")


class RefusedTarget(ValueError):
    """Where a webhook may not go; its text says what to change."""


def ports_of(text: str) -> frozenset[int]:
    """Return the ports that a text such as `80,443,8000-8999` names.

    Raises:
        ValueError: it names none, or something else.
    """
    ports: set[int] = set()
    for part in text.replace(" ", "").split(","):
        match = PORTS.fullmatch(part)
        if match is None:
            raise ValueError(f"{part!r} is neither a port nor a range of ports")
        first, last = int(match[1]), int(match[2] or match[1])
        ports.update(range(first, last + 1))
    if not ports or min(ports) < 1 or max(ports) > 65535:
        raise ValueError("a port is from 1 to 65535")
    return frozenset(ports)


def policy_of(ports: frozenset[int], *, private_networks: bool) -> Policy:
    """Return what may be connected to."""
    allowed: tuple[IPv4Network | IPv6Network, ...] = ()
    if private_networks:
        allowed = (*map(ip_network, OWN_NETWORKS), *_without(OWN_IPV6, METADATA_IPV6))
    return Policy(allowed_ports=ports, allowed_networks=allowed)


def _without(network: IPv6Network, holes: tuple[IPv6Network, ...]) -> Iterator[IPv6Network]:
    """Return the parts of a network that are left without these."""
    inside = [hole for hole in holes if hole.subnet_of(network)]
    if not inside:
        yield network
    elif network not in inside:
        for half in network.subnets():
            yield from _without(half, holes)


class Targets:
    """What this process lets webhooks reach; nothing but public addresses until it is told otherwise."""

    def __init__(self) -> None:
        self.policy = policy_of(frozenset({80, 443}), private_networks=False)
        self._lookups: ThreadPoolExecutor | None = None
        # Held by a look-up until it really ends: it can't be stopped when nobody waits for it any more.
        self._room = Semaphore(LOOK_UPS)

    def allow(self, ports: str, *, private_networks: bool) -> None:
        """Let webhooks reach these ports and, if said so, loopback and private networks."""
        self.policy = policy_of(ports_of(ports), private_networks=private_networks)

    async def check(self, url: str) -> None:
        """Let an address pass that a webhook may have.

        Raises:
            RefusedTarget: its form, its port or an address that its name has now.
        """
        try:
            target = self.policy.check_url(url)
            if target.host.rstrip(".").lower() in METADATA_NAMES:
                raise RefusedTarget("must not be a cloud's metadata service")
            if self._room.acquire(blocking=False):
                future = asyncio.get_running_loop().run_in_executor(self._executor(), self._look_up, target)
                await asyncio.wait_for(future, LOOK_UP_SECONDS)
        except (BlockedAddressError, BlockedURLError) as error:
            of_address = isinstance(error, BlockedAddressError) or isinstance(error.__cause__, BlockedAddressError)
            raise RefusedTarget(NOT_PUBLIC if of_address else self._told()) from error
        except (OSError, UnicodeError):
            return

    def _look_up(self, target: Target) -> None:
        try:
            resolve(target, policy=self.policy)
        finally:
            self._room.release()

    def _executor(self) -> ThreadPoolExecutor:
        # Of its own: a server of names that doesn't answer holds up no other work.
        if self._lookups is None:
            self._lookups = ThreadPoolExecutor(LOOK_UPS, "look-up")
        return self._lookups

    def _told(self) -> str:
        """Return what the form of an address must be."""
        shown = ", ".join(map(str, sorted(self.policy.allowed_ports)))
        ports = f"on port {shown}" if len(shown) <= 60 else "on a port that the server allows"
        return (
            f"must be an http or https address {ports}, with a host name or an address in its usual form, without "
            "blanks or a user's name in it"
        )


targets = Targets()
