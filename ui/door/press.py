"""A press of the page: its token, and whether it came in time.

A browser opens six connections to a host. What is pressed while all are taken it sends later, when
nobody means it any more. So a press says when it was made, by the clock of the program's answers.
"""

from __future__ import annotations

import secrets
import time

from backend.errors import InvalidInput, TooLate
from backend.said import msg
from backend.types import ID

PRESS_MAX_S = 5.0
UNHEARD = "?"
_CLOCKS_DIFFER_S = 1.0

_STARTED = secrets.token_hex(4)  # a press of before this start is late, whatever the clock says


def clock() -> str:
    """Return the program's clock: which start of it, and milliseconds."""
    return f"{_STARTED}-{time.monotonic() * 1000:.0f}"


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
    if started == _STARTED and told.isascii() and told.isdigit() and len(told) < 16:
        age_s = time.monotonic() - int(told) / 1000
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
