"""What a ledger needs where several machines share it: turns, one clock, and whose a run is.

Within a ledger's transaction. In SQLite, where one transaction writes at a time and there is one
machine, none of it waits for anybody.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import sqlalchemy as sa

from backend.errors import NoRecord, Stopped
from backend.generation.budget import WAITING, Waiting
from backend.library.cache import newest_by_key
from backend.said import msg
from backend.storage import postgres
from backend.storage.tables import images, runs
from backend.types import ImageRecord, RunState

TWIN_MAX_S = 2000.0
"""A request that was sent so long ago and has not ended is not waited for: something is wrong. No
call takes so long; what can still be asked for is waited for all the same."""


# At one look: in between the one would become the other, and be seen as neither. Made once: to make
# it anew for each send takes longer than the database does.
_SAME = sa.union_all(
    sa.select(runs.c.id, sa.literal_column("1").label("sent")).where(
        runs.c.cache_key == sa.bindparam("key"),
        runs.c.state == RunState.SENT,
        runs.c.machine != sa.bindparam("machine"),
        (runs.c.sent > sa.bindparam("since")) | runs.c.ticket_json.is_not(None),
    ),
    sa.select(images.c.id, sa.literal_column("0")).where(images.c.cache_key == sa.bindparam("key")),
)


# Asked for and waited for at one go: its place is read before the wait, and never changes.
_WAITING_IN_TURN = postgres.in_turn(WAITING, runs.c.provider)


class Elsewhere(Exception):
    """Another machine has sent the same request as run `run_id`; None: its image is there."""

    def __init__(self, run_id: str | None) -> None:
        self.run_id = run_id
        super().__init__(run_id)


class TakenOver(Exception):
    """Another machine carries this run out now."""


def moment(
    db: sa.Connection, account: str, clock: Callable[[], float], share: str | None = None
) -> float:
    """Return the time (seconds since 1970) with nobody else counting for `account` until the end.

    Nor for `share`, whose part of the day is counted over all accounts. Of several machines each
    has its own clock: then the database's counts.
    """
    if db.dialect.name != postgres.NAME:
        return clock()
    if share is not None:  # always before the account: else two could wait for each other
        postgres.wait_for_turn(db, share)
    now = postgres.wait_for_turn(db, account)
    return now if clock is time.time else clock()


def waiting_in_turn(
    db: sa.Connection, run_id: str, clock: Callable[[], float]
) -> tuple[Waiting | None, float]:
    """Return a run of the queue, None where it is not in it, and the time, as `moment` does."""
    if db.dialect.name != postgres.NAME:
        found = db.execute(WAITING, {"run": run_id}).first()
        return found and Waiting(*found), clock()
    found = db.execute(_WAITING_IN_TURN, {"run": run_id}).first()
    if found is None:
        return None, 0.0
    *run, now = found
    return Waiting(*run), now if clock is time.time else clock()


def owned(machine: str | None) -> sa.ColumnElement[bool]:
    """Return the condition that a run is this machine's; all are where there is one alone."""
    return sa.true() if machine is None else runs.c.machine == machine


def sendable(machine: str | None) -> sa.ColumnElement[bool]:
    """Return the condition that this machine may send a queued run."""
    return sa.true() if machine is None else owned(machine) & runs.c.stopped.is_not(True)


def join_twin(
    db: sa.Connection,
    run_id: str,
    key: str,
    machine: str | None,
    now: float,
    on_disk: Callable[[ImageRecord], bool],
) -> None:
    """Raise Elsewhere where a run with this fingerprint needs no send of its own."""
    if machine is not None:
        asked = {"key": key, "machine": machine, "since": now - TWIN_MAX_S}
        found = db.execute(_SAME, asked).all()
        if sent := [row.id for row in found if row.sent]:
            raise Elsewhere(sent[0])
        if not found:
            return
    if newest_by_key(db, [key], on_disk):
        raise Elsewhere(None)


def why_not(db: sa.Connection, run_id: str, machine: str | None) -> Exception:
    """Return why a run could not be noted as sent: none of these was."""
    columns = runs.c.state, runs.c.machine, runs.c.stopped
    found = db.execute(sa.select(*columns).where(runs.c.id == run_id)).first()
    if machine is not None and found is not None:
        if found.stopped and found.state in (RunState.QUEUED, RunState.CANCELLED):
            return Stopped(msg("Stopped before it was sent."), msg("Nothing was charged."))
        if found.machine != machine:
            return TakenOver(run_id)
    return NoRecord(
        msg("The record of this request is gone or closed, so nothing was sent."),
        msg("Generate it again."),
    )
