"""Twelve kills lose nothing, and the harness that says so finds every kind of loss it looks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.harness import run

# One at a time: it needs a core to itself.
pytestmark = [pytest.mark.wide, pytest.mark.xdist_group("crash")]


def test_twelve_kills_lose_no_image_and_pay_for_none_twice(tmp_path: Path) -> None:
    report = run(12, tmp_path, seed=20)
    assert not report.violations, str(report)
    assert (report.kills, report.of_app, report.while_starting) == (12, 1, 1)
    assert report.charges > 12 and report.states["saved"] > 6, str(report)
    assert len(report.hit) >= 5, "the kills no longer reach the steps of the write path"


@pytest.mark.parametrize(
    ("bug", "kinds"),
    [
        ("send_without_a_record", {"charge without a row"}),
        ("send_again_after_a_crash", {"duplicate charge"}),
        ("record_before_the_file", {"saved without file", "wrong hash"}),
        ("start_without_recovery", {"spool not empty", "orphan"}),
    ],
)
def test_the_harness_notices(bug: str, kinds: set[str], tmp_path: Path) -> None:
    report = run(15, tmp_path, seed=7, app_every=0, bug=bug)
    assert kinds & {kind for kind, _ in report.violations}, str(report)
