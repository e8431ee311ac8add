"""`python -m bench.imports`: `dzbuild import` of 100,000 products, then of the same file again."""

import argparse
import csv
import os
import subprocess
import sys
import time
from pathlib import Path

from bench.instance import Instance, running, start
from bench.load import machine_load, seconds_of

ROWS = 100_000
NAMES = ("قميص قطني", "فستان صيفي", "Chemise coton", "Robe d'été", "Théière", "Tapis berbère")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    rows = parser.parse_args().rows
    with running() as instance:
        file = instance.folder / "catalogue.csv"
        write(file, rows)
        for what in ("new", "again"):
            told = machine_load()
            postgres = instance.pids()["postgres"]
            before, command = seconds_of(postgres), os.times()
            seconds = imported(instance, file)
            after = os.times()
            used = after.children_user + after.children_system - command.children_user - command.children_system
            print(f"{rows:,} products, {what}: {seconds:.1f} s, {rows / seconds:,.0f}/s; {told} before it;")
            print(f"CPU: the command {used:.1f} s, PostgreSQL {seconds_of(postgres) - before:.1f} s", flush=True)


def write(file: Path, rows: int) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("sku", "name", "price", "stock_quantity", "track_stock", "status", "short_description"))
        for number in range(rows):
            name = f"{NAMES[number % len(NAMES)]} {number}"
            writer.writerow((f"CSV-{number}", name, 100 + number % 9000, number % 90, "true", "active", "Coton, 100 %"))


def imported(instance: Instance, file: Path) -> float:
    """Return how many seconds the command took."""
    command = [sys.executable, "-m", "app.cli", "import", "products", str(file), "--store", str(instance.store_id)]
    began = time.monotonic()
    process = start(command, subprocess.PIPE, instance.environment())
    told, _ = process.communicate()
    if process.returncode:
        raise SystemExit(told)
    return time.monotonic() - began


if __name__ == "__main__":
    main()
