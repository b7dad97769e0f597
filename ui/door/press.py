"""A press of the page: its token, and whether it came in time.

A browser opens six connections to a host. What is pressed while all are taken it sends later, when
nobody means it any more. So a press says when it was made, by the clock of the program's answers:
its own, or that of the database which several machines share, as another one may have answered.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from backend.errors import InvalidInput, TooLate
from backend.said import msg
from backend.types import ID

PRESS_MAX_S = 5.0
UNHEARD = "?"
_CLOCKS_DIFFER_S = 1.0

SHARED = "shared"


class _Clock:
    """Which start of the program it is of, and seconds since some moment."""

    def __init__(self) -> None:
        self.use(None)

    def use(self, shared: Callable[[], float] | None) -> None:
        # A press of before this start is late, whatever the clock says; a shared one goes on.
        self.started = SHARED if shared else secrets.token_hex(4)
        self.now = shared or (lambda: time.monotonic())


_clock = _Clock()


def use_clock(shared: Callable[[], float] | None) -> None:
    """Go by the clock that several machines share, or by the program's own again."""
    _clock.use(shared)


def clock() -> str:
    """Return the clock: which start of the program, and milliseconds."""
    return f"{_clock.started}-{_clock.now() * 1000:.0f}"


def read_press(told: object) -> str | None:
    """Return the token of a press, None where it has none: "TOKEN", or "TOKEN CLOCK".

    Raises: InvalidInput for another form, TooLate.
    """
    if told is None or told == "":
        return None
    token, _, made = told.partition(" ") if isinstance(told, str) else ("", "", "")
    token = read_token(token)
    refuse_late(made or None)
    return token


def read_token(told: object) -> str:
    """Return a token. Raises: InvalidInput for another form."""
    if isinstance(told, str) and ID.fullmatch(told):
        return told
    raise InvalidInput(
        msg("The token has another form."),
        msg("Give 32 hex digits; the same ones are one job."),
        field="token",
    )


def refuse_late(made: object) -> None:
    """Refuse a press that was made too long ago. Raises: TooLate.

    None says nothing of it, nor does UNHEARD, of a page so young that it has not heard the clock
    yet: its own script takes such a press back after 5 s.
    """
    if made in (None, UNHEARD):
        return
    started, _, told = made.partition("-") if isinstance(made, str) else ("", "", "")
    if started == _clock.started and told.isascii() and told.isdigit() and len(told) < 16:
        age_s = _clock.now() - int(told) / 1000
        if -_CLOCKS_DIFFER_S <= age_s <= PRESS_MAX_S:
            return
        if age_s > 0:
            raise TooLate(
                msg(
                    "This press came {seconds} s late, so nothing was sent.",
                    seconds=str(round(age_s)),
                ),
                msg("Press again if you still want it."),
            )
    raise TooLate(msg("This press is from before, so nothing was sent."), msg("Press again."))
