"""What a start finds after a crash: answers to complete, files to adopt, sends to call unknown.

Nothing is deleted that might be an image; what cannot be used goes to DATA/unfinished.
"""

from __future__ import annotations

import logging
import stat
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from backend.errors import CHECK, FREE, BadAnswer, Interrupted, NotStored, PlaygroundError, Refused
from backend.generation.ledger import Ledger
from backend.generation.machines import unsent
from backend.generation.saving import Saver, Sent, not_taken
from backend.generation.ticket import read as read_ticket
from backend.generation.ticket import text_of
from backend.images import metadata
from backend.providers.base import Provider
from backend.redact import redact
from backend.said import Said, joined, msg
from backend.storage.folder import LocalStore
from backend.storage.image_files.names import id_in
from backend.storage.image_files.trouble import StoreTrouble
from backend.storage.reading import read_plain
from backend.storage.run_rows import RunRow
from backend.types import ID, Answered, ImageRecord, Link, RawImage, RunState, Ticket
from backend.wire.spool import PART_SUFFIX

log = logging.getLogger(__name__)


ANSWER_MAX_BYTES = 100_000_000
"""Larger ones are set aside: the connection stops at 40 MB."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a start put right: images completed or adopted, and sends that stay unknown.

    `trouble` is a sentence for the page about what could not be put right this time, else "".
    """

    completed: int = 0
    unknown: int = 0
    trouble: str = ""


def recover(
    store: LocalStore,
    ledger: Ledger,
    saver: Saver,
    provider: Provider,
    provider_of: Callable[[str], Provider | None] = lambda _: None,
) -> Found:
    """Bring folder and ledger into agreement. Call it before anything is sent. Blocks.

    An answer is read in the words of its model's provider, which `provider_of` tells; `provider`
    stands in for a model that nobody knows any more. Whatever is wrong with a file or the disk, the
    start goes on.
    """
    work = _Recovery(store, ledger, saver, lambda model: provider_of(model) or provider)
    for step in (store.sweep, work.complete_answers, work.adopt_files, work.name_the_rest):
        try:
            step()
        except (OSError, SQLAlchemyError) as error:
            work.troubled(error)
    return Found(work.completed, work.unknown, work.trouble)


