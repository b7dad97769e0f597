"""Who shares the database: life signs, and what is done with the runs of who gave none.

Every method is one transaction and blocks. Time is the database's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from backend import __version__
from backend.errors import FREE, Ended, Interrupted, PlaygroundError, Refused, SettingsError
from backend.said import joined, msg, to_json
from backend.storage import postgres
from backend.storage.failures import columns_of
from backend.storage.tables import experiments, machines, runs
from backend.types import RunState

log = logging.getLogger(__name__)

SIGN_S = 10.0
"""How often each gives a sign of life."""

SILENT_S = 30.0
"""Who gave none for so long is dead."""

UNCARRIED_S = 300.0
"""What waited so long without anybody to carry it is not sent any more: nobody expects it."""

_OPEN = (RunState.QUEUED, RunState.SENT)


@dataclass(frozen=True, slots=True)
class Me:
    """One start of one machine: `id` stays with its folder, `start` is another each time."""

    id: str
    name: str
    start: str
    version: str = __version__


@dataclass(frozen=True, slots=True)
class Reaped:
    """What the dead left: `jobs` with queued runs that are this machine's now."""

    dead: list[str] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another living machine: what people call it, and where it is reached, "" if not known."""

    name: str
    url: str


TicketOf = Callable[[str, str, str], str | None]
"""Returns how to ask for the answer to a run, in the words of ticket.py, by its id, its model and
to whom it was sent; None where nobody can."""


class Machines:
    """The machines on one database, seen from one of them. `engine` writes. `shares`: this one's
    images are where all others read them.
    """

    def __init__(
        self,
        engine: sa.Engine,
        me: Me,
        ticket_of: TicketOf = lambda *_: None,
        *,
        shares: bool = True,
    ) -> None:
        self._engine, self.me, self._ticket_of, self._shares = engine, me, ticket_of, shares
        self._mine = machines.c.id == me.id

    def begin(self) -> None:
        """Be there from now on. Where another living one has the same name, ours gets a number.

        Raises: SettingsError where another one is there, and not both share their images: each
        would pay for what the other has.
        """
        me = self.me
        named = sa.select(machines.c.id).where(
            machines.c.name == me.name, machines.c.id != me.id, _alive()
        )
        with self._engine.begin() as db:
            postgres.alone_among_machines(db)
            self.refuse_beside_others(db)
            if not db.scalar(sa.select(sa.func.coalesce(sa.func.bool_or(_lately()), sa.false()))):
                _end_what_is_nobodys(db)
            self._let_go_of_former(db)
            name = f"{me.name}-{me.id[:4]}" if db.scalar(named.limit(1)) else me.name
            db.execute(machines.delete().where(self._mine))
            self._add(db, name)

    def _add(self, db: sa.Connection, name: str) -> None:
        row = {"id": self.me.id, "name": name, "version": self.me.version, "start": self.me.start}
        db.execute(machines.insert().values(**row, shares=self._shares, seen=postgres.now))

    def refuse_beside_others(self, db: sa.Connection) -> None:
        """Refuse to be one of several that do not all keep their images in one store.

        Raises: SettingsError.
        """
        apart = machines.c.shares.is_(False) if self._shares else sa.true()
        beside = sa.select(machines.c.name).where(machines.c.id != self.me.id, _alive(), apart)
        if (name := db.scalar(beside.limit(1))) is not None:
            raise SettingsError(
                f"The machine {name} works on this database, and not both keep their images in one"
                " store.",
                "Set PLAYGROUND_STORE_URL on each, the same; if that one was only just ended, start"
                " this one half a minute later.",
            )

    def _let_go_of_former(self, db: sa.Connection) -> None:
        """Leave what waited here at the last end, without an orderly one, to whoever is there.

        If that was lately; else it stays, and the start cancels it.
        """
        lately = sa.select(machines.c.id).where(self._mine, _lately())
        its = runs.c.machine.in_(lately) & (runs.c.state == RunState.QUEUED)
        twins = sa.select(runs.c.cache_key).where(
            runs.c.machine == self.me.id, runs.c.state == RunState.SENT
        )
        same = runs.c.cache_key.in_(twins) & runs.c.anew.is_not(True)
        free = ~same.is_(True) & runs.c.tied.is_not(True) & runs.c.stopped.is_not(True)
        db.execute(runs.update().where(its, free).values(machine=None))

    def note_url(self, url: str) -> None:
        """Note where it is reached."""
        with self._engine.begin() as db:
            db.execute(machines.update().where(self._mine).values(url=url))

    def sign(self) -> bool:
        """Give a sign of life; False where others had declared it dead.

        It is there again then: what others took from it is theirs.
        """
        with self._engine.begin() as db:
            ended = db.execute(sa.select(machines.c.ended).where(self._mine)).first()
            values = {"seen": postgres.now, "ended": None}
            if not db.execute(machines.update().where(self._mine).values(values)).rowcount:
                self._add(db, self.me.name)
        return ended is not None and ended.ended is None

    def others(self) -> int:
        """Return how many other machines live and do not end just now."""
        with self._engine.begin() as db:
            return self._others(db)

    def _others(self, db: sa.Connection) -> int:
        stay = _alive() & machines.c.leaving.is_(None)
        return db.scalar(sa.select(sa.func.count()).where(machines.c.id != self.me.id, stay)) or 0

    def own(self) -> list[tuple[str, str]]:
        """Return (run, job) of what is this one's to send, or to ask for."""
        waits = (runs.c.state == RunState.QUEUED) | _asked_for()
        its = (runs.c.machine == self.me.id) & waits & runs.c.tied.is_not(True)
        with self._engine.begin() as db:
            return [
                (run.id, run.job_id)
                for run in db.execute(sa.select(runs.c.id, runs.c.job_id).where(its))
            ]

    def neighbours(self) -> dict[str, Neighbour]:
        """Return the other machines that live, by their ids."""
        c = machines.c
        living = sa.select(c.id, c.name, c.url).where(c.id != self.me.id, _alive())
        with self._engine.begin() as db:
            return {one.id: Neighbour(one.name, one.url or "") for one in db.execute(living)}

    def reap(self, judges: bool = True) -> Reaped:
        """Take over what who is gone never sent, and name what it did send, unless its answer can
        still be asked for.

        Declares dead who was silent, if this one `judges`. What another machine is at this very
        moment taking is passed over.
        """
        silent = sa.select(machines.c.id, machines.c.name).where(
            machines.c.id != self.me.id,
            machines.c.ended.is_(None),
            machines.c.seen < postgres.now - SILENT_S,
        )
        with self._engine.begin() as db:
            dead = db.execute(silent.with_for_update(skip_locked=True)).all() if judges else []
            for one in dead:
                self._declare_dead(db, one.id, one.name)
            left = sa.select(machines.c.id, machines.c.name, _lately().label("lately")).where(
                machines.c.ended.is_not(None),
                machines.c.id.in_(sa.select(runs.c.machine).where(runs.c.state.in_(_OPEN))),
            )
            unknown = sum(self._bury(db, *one) for one in db.execute(left).all())
            jobs = self._take_over(db)
        for one in dead:
            log.warning("the machine %s (%s) gave no sign of life", one.name, one.id)
        return Reaped([one.id for one in dead], jobs, unknown)

    def _declare_dead(self, db: sa.Connection, machine_id: str, name: str) -> None:
        """Note it, and let what it carried out rest."""
        its = machines.c.id == machine_id
        db.execute(machines.update().where(its).values(ended=postgres.now))
        why = msg("The machine {name} stopped, which carried this out.", name=name)
        live = (experiments.c.state == "running") | experiments.c.goes_on.is_not(None)
        resting = experiments.update().where(experiments.c.machine == machine_id, live)
        db.execute(resting.values(state="paused", why=to_json(why), goes_on=None))

    def _bury(self, db: sa.Connection, machine_id: str, name: str, lately: bool) -> int:
        """Close what one that is gone had under way; return how many runs may have been charged.

        What waits is left for others to take over, if it was there `lately`.
        """
        its = runs.c.machine == machine_id
        stopped = msg("The machine {name} stopped before the answer came.", name=name)
        doubt = Interrupted(
            joined(stopped, msg("This may have been charged.")),
            msg("Look at your credits, then try again or dismiss it."),
        )
        # The same as one that is in doubt now: its turn never came, and it would be paid again.
        twins = sa.select(runs.c.cache_key).where(its, runs.c.state == RunState.SENT)
        same = runs.c.cache_key.in_(twins) & runs.c.anew.is_not(True)
        left = Ended(
            msg("The machine {name} stopped before this was sent.", name=name),
            msg("Nothing was charged."),
        )
        queued = its & (runs.c.state == RunState.QUEUED)
        if lately:
            queued &= same | runs.c.tied.is_(True)
        _close(db, queued, RunState.CANCELLED, left)
        lost = its & (runs.c.state == RunState.SENT) & runs.c.ticket_json.is_(None)
        self._ask_for(db, lost)
        _close(db, lost & runs.c.free.is_(True), RunState.FAILED, Refused(stopped, FREE))
        return _close(db, lost, RunState.UNKNOWN, doubt)

    def _ask_for(self, db: sa.Connection, lost: sa.ColumnElement[bool]) -> None:
        """Note how the answers are asked for that can be: they are in no doubt yet."""
        known = sa.select(runs.c.id, runs.c.model, runs.c.provider).where(lost)
        for run in db.execute(known.with_for_update(skip_locked=True)).all():
            if (ticket := self._ticket_of(run.id, run.model, run.provider)) is not None:
                db.execute(runs.update().where(runs.c.id == run.id).values(ticket_json=ticket))

    def _take_over(self, db: sa.Connection) -> list[str]:
        """Make ours what waits, or can still be asked for, and is a dead machine's, or nobody's.

        Returns the jobs.
        """
        gone = sa.select(machines.c.id).where(machines.c.ended.is_not(None))
        nobodys = runs.c.machine.is_(None) | runs.c.machine.in_(gone)
        free = runs.c.machine.is_(None) | runs.c.machine.in_(gone.where(_lately()))
        waits = (runs.c.state == RunState.QUEUED) & runs.c.tied.is_not(True) & free
        wanted = sa.select(runs.c.id).where(nobodys, waits | _asked_for())
        found = db.scalars(wanted.with_for_update(skip_locked=True)).all()
        if not found:
            return []
        taken = runs.update().where(runs.c.id.in_(found)).values(machine=self.me.id)
        return sorted(set(db.scalars(taken.returning(runs.c.job_id))))

    def hand_over(self, ended: Collection[str] = ()) -> bool:
        """Let go of what waits here, in an orderly end, where others stay; else False.

        Not of runs that have `ended` here. From now on this one takes nothing either: of two that
        end together the first leaves its runs to the second, and that one cancels them.
        """
        its = (runs.c.machine == self.me.id) & runs.c.id.not_in(list(ended))
        waits = its & (runs.c.state == RunState.QUEUED) & runs.c.tied.is_not(True)
        with self._engine.begin() as db:
            postgres.alone_among_machines(db)
            db.execute(machines.update().where(self._mine).values(leaving=postgres.now))
            if not self._others(db):
                _end_what_is_nobodys(db)
                return False
            db.execute(runs.update().where(waits, runs.c.stopped.is_not(True)).values(machine=None))
            postgres.tell(db, postgres.MACHINES, self.me.id)
        return True

    def end(self, ended: Collection[str] = ()) -> None:
        """Be gone, in order. Of its runs those that have `ended` are sent by nobody, and where
        nobody stays none is.
        """
        with self._engine.begin() as db:
            postgres.alone_among_machines(db)
            here = self._mine & (machines.c.start == self.me.start)
            if not db.execute(machines.update().where(here).values(ended=postgres.now)).rowcount:
                return
            left = (runs.c.machine == self.me.id) & (runs.c.state == RunState.QUEUED)
            if self._others(db):
                left &= runs.c.id.in_(list(ended))
            _close(db, left, RunState.CANCELLED, unsent())


