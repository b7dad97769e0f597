"""A press of the page: its token's form, and that one which the browser held back is refused."""

from __future__ import annotations

import time

import pytest

from backend.errors import InvalidInput, TooLate
from ui.door import press

TOKEN = "f" * 32


def made(ago_s: float) -> str:
    """Return what a page tells of a press of so long ago."""
    start, _, ms = press.clock().partition("-")
    return f"{start}-{int(ms) - round(ago_s * 1000)}"


@pytest.mark.parametrize("ago_s", [-0.5, 0, 1, 4.5])
def test_a_press_that_comes_in_time_is_taken(ago_s: float) -> None:
    assert press.read_press(f"{TOKEN} {made(ago_s)}") == TOKEN


@pytest.mark.parametrize("ago_s", [5.5, 12, 3600, -10, -3600])
def test_a_press_that_was_held_back_is_refused_in_words(ago_s: float) -> None:
    with pytest.raises(TooLate, match="nothing was sent"):
        press.read_press(f"{TOKEN} {made(ago_s)}")


def test_a_page_that_has_heard_no_clock_yet_may_press() -> None:
    assert press.read_press(f"{TOKEN} {press.UNHEARD}") == TOKEN


def test_how_late_it_came_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    told, now = press.clock(), time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 12)
    with pytest.raises(TooLate, match=r"came 12 s late.*Press again if"):
        press.refuse_late(told)


def test_a_clock_of_the_computer_that_is_set_means_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    told = press.clock()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert press.read_press(f"{TOKEN} {told}") == TOKEN


@pytest.mark.parametrize(
    "moment",
    [
        "",
        "12345",
        "0badcafe-1",
        "START-",
        "START-\u0663",
        "START-" + "9" * 40,
        "START-nan",
        5,
        [],
        {},
        True,
    ],
)
def test_a_moment_of_another_making_or_start_is_late(moment: object) -> None:
    if isinstance(moment, str):
        moment = moment.replace("START", press.clock().split("-")[0])
    with pytest.raises(TooLate):
        press.refuse_late(moment)


@pytest.mark.parametrize(
    "told",
    [
        "x",
        "f" * 31,
        "f" * 33,
        "F" * 32,
        "f" * 10_000,
        f" {TOKEN}",
        f"{TOKEN}\n",
        "\ud800",
        7,
        [],
        {},
    ],
)
def test_a_token_of_another_form_is_refused(told: object) -> None:
    with pytest.raises(InvalidInput, match="another form"):
        press.read_press(told)
    with pytest.raises(InvalidInput, match="another form"):
        press.read_token(told)


@pytest.mark.parametrize("told", [None, ""])
def test_none_is_none(told: object) -> None:
    assert press.read_press(told) is None


def test_machines_that_share_a_clock_understand_each_other_s_presses() -> None:
    now = 1_000.0
    press.use_clock(lambda: now)
    try:
        told = press.clock()
        press.use_clock(lambda: now)  # another machine, or another start of this one
        press.refuse_late(told)
        now += press.PRESS_MAX_S + 1
        with pytest.raises(TooLate, match="6 s late"):
            press.refuse_late(told)
    finally:
        press.use_clock(None)
    with pytest.raises(TooLate, match="from before"):
        press.refuse_late(told)