class _Recovery:
    """The steps of `recover`, and what came of them."""

    def __init__(
        self,
        store: LocalStore,
        ledger: Ledger,
        saver: Saver,
        provider_of: Callable[[str], Provider],
    ) -> None:
        self._store, self._ledger, self._saver = store, ledger, saver
        self._provider_of = provider_of
        self.completed = self.unknown = 0
        self.trouble = ""

    def troubled(self, error: Exception, at: Path | None = None) -> None:
        """Remember the first thing that could not be put right, in a sentence."""
        reason = getattr(error, "orig", None) or getattr(error, "strerror", None)
        where = f" ({at.name})" if at else ""
        log.warning("not all was put right%s: %s", where, reason or type(error).__name__)
        self.trouble = self.trouble or _trouble(reason or type(error).__name__, at)

    def complete_answers(self) -> None:
        """Make images of the answers in the spool."""
        for path in sorted(self._store.spool.iterdir()):
            try:
                self.completed += self._complete(path)
            except (OSError, SQLAlchemyError) as error:
                self.troubled(error, path)

    def adopt_files(self) -> None:
        """Record the files of runs that were stored just before a crash.

        Unknown ones too: the image may have been stored when only the database failed.
        """
        by_day = defaultdict[str, set[str]](set)
        for run_id, created in self._ledger.without_image():
            by_day[f"{created:%Y-%m-%d}"].add(run_id)
        for day, ids in by_day.items():  # one look into a folder, however many are in doubt
            for name in self._store.files.names_of(day):
                if id_in(name) in ids:
                    try:
                        self.completed += self._adopt(name)
                    except (OSError, SQLAlchemyError) as error:
                        self.troubled(error, Path(name))

    def name_the_rest(self) -> None:
        """Call unknown what was sent, lost where it costs nothing, and cancelled what was not.

        What can still be asked for is neither: the studio goes on with it.
        """
        for run, _ in self._ledger.awaited():
            if read_ticket(run.ticket_json) is None:
                self._ledger.note_ticket(run.id, None)
        for run_id, model in self._ledger.sent():
            if ticket := self._provider_of(model).lost(run_id):
                self._ledger.note_ticket(run_id, text_of(ticket))
        self._ledger.end_all(
            RunState.SENT,
            RunState.FAILED,
            Refused(msg("The program ended before the answer came."), FREE),
            free=True,
        )
        self.unknown = self._ledger.end_all(
            RunState.SENT,
            RunState.UNKNOWN,
            Interrupted(
                msg("The program ended before the answer came. This may have been charged."),
                msg("Look at your credits, then try again or dismiss it."),
            ),
        )
        self._ledger.end_all(RunState.QUEUED, RunState.CANCELLED, unsent())

    def _complete(self, path: Path) -> bool:
        """Make an image of a spooled answer; whether there was one to make. The file is gone after.

        Raises: OSError, SQLAlchemyError; then it stays for the next start.
        """
        found = path.lstat()
        run_id = path.name.removesuffix(PART_SUFFIX)
        run = self._ledger.run(run_id) if ID.fullmatch(run_id) else None
        plain = stat.S_ISREG(found.st_mode)
        if plain and (found.st_size == 0 or (run and run.state is RunState.SAVED)):
            path.unlink()  # nothing had come yet, or all of it is stored
            return False
        if run is None or not plain:
            log.warning("kept what no record asks for as %s", self._store.set_aside(path))
            return False
        step = read_ticket(run.ticket_json)
        try:
            body = read_plain(path, ANSWER_MAX_BYTES)
            made = self._saver.complete(
                _sent(run), body, _reader(self._provider_of(run.request.model), step)
            )
            if not isinstance(made, ImageRecord):
                self._ledger.note_ticket(run.id, text_of(made))
                path.unlink()
                return False
        except (OSError, SQLAlchemyError) as error:  # a start goes on; the next one tries again
            away = isinstance(error, StoreTrouble)
            self._ledger.end(
                run.id, RunState.UNKNOWN, not_taken(spooled=True) if away else _not_stored()
            )
            raise
        except Exception as error:  # whatever is wrong with it, every start must get past it
            if step is not None and run.state is RunState.SENT:  # it is asked for once more
                path.unlink()
                return False
            if path.suffix != PART_SUFFIX:  # a cut one is called interrupted, by the next step
                why: PlaygroundError = _unreadable(error, self._saver.secrets())
                if run.free:
                    why = Refused(why.message, FREE)
                state = RunState.FAILED if run.free else RunState.UNKNOWN
                self._ledger.end(run.id, state, why)
            log.warning("kept an unreadable answer as %s", self._store.set_aside(path))
            return False
        path.unlink()
        return True

    def _adopt(self, name: str) -> bool:
        """Record a file that is named after a run in doubt; whether it is that run's."""
        stored = metadata.read(self._store.files.read_named(name))
        if stored is None or stored.record.id != id_in(name):
            return False
        self._saver.adopt(stored.record)
        return True


def _reader(provider: Provider, step: Ticket | Link | None) -> Callable[[bytes], Answered]:
    """Return what reads a run's answer, by where it was asked for last."""
    if isinstance(step, Link):
        return lambda body: RawImage(body, step.seconds, step.seed)
    if isinstance(step, Ticket):
        return lambda body: provider.follow(step, body)
    return provider.parse


def _trouble(reason: object, at: Path | None) -> Said:
    goes_on = msg("Nothing was deleted; the next start tries again.")
    if at is None:
        left = msg("Not all that the last end left could be put right: {reason}.", reason=reason)
        return joined(left, goes_on)
    left = msg(
        "Not all that the last end left could be put right ({file}): {reason}.",
        file=at.name,
        reason=reason,
    )
    return joined(left, goes_on)


def _sent(run: RunRow) -> Sent:
    return Sent(
        run.id,
        run.request,
        run.created,
        run.price_usd,
        run.source,
        run.origin,
        run.experiment,
        run.making,
    )


def _unreadable(error: Exception, secrets: Collection[str]) -> BadAnswer:
    if isinstance(error, BadAnswer):
        return BadAnswer(redact(error.message, secrets), error.hint)
    log.error("an answer could not be read", exc_info=error)
    return BadAnswer(msg("The program made a mistake with this answer."), CHECK)


def _not_stored() -> NotStored:
    return NotStored(
        joined(
            msg("The image came, but the disk could not take it."),
            msg("It is kept and stored at the next start."),
        ),
        msg("Free some space on the disk, then start the program again."),
    )
