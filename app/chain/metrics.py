"""What `/metrics` shows, in Prometheus's form."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

REQUESTS = Counter("dzbuild_requests", "Requests answered", ["surface", "route", "method", "status"])
LATENCY = Histogram(
    "dzbuild_request_seconds",
    "Seconds from a request's first byte to its answer's",
    ["surface", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
CACHE = Counter("dzbuild_cache", "Look-ups of cached answers", ["result"])
# Looking a label up costs more than counting.
HIT, MISS = CACHE.labels("hit"), CACHE.labels("miss")
EXECUTED = Counter("dzbuild_graphql_operations", "GraphQL operations run, by what ran them", ["executed_as"])
REFUSED = Counter("dzbuild_refused", "Requests refused before their operation", ["reason"])
LOG_DROPPED = Counter("dzbuild_request_log_dropped", "Requests that the log of requests had no room for")
REPLAYED = Counter("dzbuild_idempotent_replays", "Writes answered from the ledger")
DEGRADED = Counter("dzbuild_degraded", "Calls to Valkey that failed or took too long")
TAKEN_IN = Counter("dzbuild_ingested", "Signups and events that were taken in from the inbox")
# Of several workers, and of one that was killed, what was seen last holds.
INBOX_WAITING = Gauge(
    "dzbuild_inbox_waiting",
    "Signups and events that wait to be taken in, up to the inbox's limit",
    multiprocess_mode="mostrecent",
)
INBOX_LAG = Gauge(
    "dzbuild_inbox_lag_seconds", "Seconds that the oldest of them has waited", multiprocess_mode="mostrecent"
)
DELIVERIES = Counter("dzbuild_webhook_deliveries", "Attempts at webhook deliveries, and refusals", ["outcome"])
OLDEST_DUE = Gauge(
    "dzbuild_webhook_oldest_due_seconds", "For how long the oldest due delivery is", multiprocess_mode="livemax"
)
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition() -> bytes:
    """Return every metric; with `PROMETHEUS_MULTIPROC_DIR` set, of all processes together."""
    registry = CollectorRegistry()
    try:
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    except ValueError:
        return generate_latest()
    return generate_latest(registry)
