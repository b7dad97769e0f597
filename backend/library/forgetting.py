"""Forgets images for good, with their words and marks. Blocks; in the ledger's thread.

Money, times and numbers of requests stay counted. What is to go stands in DATA/forgetting.json
until all of it is gone: what a crash cuts off, the next call or the next start finishes.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa

from backend.errors import InvalidInput
from backend.images import metadata
from backend.library import acts, gone
from backend.library.counting import touched
from backend.library.marks_file import MarksFile
from backend.said import listed, msg, msg_n
from backend.storage.folder import LocalStore
from backend.storage.reading import read_plain
from backend.storage.rows import STORED, read_records
from backend.storage.scrub import overwriting, scrub
from backend.storage.tables import images
from backend.storage.writing import write_durably
from backend.types import ImageRecord

log = logging.getLogger(__name__)

FORGOTTEN_MAX = 1_000
"""So many images are forgotten at once: of each the file is read."""

_NOTE_MAX_BYTES = 100_000_000


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many images went, and the ids of the runs that have no words any more.

    `kept_in` names files in the data folder that may still hold what was forgotten: older
    databases, put aside when they were damaged.
    """

    images: int = 0
    runs: Sequence[str] = ()
    kept_in: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Due:
    """What is to go: images by their ids, prompts as sent, and what was typed for them."""

    ids: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()
    typed: tuple[str, ...] = ()

    def __or__(self, other: _Due) -> _Due:
        both = zip(self._all(), other._all(), strict=True)
        return _Due(*(tuple(dict.fromkeys((*one, *two))) for one, two in both))

    def _all(self) -> tuple[tuple[str, ...], ...]:
        return self.ids, self.prompts, self.typed


class Forgetting:
    """`engine` is the ledger's. On PostgreSQL the rows go, and it keeps its own house."""

    def __init__(self, store: LocalStore, engine: sa.Engine, marks_file: MarksFile) -> None:
        self._store, self._engine, self._marks_file = store, engine, marks_file
        self._note = store.root / "forgetting.json"

    def forget(
        self, ids: Sequence[str], prompts: Collection[str] = (), *, in_trash: bool
    ) -> Forgotten:
        """Forget these images, and these prompts even where no image came of them.

        A prompt that another image has, a cell of an experiment or something under way stays with
        those. `in_trash` takes images from the trash alone. What is not there is fine.
        Raises: InvalidInput where an image is not in the trash, or an experiment shows it; then
        nothing has changed. OSError, SQLAlchemyError where the rest is for the next time.
        """
        with self._engine.begin() as db:
            records = list(_records(db, ids))
            if in_trash and any(record.deleted is None for record in records):
                raise InvalidInput(
                    msg("Only what is in the trash can be forgotten."),
                    msg("Move the images to the trash first, then forget them there."),
                    field="ids",
                )
            if titles := gone.titles_of_experiments(db, [record.id for record in records]):
                raise _shown_in(titles)
        due = self._left() | _Due(
            tuple(record.id for record in records),
            (*(record.request.prompt for record in records if record.request.prompt), *prompts),
            (*self._typed_for(records), *prompts),
        )
        if due == _Due():
            return Forgotten()
        write_durably(self._note, json.dumps([due.ids, due.prompts, due.typed]).encode())
        return self._carry_out(due)

    def finish(self) -> None:
        """Finish what a crash cut off. Call it before anything is made of what it left.

        Raises: OSError, SQLAlchemyError.
        """
        if (due := self._left()) != _Due():
            log.info("forgetting what was begun: %d images", len(due.ids))
            self._carry_out(due)

    def _carry_out(self, due: _Due) -> Forgotten:
        """Files go before their rows: from files a new database is made."""
        with self._engine.begin() as db:
            records = list(_records(db, due.ids))
            for part in acts.parts(due.ids):  # from now on they answer no request
                now = sa.func.coalesce(images.c.deleted, time.time())
                these = images.update().where(images.c.id.in_(part))
                db.execute(these.values(cache_key=None, deleted=now))
            texts = gone.prompts_of_runs(db, due.ids) | set(due.prompts)
            alone = gone.without_others(db, texts, set(due.ids))
            blank = gone.runs_of(db, due.ids, alone)
        self._store.files.remove(records)
        self._store.files.drop_thumbs(due.ids)
        self._drop_answers(blank)
        self._marks_file.forget(due.ids)
        with overwriting(self._engine) as db:
            seqs = gone.remove_rows(db, due.ids)
            acts.forget(db, set(seqs))
            gone.blank_runs(db, list(blank))
            if not gone.jobs_with_words(db, set(blank.values())):
                alone |= gone.without_others(db, due.typed, ())
            gone.forget_prompts(db, alone)
            gone.forget_spellings(db)
        touched(self._engine).note(["deleted", "tags"], seqs)
        scrub(self._engine)
        self._note.unlink(missing_ok=True)
        older = sorted(self._store.root.glob(f"{self._store.database.name}.*"))
        return Forgotten(len(records), list(blank), [path.name for path in older])

    def _typed_for(self, records: Sequence[ImageRecord]) -> Iterator[str]:
        """Yield the templates that prompts were made of: their files alone have them."""
        for record in records:
            with suppress(OSError):
                stored = metadata.read(self._store.files.read(record))
                making = stored.record.making if stored else None
                if making and making.template:
                    yield making.template.text

    def _drop_answers(self, run_ids: Collection[str]) -> None:
        """Remove spooled answers: a start would make images of them, or has put them aside."""
        for folder in (self._store.spool, self._store.unfinished):
            for path in folder.iterdir():
                if path.name.partition(".")[0] in run_ids:
                    path.unlink(missing_ok=True)

    def _left(self) -> _Due:
        """Return what was begun and is not gone yet. Raises: OSError."""
        try:
            return _Due(*map(tuple, json.loads(read_plain(self._note, _NOTE_MAX_BYTES))))
        except FileNotFoundError:
            return _Due()
        except (ValueError, TypeError) as error:  # a hand was at it
            log.warning("%s makes no sense: %s", self._note.name, type(error).__name__)
            return _Due()


def _records(db: sa.Connection, ids: Sequence[str]) -> Iterator[ImageRecord]:
    for part in acts.parts(ids):
        yield from read_records(db, db.execute(STORED.where(images.c.id.in_(part))).all())


def _shown_in(titles: Sequence[str]) -> InvalidInput:
    names = listed(title or msg("one without a title") for title in titles)
    return InvalidInput(
        msg_n(
            "An experiment still shows what is to be forgotten: {names}.",
            "{n} experiments still show what is to be forgotten: {names}.",
            len(titles),
            names=names,
        ),
        msg_n(
            "Delete the experiment first, then forget its images.",
            "Delete these experiments first, then forget their images.",
            len(titles),
        ),
        field="ids",
    )
