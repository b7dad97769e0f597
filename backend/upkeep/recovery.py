"""What a start finds after a crash: answers to complete, files to adopt, sends to call unknown.

Nothing is deleted that might be an image; what cannot be used goes to DATA/unfinished.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from backend.errors import CHECK, BadAnswer, Interrupted, NotStored, Stopped
from backend.generation.ledger import Ledger
from backend.generation.saving import Saver, Sent
from backend.images import metadata
from backend.providers import PROVIDERS
from backend.providers.base import Provider
from backend.redact import redact
from backend.storage.folder import LocalStore
from backend.storage.rows import RunRow
from backend.types import RunState
from backend.wire.spool import PART_SUFFIX

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """What a start put right: images completed or adopted, and sends that stay unknown."""

    completed: int = 0
    unknown: int = 0


def recover(store: LocalStore, ledger: Ledger, saver: Saver, provider: Provider) -> Found:
    """Bring folder and ledger into agreement. Call it before anything is sent. Blocks.

    An answer is read in the words of its model's provider; `provider` stands in for a model that
    the catalogue no longer has.
    """
    store.sweep()
    completed = unknown = 0
    for path in sorted(store.spool.iterdir()):
        completed += _complete(path, store, ledger, saver, provider)
    # Unknown ones too: the image may have been stored when only the database failed.
    for run in ledger.runs_in(RunState.SENT, RunState.UNKNOWN):
        if _adopt(run, store, saver):
            completed += 1
        elif run.state is RunState.SENT:
            unknown += 1
            ledger.end(
                run.id,
                RunState.UNKNOWN,
                Interrupted(
                    "The program ended before the answer came. This may have been charged.",
                    "Look at your credits, then try again or dismiss it.",
                ),
            )
    for run in ledger.runs_in(RunState.QUEUED):
        ledger.end(
            run.id,
            RunState.CANCELLED,
            Stopped("The program ended before this was sent.", "Nothing was charged."),
        )
    return Found(completed, unknown)


def _complete(
    path: Path, store: LocalStore, ledger: Ledger, saver: Saver, provider: Provider
) -> bool:
    """Make an image of a spooled answer; whether there was one to make. The file is gone after."""
    run = ledger.run(path.name.removesuffix(PART_SUFFIX))
    if path.stat().st_size == 0 or (run and run.state is RunState.SAVED):
        path.unlink()  # nothing had come yet, or all of it is stored
        return False
    if run is None:
        log.warning("kept an answer that no record asks for as %s", store.set_aside(path))
        return False
    try:
        model = saver.models.get(run.request.model)
        spoken = PROVIDERS.get(model.provider, provider) if model else provider
        saver.complete(_sent(run), path.read_bytes(), spoken)
    except (OSError, SQLAlchemyError) as error:  # a start goes on; the next one tries again
        log.warning("storing %s failed: %s", run.id, type(error).__name__)
        ledger.end(run.id, RunState.UNKNOWN, _not_stored())
        return False
    except Exception as error:  # whatever is wrong with it, every start must get past it
        if path.suffix != PART_SUFFIX:  # a cut one is called interrupted, by the next step
            ledger.end(run.id, RunState.UNKNOWN, _unreadable(error, saver.secrets()))
        log.warning("kept an unreadable answer as %s", store.set_aside(path))
        return False
    path.unlink()
    return True


def _adopt(run: RunRow, store: LocalStore, saver: Saver) -> bool:
    """Record the file of a run that was stored just before a crash; whether there was one."""
    path = store.find(run.id, run.created.strftime("%Y-%m-%d"))
    stored = metadata.read(path.read_bytes()) if path else None
    if stored is None or stored.record.id != run.id:
        return False
    saver.adopt(stored.record)
    return True


def _sent(run: RunRow) -> Sent:
    return Sent(
        run.id,
        run.request,
        run.created,
        run.price_usd,
        run.source,
        run.origin,
        run.experiment,
    )


def _unreadable(error: Exception, secrets: Collection[str]) -> BadAnswer:
    if isinstance(error, BadAnswer):
        return BadAnswer(redact(error.message, secrets), error.hint)
    log.error("an answer could not be read", exc_info=error)
    return BadAnswer("The program made a mistake with this answer.", CHECK)


def _not_stored() -> NotStored:
    return NotStored(
        "The image came, but the disk could not take it. It is kept and stored at the next start.",
        "Free some space on the disk, then start the program again.",
    )
