"""A hundred users for three minutes against a slow platform: `make load`."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from decimal import Decimal
from pathlib import Path

from tests.load.users import Load, Told, broken_promises, growth_mb, most_within, run


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=180)
    options = parser.parse_args()
    load = Load(options.users, options.seconds, per_minute=300, per_day=1_600, dollars=Decimal(12))
    # Beside the project, not in /tmp, which can be memory: fsync has to reach a disk.
    build = Path(__file__).parents[2] / "build"
    build.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=build))
    try:
        told = run(folder, load)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    report(load, told)
    broken = broken_promises(load, told)
    for what in broken:
        print(f"DOES NOT HOLD: {what}")
    return 1 if broken else 0


def report(load: Load, told: Told) -> None:
    print(f"{load.users} users for {load.seconds:g} s, {load.latency_s:g} s of latency or so")
    print(f"  {len(told.images)} images shown, {told.hung_up} requests left by their users")
    print(f"  runs: {dict(Counter(row['state'] for row in told.rows))}")
    print(
        f"  {len(told.posts_at)} requests at the platform (limit {load.per_day}), at most"
        f" {most_within(told.posts_at, 60)} within a minute (limit {load.per_minute})"
    )
    spent = sum(row["cost_microusd"] for row in told.rows) / 1e6
    print(f"  ${spent:.3f} spent (limit ${load.dollars})")
    print(f"  memory {told.memory_mb[0]:.0f} MB, at most {growth_mb(told):.0f} MB more")
    print(f"  refused {told.refused.total()} times:")
    for sentence, times in Counter(_shape(text) for text in told.refused.elements()).most_common(9):
        print(f"    {times} x {sentence}")


def _shape(sentence: str) -> str:
    """Return a sentence without its numbers, to count those of a kind."""
    return "".join("#" if c.isdigit() else c for c in sentence)


if __name__ == "__main__":
    sys.exit(main())
