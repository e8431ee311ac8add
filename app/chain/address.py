"""Where a request comes from. Forwarded headers count only from proxies that a setting trusts."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from app.chain.request import Request

Network = IPv4Network | IPv6Network
# An IPv6 client has a whole network of addresses to itself.
IPV6_PREFIX = 64


class Addresses:
    """Knows which proxies are trusted."""

    def __init__(self) -> None:
        self.trusted: tuple[Network, ...] = ()
        self._trusts = lru_cache(maxsize=4096)(self._is_trusted)

    def trust(self, networks: Sequence[str]) -> None:
        """Believe the forwarded headers of these networks alone.

        Raises:
            ValueError: one of them is no network.
        """
        self.trusted = tuple(ip_network(each, strict=False) for each in networks)
        self._trusts.cache_clear()

    def of(self, request: Request) -> str:
        """Return the client's address: the last one in `X-Forwarded-For` that is no trusted proxy's.

        Without a trusted proxy at the other end it is the connection's own.
        """
        client = request.scope.get("client")
        nearest = client[0] if client else ""
        if not self.trusted or not self._trusts(nearest):
            return nearest
        # A proxy may add a line of its own: several are one list (RFC 9110 §5.3).
        lines = [value.decode("latin-1") for name, value in request.scope["headers"] if name == b"x-forwarded-for"]
        for hop in reversed([each.strip() for each in ",".join(lines).split(",")]):
            if not _is_address(hop):
                return nearest
            nearest = hop
            if not self._trusts(hop):
                return hop
        return nearest

    def _is_trusted(self, address: str) -> bool:
        return _is_address(address) and any(ip_address(address) in network for network in self.trusted)


def limited_as(address: str) -> str:
    """Return what an address is limited by: itself, or its /64 where it is an IPv6 one."""
    if ":" not in address or not _is_address(address):
        return address
    return str(ip_network((address.partition("%")[0], IPV6_PREFIX), strict=False).network_address)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


addresses = Addresses()
