"""`python -m bench.plans`: what a GraphQL document costs that nobody has sent before, and what the kept ones weigh."""

import argparse
import statistics
import time
from collections.abc import Callable

import httpx

from bench.instance import Instance, running
from bench.load import machine_load, memory_of

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
            first_and_known(client)
            growth(instance, client, documents)
        print(f"{machine_load()}, the bench's own included")


def distinct(name: str) -> str:
    """Return a document that is another for each name: its plan is one of its own."""
    return (
        f"{{ products(first: 20) {{ nodes {{ {FIELDS} {name}: createdAt images {{ url }}"
        " variants { name price } category { name } } pageInfo { hasNextPage endCursor } } }"
    )


def first_and_known(client: httpx.Client) -> None:
    """Compare the first request of a document with a later one, in turns."""
    sent(client, distinct("warm"))
    unseen, known = [], []
    for number in range(SAMPLE):
        unseen.append(timed(lambda: sent(client, distinct(f"a{number}"))))  # noqa: B023 -- it is run at once
        known.append(timed(lambda: sent(client, distinct(f"a{number}"))))  # noqa: B023
    first, later = statistics.median(unseen), statistics.median(known)
    print(f"unseen document {first:.2f} ms, known {later:.2f} ms: {first - later:.2f} ms more (median of {SAMPLE})")


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


def timed(act: Callable[[], None]) -> float:
    """Return how many milliseconds something took."""
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
