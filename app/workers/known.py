"""The workers that run beside the requests, each a process of its own: one line makes one."""

from typing import Final, NamedTuple


class Worker(NamedTuple):
    """What a worker is.

    Attributes:
        run: `module:function` of an async function of the settings and an event; it works until the event is set, and
            finds the database and Valkey open.
        connections: the most that it has to the database.
        does: what it does, in a sentence.
    """

    run: str
    connections: int
    does: str


WORKERS: Final[dict[str, Worker]] = {
    "ingest": Worker("app.workers.ingest:run", 4, "Takes in the signups and events that were acknowledged"),
    "deliver": Worker("app.workers.deliver:run", 8, "Sends webhook deliveries that are due"),
}
