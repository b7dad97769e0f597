"""Names of files of results: told apart, in the order of the grid, and taken by every system."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ui.terminal.results import name_of

NONE: dict[str, Any] = {"kind": "", "labels": [], "values": []}


def name(label: str, place: tuple[int, int, int, int] = (0, 0, 0, 0)) -> str:
    axes = {"x": {"labels": [label, "b"]}, "y": {"labels": ["1", "2"]}, "z": NONE}
    return name_of({"place": list(place), "image_id": "0123456789abcdef" * 2}, axes)


def test_names_are_in_the_order_of_the_grid_by_rows() -> None:
    places = [(x, y, 0, 0) for y in range(2) for x in range(2)]
    names = [name("a", place) for place in places]
    assert names == sorted(names)
    assert names[3] == "0004 2, b [01234567]"
    assert name("a", (0, 0, 0, 1)) == "0001 1, a, repeat 2 [01234567]"


@pytest.mark.parametrize(
    "label",
    [
        *("../../etc/passwd", "C:\\Windows", "a\0b\nc", "<b>?*|\"'", "\ud800", "", "."),
        *("x" * 500, "灯" * 500, "👩‍🚀" * 100, "e\u0301" * 300),
    ],
)
def test_any_label_is_a_name_that_every_system_takes(label: str) -> None:
    found = name(label)
    assert not re.search(r'[\x00-\x1f<>:"/\\|?*]', found) and found.endswith(" [01234567]")
    assert len(f"{found}.webp.part".encode()) < 200
