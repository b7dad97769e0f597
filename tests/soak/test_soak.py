"""A short soak: every image comes, and what is measured is measured."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.soak.__main__ import broken_promises
from tests.soak.steady import Minute, Soak, run

FLAT = Minute(images=120, median_ms=90, p95_ms=150, cpu_ms=75, memory_mb=180, files=25, threads=12)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="measures by /proc")
@pytest.mark.wide
def test_images_at_a_steady_rate_all_come(tmp_path: Path) -> None:
    soak = run(tmp_path, parts=2, rate_hz=4, part_s=2.0)
    assert not soak.trouble and [minute.images for minute in soak.minutes] == [8, 8]
    for minute in soak.minutes:
        assert minute.cpu_ms > 0 and 50 < minute.memory_mb < 300
        assert minute.p95_ms >= minute.median_ms > 0 and minute.files > 3 and minute.threads > 1
    assert soak.database_mb > 0.01


def test_what_grows_does_not_hold() -> None:
    assert broken_promises(Soak([FLAT] * 30)) == []
    growing = [replace(FLAT, memory_mb=150 + 4 * minute) for minute in range(30)]
    assert len(broken_promises(Soak(growing))) == 1
    slower = [replace(FLAT, median_ms=90 + 4 * minute) for minute in range(30)]
    assert len(broken_promises(Soak(slower))) == 1
    assert len(broken_promises(Soak([replace(FLAT, memory_mb=301)] * 30))) == 1
    assert len(broken_promises(Soak([FLAT] * 30, Counter(["500: no"])))) == 1
    assert broken_promises(Soak()) != []