def of_another(machine: str) -> sa.ColumnElement[bool]:
    """Return the condition that an experiment is another, living machine's."""
    living = sa.select(machines.c.id).where(machines.c.id != machine, _alive())
    return experiments.c.machine.in_(living)


def stop_group(db: sa.Connection, group: str) -> None:
    """Have nothing more sent of an experiment, whoever carries it out."""
    queued = (runs.c.experiment == group) & (runs.c.state == RunState.QUEUED)
    db.execute(runs.update().where(queued).values(stopped=True))


def stopped_jobs(db: sa.Connection, machine: str) -> Sequence[str]:
    """Return the jobs that somebody stopped of which a machine has runs that have not ended."""
    is_open = (runs.c.machine == machine) & runs.c.state.in_(_OPEN)
    return db.scalars(sa.select(runs.c.job_id).where(is_open, runs.c.stopped).distinct()).all()


def unsent() -> Ended:
    """Return why what waited at the end of the program was not sent."""
    return Ended(msg("The program ended before this was sent."), FREE)


def _end_what_is_nobodys(db: sa.Connection) -> None:
    """Cancel what was let go of and waits, where nobody is there, or was lately, to carry it."""
    nobodys = runs.c.machine.is_(None) & (runs.c.state == RunState.QUEUED)
    _close(db, nobodys, RunState.CANCELLED, unsent())


def _asked_for() -> sa.ColumnElement[bool]:
    return (runs.c.state == RunState.SENT) & runs.c.ticket_json.is_not(None)


def _lately() -> sa.ColumnElement[bool]:
    """Return the condition that a machine carried its runs within the last minutes."""
    return sa.func.coalesce(machines.c.leaving, machines.c.seen) >= postgres.now - UNCARRIED_S


def _alive() -> sa.ColumnElement[bool]:
    return machines.c.ended.is_(None) & (machines.c.seen >= postgres.now - SILENT_S)


def _close(
    db: sa.Connection, which: sa.ColumnElement[bool], state: RunState, error: PlaygroundError
) -> int:
    values: dict[str, Any] = {"state": state, "ended": postgres.now, **columns_of(error)}
    values |= {"waits_for": None, "waits_until": None}
    if state in (RunState.CANCELLED, RunState.FAILED):
        values["cost_microusd"] = 0
    chosen = sa.select(runs.c.id).where(which).with_for_update(skip_locked=True)
    return db.execute(runs.update().where(runs.c.id.in_(chosen)).values(values)).rowcount
