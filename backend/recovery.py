"""What a start finds after a crash: answers to complete, files to adopt, sends to call unknown.

Nothing is deleted that might be an image; what cannot be used goes to DATA/unfinished.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from backend import metadata
from backend.errors import BadAnswer, Interrupted, Stopped
from backend.http import PART_SUFFIX
from backend.ledger import Ledger
from backend.rows import RunRow
from backend.saving import Saver, Sent
from backend.store import LocalStore
from backend.types import RunState

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """What a start put right: images completed or adopted, and sends that stay unknown."""

    completed: int = 0
    unknown: int = 0


def recover(store: LocalStore, ledger: Ledger, saver: Saver) -> Found:
    """Bring folder and ledger into agreement. Call it before anything is sent. Blocks."""
    store.sweep()
    completed = unknown = 0
    for path in sorted(store.spool.iterdir()):
        run = ledger.run(path.name.removesuffix(PART_SUFFIX))
        if run is None or path.suffix == PART_SUFFIX:
            # A cut answer, or one that no row asked for: kept where a person finds it.
            log.warning("kept an unfinished answer as %s", store.set_aside(path))
        elif run.state is RunState.SAVED:
            path.unlink()
        else:
            try:
                saver.complete(_sent(run), path.read_bytes())
            except BadAnswer as error:
                ledger.end(run.id, RunState.UNKNOWN, error)
                log.warning("kept an unreadable answer as %s", store.set_aside(path))
            else:
                path.unlink()
                completed += 1
    for run in ledger.runs_in(RunState.SENT):
        if _adopt(run, store, saver):
            completed += 1
            continue
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


def _adopt(run: RunRow, store: LocalStore, saver: Saver) -> bool:
    """Record the file of a run that was stored just before a crash; whether there was one."""
    path = store.find(run.id, run.created.strftime("%Y-%m-%d"))
    stored = metadata.read(path.read_bytes()) if path else None
    if stored is None or stored.record.id != run.id:
        return False
    saver.adopt(stored.record)
    return True


def _sent(run: RunRow) -> Sent:
    return Sent(run.id, run.request, run.created, run.cost_usd or None, run.provider)
