"""A short load: nothing over budget, no run lost, every answer an image or words."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from tests.load.users import Load, broken_promises, most_within, run

pytestmark = pytest.mark.wide

SHORT = Load(
    users=30,
    seconds=8,
    per_minute=45,
    per_day=60,
    dollars=Decimal("0.60"),
    latency_s=0.3,
    images_max=3,
)


def test_many_users_get_images_or_words_and_no_limit_is_passed(tmp_path: Path) -> None:
    told = run(tmp_path, SHORT)
    assert broken_promises(SHORT, told) == []
    assert told.images, "nobody got an image"
    assert any("a day leaves" in text for text in told.refused), "the limit was never reached"
    states = Counter(row["state"] for row in told.rows)
    assert states["saved"] and len(told.posts_at) > SHORT.per_minute // 2


def test_the_fullest_window_is_found() -> None:
    assert most_within([], 60) == 0
    assert most_within([0, 1, 59, 60, 61, 200], 60) == 4
    assert most_within([0, 100, 200], 60) == 1
