"""The table of what was measured."""

import statistics
from collections.abc import Sequence

from bench.load import SERVERS, Case

WIDTH = 40


def show(cases: Sequence[Case]) -> None:
    """Print a row for each case: the median of its rounds, and its ratio to the reference's."""
    median = {case.name: statistics.median(case.rates) for case in cases}
    print(f"{'':{WIDTH}}{'':>12}{'':>8}{'':>9}{'':>9}   CPU µs a request")
    print(
        f"{'':{WIDTH}}{'requests/s':>12}{'ratio':>8}{'p50 ms':>9}{'p99 ms':>9}{'app':>8}{'postgres':>10}{'valkey':>8}"
    )
    for case in cases:
        rate = median[case.name]
        ratio = f"{rate / median[case.against]:8.2f}" if case.against in median else f"{'':8}"
        times = [statistics.median(case.cpu[name]) for name in ("app", *SERVERS)]
        waits = f"{statistics.median(case.p50):9.2f}{statistics.median(case.p99):9.2f}"
        print(f"{case.name:{WIDTH}}{rate:12,.0f}{ratio}{waits}{times[0]:8.0f}{times[1]:10.0f}{times[2]:8.0f}")
