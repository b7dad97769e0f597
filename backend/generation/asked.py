"""What came of the questions for an answer that has yet to come, and how it is written down."""

from __future__ import annotations

import logging
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from backend.background import Thread
from backend.errors import (
    CHECK,
    FREE,
    BadAnswer,
    LookupFailed,
    MaybeCharged,
    NoAnswer,
    PlaygroundError,
    RateLimited,
)
from backend.generation.ledger import Ledger
from backend.generation.ticket import text_of
from backend.providers.answers import try_json
from backend.providers.base import Provider
from backend.said import Said, joined, msg
from backend.types import Answered, Link, Ticket
from backend.wire.answer import Answer
from backend.wire.connection import Connection

log = logging.getLogger(__name__)

AGAIN_S = 1.0
"""The same question is not asked again sooner."""

WAIT_MAX_S = 5.0
RATE_WAIT_MAX_S = 120.0
UNKNOWN_MAX = 3
"""So many times in a row the platform may say that it knows no such ticket: some need a moment."""

TROUBLES_SAID = 3
"""So many questions in a row without an answer are told to who waits."""


class Asked:
    """What came of the questions so far. `cancelled`: a person stopped it, and `told` the platform
    of that, where it can be told. `at_least_s` is how long to wait before the next question.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection, self.cancelled, self.told = connection, False, False
        self.at_least_s = 0.0
        self._last: PlaygroundError | None = None
        self._unknown = self._troubles = 0

    @property
    def trouble(self) -> Said:
        """Why there was no answer of late, "" where it may yet be a moment's trouble."""
        return joined(self._last.message if self._last and self._troubles >= TROUBLES_SAID else "")

    def answered(self) -> None:
        self._last, self._unknown, self._troubles, self.at_least_s = None, 0, 0, 0.0

    def again(self) -> None:
        """Note that the same is to be asked once more."""
        self.at_least_s = max(self.at_least_s, AGAIN_S)

    def failed(self, error: PlaygroundError) -> None:
        self._last, self.at_least_s = self.connection.api.keyless(error), AGAIN_S
        self._troubles += 1

    def refused(self, ticket: Ticket, answer: Answer) -> None:
        """Note a refusal. Raises: what it says of the image itself, where it does; BadAnswer once
        it stands: what was paid for cannot be had.
        """
        provider, told = self.connection.provider, (answer.status, answer.headers, answer.body)
        if ended := provider.ended(ticket, *told):
            raise ended
        error = provider.explain(*told)
        self.failed(error)
        if isinstance(error, RateLimited):
            self.at_least_s = min(error.retry_after_s or WAIT_MAX_S, RATE_WAIT_MAX_S)
        elif not isinstance(error, MaybeCharged):
            self._unknown += 1
            if self._unknown >= UNKNOWN_MAX:
                words = msg("The platform does not tell what became of this.")
                raise BadAnswer(joined(words, error.message), CHECK)

    def too_late(self, within_s: float) -> NoAnswer:
        words = msg(
            "{address} has not finished this within {minutes} minutes.",
            address=self.connection.api.where.address,
            minutes=str(int(within_s // 60)),
        )
        return NoAnswer(joined(words, self._last.message) if self._last else words, CHECK)


def read_verdict(provider: Provider, ticket: Ticket, body: bytes) -> Answered:
    """Return what an answer to a question holds.

    Raises: what the provider's `follow` does; LookupFailed for what is no platform's word at all,
    such as the web page of something in between, or half an answer: that is no verdict.
    """
    try:
        return provider.follow(ticket, body)
    except BadAnswer as error:
        if isinstance(try_json(body), dict):
            raise
        words = msg("The platform's answer could not be read.")
        if body[:1000].lstrip().startswith(b"<"):
            words = msg("Something in front of the platform answered with a web page.")
        raise LookupFailed(words, FREE) from error


class Noted:
    """Brings the way to a run's answer into its row; while that fails, again after each question.

    `order` is the answer that began the way: until the row has it, it stays in the spool, where the
    next start finds it.
    """

    def __init__(
        self, ledger: Ledger, thread: Thread, run_id: str, spool: Path, order: Answer | None
    ) -> None:
        self._ledger, self._thread, self._run_id = ledger, thread, run_id
        self._spool, self._order = spool, order
        self._due: Ticket | Link | None = None

    async def note(self, step: Ticket | Link) -> None:
        """Write down how the answer is asked for; where that fails it is followed all the same."""
        self._due = step
        await self.again()

    async def again(self) -> None:
        """Write down what could not be written so far."""
        if self._due is None:
            return
        try:
            await self._thread.run(self._ledger.note_ticket, self._run_id, text_of(self._due))
        except SQLAlchemyError:
            log.warning("the ticket of run %s could not be recorded", self._run_id)
            return
        self._due = None
        await self.needless()

    async def needless(self) -> None:
        """Remove the answer that began the way: the row has it, or the image is stored."""
        order, self._order = self._order, None
        if order is not None:
            await order.discard()

    @property
    def spool(self) -> Path | None:
        """Where the next answer goes; None: into memory, while its place is taken."""
        return None if self._spool.exists() else self._spool
