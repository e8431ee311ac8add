"""One worker: answers requests from a socket that its supervisor bound.

`python -m app.supervisor.worker FACTORY SOCKET GATE`: FACTORY is `module:function` of a function that returns an ASGI
application, SOCKET and GATE are file descriptors: the listening socket, and the gate to wait at before beginning.
"""

import gc
import os
import socket
import sys
from collections.abc import Sequence
from importlib import import_module

from uvicorn import Config, Server

from app.supervisor.corked import CorkedProtocol
from app.supervisor.gate import wait_at
from app.supervisor.listening import BACKLOG

GRACEFUL_SECONDS = 8
"""Less than the supervisor's patience, so that the application's own shutdown has its turn."""


class Worker(Server):
    """A uvicorn server that says when it is ready, and stops when its supervisor is gone."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self._supervisor = os.getppid()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, then tell the supervisor so."""
        await super().startup(sockets=sockets)
        settle()
        announce()

    async def on_tick(self, counter: int) -> bool:
        """Tell whether to stop; asked ten times a second."""
        # Linux also sends a signal at the supervisor's death, other systems don't.
        return await super().on_tick(counter) or os.getppid() != self._supervisor


def settle() -> None:
    """Keep the garbage collector off what stays for good: modules, schemas, tables.

    Looked through again and again, they stop every request for some 100 ms at a time. A request leaves few cycles, so
    that the youngest objects may be more before they are looked at.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def announce() -> None:
    """Tell the supervisor, if there is one, that this process is ready."""
    pipe = os.environ.pop("DZBUILD_READY_FD", None)
    if pipe is not None:
        os.write(int(pipe), b"1")
        os.close(int(pipe))


def main(arguments: Sequence[str]) -> None:
    """Serve until told to stop."""
    factory, descriptor, gate = arguments
    config = Config(
        factory,
        factory=True,
        loop="uvloop",
        http=CorkedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )
    worker = Worker(config)
    import_module(factory.partition(":")[0])
    wait_at(int(gate))
    worker.run(sockets=[socket.socket(fileno=int(descriptor))])


if __name__ == "__main__":
    main(sys.argv[1:])
