"""Two images a second for half an hour: `make soak`. Memory and latency are to stay flat."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

from tests.soak.steady import Soak, run

MEMORY_MAX_MB = 300
SHOWN = 7


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=30)
    parser.add_argument("--rate", type=float, default=2.0, help="images a second")
    options = parser.parse_args()
    build = Path(__file__).parents[2] / "build"
    build.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=build))
    try:
        soak = run(folder, options.minutes, options.rate)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    report(soak)
    broken = broken_promises(soak)
    for what in broken:
        print(f"DOES NOT HOLD: {what}")
    return 1 if broken else 0


def report(soak: Soak) -> None:
    """Print some of the minutes as a table, the first and the last among them."""
    if not soak.minutes:
        return
    print(
        "| minute | images | memory | median | 95th percentile | CPU an image | files | threads |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    last = len(soak.minutes) - 1
    for at in sorted(
        {round(last * part / (SHOWN - 1)) for part in range(SHOWN)} & {*range(last + 1)}
    ):
        m = soak.minutes[at]
        print(
            f"| {at + 1} | {m.images} | {m.memory_mb:.0f} MB | {m.median_ms:.0f} ms"
            f" | {m.p95_ms:.0f} ms | {m.cpu_ms:.0f} ms | {m.files} | {m.threads} |"
        )
    print(f"database {soak.database_mb:.1f} MB")


def broken_promises(soak: Soak) -> list[str]:
    """Return what did not hold, in words. Thirds are compared, so that one busy minute is none."""
    third = max(len(soak.minutes) // 3, 1)
    first, last = soak.minutes[:third], soak.minutes[-third:]
    if not soak.minutes:
        return ["nothing was measured", *soak.trouble]
    memory = max(minute.memory_mb for minute in soak.minutes)
    grown = median(m.memory_mb for m in last) / median(m.memory_mb for m in first)
    slower = median(m.median_ms for m in last) / median(m.median_ms for m in first)
    checks = {
        f"memory reached {memory:.0f} MB": memory <= MEMORY_MAX_MB,
        f"memory of the last third is {grown:.2f} times that of the first": grown < 1.2,
        f"latency of the last third is {slower:.2f} times that of the first": slower < 1.3,
        f"trouble: {soak.trouble.most_common(3)}": not soak.trouble,
    }
    return [what for what, held in checks.items() if not held]


if __name__ == "__main__":
    sys.exit(main())
