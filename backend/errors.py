"""Everything that can go wrong, in words for the person at the page.

    PlaygroundError
    |- InvalidInput        a field holds what the model cannot take       nothing sent
    |  |- OutOfRange, NotANumber, TooLong
    |  |- TokenUsed        the token stands for another request
    |  |- TooLate          the press came so late that it may not be meant any more
    |  `- TriedAlready     what is to be tried again was tried again, or came after all
    |- SettingsError       an option, .env or catalogue is wrong          nothing sent
    |  `- FolderInUse      another program has the data folder
    |- NotSent             the call never left, or was held back          nothing sent
    |  |- Unreachable      no connection could be made
    |  |- Untrusted        the other end could not prove who it is     never tried again
    |  |- StorageFull      the disk could not hold the result
    |  |- NoRecord         the database could not note the send
    |  |- Busy             so many images are in line that no more are taken
    |  |- OverLimit        a limit of requests or dollars is reached
    |  |  `- OverShare     one person's part of what many share is used
    |  `- Stopped          stopped by the user before sending
    |     |- GivenUp       another of the same batch failed
    |     `- Ended         the program ended first
    |- TooHeavy            a file takes more to read than one file may      nothing sent
    |- LookupFailed        a free question (models, credits) got no usable answer   not charged
    |- Refused             the platform said no (4xx)                     not charged
    |  |- KeyRejected 401, NoCredit 402, AccessDenied 403, NotFound 404, RateLimited 429
    |  `- TakenBack        stopped by the user, and ended there before it was made
    `- MaybeCharged        no clear answer came                           may have been charged
       |- Interrupted      the program ended while waiting for the answer
       |- NotStored        the image came, but the disk could not take it
       |- NoAnswer         time-out or connection lost after sending
       |- ServerTrouble    5xx, or an error page of a proxy
       `- BadAnswer        an answer came, but no whole image is in it

`message` says what happened, `hint` what to do. Neither ever holds a key; both may quote the
platform's words, so a page shows them as text, never as HTML.
"""

from __future__ import annotations

from typing import ClassVar

from backend.said import joined, msg

NOTHING = msg("Nothing was sent and nothing was charged.")
FREE = msg("Nothing was charged.")
DOUBT = msg("It may have been charged, so it is not sent again by itself.")
CHECK = joined(DOUBT, msg("Look at your credits before you try again."))


def on_one_line(text: str) -> str:
    """Return `text` with what no line can hold, as file names may, written as in Python."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class PlaygroundError(Exception):
    """Base of all errors that the page shows. `str(error)` is the message and the hint."""

    maybe_charged: ClassVar[bool] = False

    def __init__(self, message: str, hint: str = "", *, field: str | None = None) -> None:
        self.message, self.hint, self.field = message, hint, field
        super().__init__(message, hint)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InvalidInput(PlaygroundError):
    """A value that cannot be sent; `field` names the parameter.

    `what` is the message without the parameter's name, where it begins with that: "is empty".
    """

    def __init__(
        self, message: str, hint: str = "", *, field: str | None = None, what: str = ""
    ) -> None:
        super().__init__(message, hint, field=field)
        self.what = what


class OutOfRange(InvalidInput):
    """A number below or above what the parameter takes."""


class NotANumber(InvalidInput):
    """Something else where the parameter takes a number."""


class TooLong(InvalidInput):
    """A text of more characters than the parameter takes."""


class TokenUsed(InvalidInput):
    """The same token again, with other values: which of them are meant nobody can know."""


class TooLate(InvalidInput):
    """A press of the page that the browser held back: who made it may have given it up."""


class TriedAlready(InvalidInput):
    """This request was tried again, or its image came after all: nothing was sent for the press."""


class SettingsError(PlaygroundError):
    """A setting, option or catalogue entry that cannot be used."""


class FolderInUse(SettingsError):
    """Another program has the data folder."""


class NotSent(PlaygroundError):
    """Nothing was sent, so nothing was charged."""


class Unreachable(NotSent):
    """No connection to the platform."""


class Untrusted(NotSent):
    """No safe connection: the certificate failed, so the key was not sent either."""


class StorageFull(NotSent):
    """The data folder cannot take another image."""


class NoRecord(NotSent):
    """The database could not take the record that comes before a send, so nothing was sent."""


class Busy(NotSent):
    """The line is full: what more would be waited for is for another time."""


class OverLimit(NotSent):
    """A limit that the user or the account has set is reached."""


class OverShare(OverLimit):
    """One person's part of what many share is used."""


class Stopped(NotSent):
    """Stopped by the user before it was sent."""


class GivenUp(Stopped):
    """Not sent, because another request of the same batch failed."""


class Ended(Stopped):
    """Not sent, because the program ended before its turn came."""


class TooHeavy(PlaygroundError):
    """Reading a file took more than one file may take, or broke down."""

    @classmethod
    def time(cls, seconds: float) -> TooHeavy:
        return cls(
            msg("This file takes too long to read: more than {seconds} seconds.", seconds=seconds)
        )

    @classmethod
    def memory(cls, max_bytes: int) -> TooHeavy:
        return cls(
            msg("This file takes more than {size} MB of memory to read.", size=max_bytes / 1e6)
        )

    @classmethod
    def broken(cls) -> TooHeavy:
        return cls(msg("This file cannot be read: the program that decodes it breaks down."))


class LookupFailed(PlaygroundError):
    """A free question, about models or credits, got no usable answer. Nothing was charged."""


class Refused(PlaygroundError):
    """The platform answered 4xx: it did not generate."""


class KeyRejected(Refused):
    """401: the key is not valid (any more)."""


class NoCredit(Refused):
    """402: the balance is too low."""


class AccessDenied(Refused):
    """403: the account may not use this."""


class NotFound(Refused):
    """404: no such model or address."""


class RateLimited(Refused):
    """429: too many requests. `retry_after_s` is None where the answer names no time."""

    def __init__(self, message: str, hint: str = "", *, retry_after_s: float | None = None) -> None:
        super().__init__(message, hint)
        self.retry_after_s = retry_after_s


class TakenBack(Refused):
    """Stopped by the user after it was sent: the platform ended it before it was made."""


class MaybeCharged(PlaygroundError):
    """Sent, and no clear answer: it may have been charged. Never sent again by itself."""

    maybe_charged = True


class Interrupted(MaybeCharged):
    """The program ended after sending and before the answer was stored."""


class NotStored(MaybeCharged):
    """The image came, but the disk or the database could not take it."""


class NoAnswer(MaybeCharged):
    """The connection broke or timed out after the request was sent."""


class ServerTrouble(MaybeCharged):
    """The platform or a proxy in front of it failed (5xx)."""


class BadAnswer(MaybeCharged):
    """An answer without one whole, safe image."""


EVERYWHERE = (KeyRejected, NoCredit, AccessDenied, NotSent)
"""What would befall every further request too; for none of these anything was charged."""
