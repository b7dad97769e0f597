"""Looks after the database while the program runs: one that is found damaged is made anew.

A large one is checked beside the program, image files that it does not know are taken up, and any
read or write that meets damage begins the making anew. Meanwhile nothing is recorded, nor sent.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from contextlib import closing, suppress

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from backend.library.counting import touched
from backend.library.library import Library
from backend.said import Said, msg, msg_n
from backend.storage.database import (
    BUSY_TIMEOUT_MS,
    check,
    is_damage,
    on_damage,
    open_engine,
    optimize,
    sqlite_url,
)
from backend.storage.folder import LocalStore
from backend.upkeep.rebuild import is_checked, made_anew, notice_of, put_in_place, reason_of
from backend.upkeep.refill import LOOKED_AT_ONCE, newer_files, take_up

log = logging.getLogger(__name__)

TRIES = 3
"""So often a rebuild is tried in one run of the program: a bad disk damages the new one as well."""

WAITED_FOR_S = BUSY_TIMEOUT_MS / 1000 + 1
"""After so long nobody waits any more to write into the old file."""

QUIET_S = 2.0
"""So long after the start the pages that are opened then have the computer to themselves."""

_STEPS = 100_000  # of SQLite's machine, between two looks at whether the program ends


class Mender:
    """Has a thread of its own from `begin` to `close`. `notices` are for the page, as they come.

    `engine` writes and `reader` reads the SQLite file of the store's folder.
    """

    def __init__(
        self, store: LocalStore, engine: sa.Engine, reader: sa.Engine, notices: list[str]
    ) -> None:
        self._store, self._engine, self._reader, self._notices = store, engine, reader, notices
        self._opened = time.time()
        self._wake, self._ends = threading.Event(), threading.Event()
        self._damaged, self._tries = False, 0
        self._thread = threading.Thread(target=self._run, name="mending", daemon=True)
        for one in (engine, reader):
            on_damage(one, self.found_damage)

    def take_up_newest(self) -> None:
        """Record the files of the last days that the database lacks: it may be an old one."""
        self._take_up(LOOKED_AT_ONCE)

    def begin(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End, soon: what is not done yet is for the next start. Blocks."""
        self._ends.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join()

    def found_damage(self) -> None:
        """Have the database made anew, now or, should the program end before that, at its start."""
        if not self._damaged:
            log.warning("the database is damaged")
            self._damaged = self._store.damaged = True
            self._wake.set()

    def _run(self) -> None:
        self._wake.wait(QUIET_S)
        if not self._damaged and not is_checked(self._store):
            self._check()
        if not self._damaged:
            self._take_up(None, before=self._opened)  # what is younger is just being recorded
        while not self._ends.is_set():
            self._wake.wait()
            self._wake.clear()
            if self._damaged and not self._ends.is_set() and self._tries < TRIES:
                self._tries += 1
                self._make_anew()

    def _check(self) -> None:
        def watched(connection: sqlite3.Connection, _record: object) -> None:
            connection.set_progress_handler(self._ends.is_set, _STEPS)  # True ends the statement

        engine = sa.create_engine(sqlite_url(self._store.database), hide_parameters=True)
        sa.event.listen(engine, "connect", watched)
        try:
            check(engine)
        except SQLAlchemyError as error:
            if is_damage(error):
                self.found_damage()
            elif not self._ends.is_set():
                log.warning("the database was not checked: %s", reason_of(error))
        finally:
            engine.dispose()

    def _take_up(self, at_most: int | None, before: float | None = None) -> None:
        engine: sa.Engine | None = None
        try:
            library = Library(self._engine, self._reader)
            files = self._store.files
            names = newer_files(library, files, at_most=at_most, stopped=self._ends.is_set)
            if before is not None:
                names = [name for name in names if files.time_of(name).timestamp() < before]
            if not names:
                return
            engine = open_engine(sqlite_url(self._store.database), durable=False)  # many marks
            taken = take_up(engine, self._store, names)
        except (SQLAlchemyError, OSError) as error:
            log.warning("files were not compared with the database: %s", reason_of(error))
            return
        finally:
            if engine is not None:
                engine.dispose()
        if taken.found:
            touched(self._engine).forget()
            self._tell(
                msg_n(
                    "1 image file was not in the database, which may be an older one: it is in the"
                    " gallery again, and counts in its day's limit. Sends that brought no image are"
                    " not known.",
                    "{n} image files were not in the database, which may be an older one: they are"
                    " in the gallery again, and count in their day's limit. Sends that brought no"
                    " image are not known.",
                    taken.found,
                )
            )

    def _make_anew(self) -> None:
        path = self._store.database
        told = self._tell(
            msg(
                "The database is damaged. A new one is being made from the image files; until that"
                " is done, nothing is recorded and nothing can be sent."
            )
        )
        # Whoever writes waits and then gives up, rather than write into what is moved aside.
        with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as holder:
            with suppress(sqlite3.Error):
                holder.execute("BEGIN IMMEDIATE")
            try:
                fresh, made, missing = made_anew(path, self._store, self._ends.is_set)
                if self._ends.is_set():
                    return
                aside = put_in_place(fresh, path, self._store)
            except (SQLAlchemyError, OSError) as error:
                log.warning("no new database could be made: %s", reason_of(error))
                self._tell(
                    msg(
                        "The database is damaged, and a new one could not be made: {reason}. Check"
                        " that the disk has room, then start the program again: nothing was"
                        " deleted.",
                        reason=reason_of(error),
                    ),
                    told,
                )
                return
            self._engine.dispose()
            self._reader.dispose()
            self._damaged = False
            self._tell(notice_of("damaged", aside, made, missing), told)
            self._ends.wait(WAITED_FOR_S)
        optimize(self._engine)
        touched(self._engine).forget()
        self._take_up(None)  # what came meanwhile has its file

    def _tell(self, notice: Said, instead: str = "") -> str:
        log.warning(notice)
        if instead in self._notices:
            self._notices[self._notices.index(instead)] = notice
        else:
            self._notices.append(notice)
        return notice
