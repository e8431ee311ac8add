"""`python -m bench.plans`: what a GraphQL document costs that nobody has sent before, and what the kept ones weigh."""

import argparse
import statistics
import time

import httpx

from bench.instance import Instance, running
from bench.load import machine_load, memory_of, seconds_of

DOCUMENTS = 10_000
SAMPLE = 300
FIELDS = "databaseId name slug shortDescription price comparePrice sku stockQuantity trackStock status featured"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=DOCUMENTS)
    documents = parser.parse_args().documents
    with running() as instance:
        instance.fill(1_000, 100)
        headers = instance.headers | {"Cache-Control": "no-cache"}
        with httpx.Client(base_url=instance.base, headers=headers, timeout=60) as client:
            first_and_known(instance, client)
            growth(instance, client, documents)
        print(f"{machine_load()}, the bench's own included")


def distinct(name: str) -> str:
    """Return a document that is another for each name: its plan is one of its own."""
    return (
        f"{{ products(first: 20) {{ nodes {{ {FIELDS} {name}: createdAt images {{ url }}"
        " variants { name price } category { name } } pageInfo { hasNextPage endCursor } } }"
    )


def first_and_known(instance: Instance, client: httpx.Client) -> None:
    """Compare the first request of each of some documents with its second one: time, and the app's processor time."""
    app = instance.pids()["app-1"]
    sent(client, distinct("warm"))
    told = []
    for _ in range(2):
        before = seconds_of(app)
        took = [timed(client, distinct(f"a{number}")) for number in range(SAMPLE)]
        told.append((statistics.median(took), (seconds_of(app) - before) / SAMPLE * 1000))
    (first, first_cpu), (later, later_cpu) = told
    print(f"unseen document {first:.2f} ms, known {later:.2f} ms: {first - later:.2f} ms more (median of {SAMPLE});")
    print(f"processor time of the app {first_cpu:.2f} and {later_cpu:.2f} ms: {first_cpu - later_cpu:.2f} ms more")


def growth(instance: Instance, client: httpx.Client, documents: int) -> None:
    """Send documents that nobody has sent before, and print what the app's process holds on the way."""
    app = instance.pids()["app-1"]
    before = memory_of(app)
    print(f"memory of the app: {before:.0f} MB before {documents:,} distinct documents")
    steps = 10
    first = 0.0
    for step in range(steps):
        for number in range(documents // steps):
            sent(client, distinct(f"d{step}_{number}"))
        now = memory_of(app)
        first = first or now - before
        print(f"  {(step + 1) * documents // steps:6,}: {now:.0f} MB (+{now - before:.1f})", flush=True)
    print(f"about {first / (documents // steps) * 1024:.0f} KB for each of the first {documents // steps:,}")


def sent(client: httpx.Client, document: str) -> None:
    answer = client.post("/graphql", json={"query": document}).json()
    if "errors" in answer:
        raise SystemExit(answer["errors"])


def timed(client: httpx.Client, document: str) -> float:
    """Return how many milliseconds a document took."""
    began = time.perf_counter()
    sent(client, document)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
