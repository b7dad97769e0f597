"""What one act changes of images' marks, and what takes exactly that back.

Everything is a part of the caller's transaction. An act changes those images alone that are not as
asked already; what they had is kept with it, so that an undo leaves all others as they are, and
also those that somebody has changed since.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from backend.errors import InvalidInput
from backend.library.marks import TAGS_MAX, Changes, Mark, tags_changed, too_many_tags
from backend.said import msg
from backend.storage.tables import acts, image_tags, images
from backend.storage.tags import spell, spellings

Value = bool | int | float | None

MARKED = (images.c.seq, images.c.id, images.c.starred, images.c.rating, images.c.deleted)
"""What has to be known of an image that is to be marked."""

_AT_ONCE = 500  # ids in one statement
_KEPT = 100  # acts that can be undone
_TAG = "tag "  # then comes the tag


@dataclass(frozen=True, slots=True)
class Step:
    """Of the images `seqs`, `what` was `before` and is `now`: a column, or whether it has a tag."""

    what: str
    before: Value
    now: Value
    seqs: list[int]

    @property
    def mark(self) -> Mark:
        """In which way images were marked."""
        return "tags" if self.tag else self.what  # type: ignore[return-value]

    @property
    def tag(self) -> str:
        """The tag that it is about, "" where it is about none."""
        return self.what.removeprefix(_TAG) if self.what.startswith(_TAG) else ""

    def as_changes(self) -> Changes:
        """Return this step as one would ask for it; into the trash it needs its moment, too."""
        if self.tag:
            return Changes(add_tags=(self.tag,)) if self.now else Changes(remove_tags=(self.tag,))
        value = self.now is not None if self.what == "deleted" else self.now
        return Changes(**{self.what: value})  # type: ignore[arg-type]

    def take(self, db: sa.Connection) -> None:
        """Carry it out."""
        for part in parts(self.seqs):
            if self.tag and self.now:
                db.execute(image_tags.insert(), [{"seq": seq, "tag": self.tag} for seq in part])
            elif self.tag:
                these = (image_tags.c.tag == self.tag) & image_tags.c.seq.in_(part)
                db.execute(image_tags.delete().where(these))
            else:
                values = {self.what: self.now}
                db.execute(images.update().where(images.c.seq.in_(part)).values(values))

    def back(self, db: sa.Connection) -> Step:
        """Return what takes it back, of the images that are there and still as it left them."""
        seqs: list[int] = []
        for part in parts(self.seqs):
            there = sa.select(images.c.seq).where(images.c.seq.in_(part))
            if self.tag:
                tagged = sa.select(image_tags.c.seq).where(
                    image_tags.c.tag == self.tag, image_tags.c.seq == images.c.seq
                )
                asked = tagged.exists() if self.now else ~tagged.exists()
            else:
                asked = images.c[self.what].is_not_distinct_from(self.now)
            seqs += db.scalars(there.where(asked).order_by(images.c.seq))
        return Step(self.what, self.now, self.before, seqs)


@dataclass(frozen=True, slots=True)
class Act:
    """What was changed: the images by their ids, at which moment (seconds since 1970).

    `undo` names the act for `undone`, None where nothing was changed; `noted` is what happened as
    marks.jsonl has it: moments, ids, changes.
    """

    ids: list[str] = field(default_factory=list)
    moment: float = 0.0
    undo: str | None = None
    noted: list[tuple[float, list[str], Changes]] = field(default_factory=list)


def steps_of(
    db: sa.Connection, rows: Iterable[Sequence[Any]], changes: Changes, moment: float
) -> list[Step]:
    """Return what the changes do to images, whose MARKED are given in parts.

    Raises: InvalidInput for too many tags.
    """
    found: dict[tuple[str, Value, Value], list[int]] = defaultdict(list)
    asked: dict[str, Any] = changes.columns()
    tagging = "tags" in changes.marks()
    for part in rows:
        tags = _tags(db, [row.seq for row in part]) if tagging else {}
        for row in part:
            for what, now in asked.items():
                if getattr(row, what) != now:
                    found[what, getattr(row, what), now].append(row.seq)
            # What is in the trash already keeps its moment.
            if changes.deleted is not None and changes.deleted != (row.deleted is not None):
                now = moment if changes.deleted else None
                found["deleted", row.deleted, now].append(row.seq)
            if tagging:
                had = tags[row.seq]
                has = tags_changed(had, changes)
                for tag in had ^ has:
                    found[_TAG + tag, tag in had, tag in has].append(row.seq)
    return [Step(*of, seqs) for of, seqs in found.items()]


def keep(db: sa.Connection, steps: Sequence[Step], moment: float) -> str:
    """Keep what was done, so that it can be undone; return its name. The last hundred are kept."""
    act = uuid4().hex
    db.execute(acts.insert(), {"id": act, "made": moment, "steps": _packed(steps)})
    last = sa.select(acts.c.made).order_by(acts.c.made.desc()).limit(1).offset(_KEPT - 1)
    db.execute(acts.delete().where(acts.c.made < last.scalar_subquery()))
    return act


def undone(db: sa.Connection, act: str) -> list[Step]:
    """Take an act back and forget it; return what that did. Raises: InvalidInput."""
    kept = db.scalar(sa.select(acts.c.steps).where(acts.c.id == act))
    if kept is None:
        raise InvalidInput(
            msg("This can no longer be undone."),
            msg("It was undone already, or much was changed since."),
            field="undo",
        )
    db.execute(acts.delete().where(acts.c.id == act))
    done = [_spelled(db, Step(*s)).back(db) for s in json.loads(zlib.decompress(kept))]
    for step in done:
        step.take(db)
    for step in done:
        if step.mark == "tags" and step.now:
            _refuse_too_many(db, step.seqs)
    return [step for step in done if step.seqs]


def forget(db: sa.Connection, gone: Collection[int]) -> None:
    """Take images that are gone out of all that can be undone."""
    kept = db.execute(sa.select(acts.c.id, acts.c.steps)).all()
    for act, packed in kept:
        steps = [Step(*step) for step in json.loads(zlib.decompress(packed))]
        left = [replace(s, seqs=[seq for seq in s.seqs if seq not in gone]) for s in steps]
        left = [step for step in left if step.seqs]
        mine = acts.c.id == act
        if not left:
            db.execute(acts.delete().where(mine))
        elif left != steps:
            db.execute(acts.update().where(mine).values(steps=_packed(left)))


def _packed(steps: Sequence[Step]) -> bytes:
    text = json.dumps([[s.what, s.before, s.now, s.seqs] for s in steps], separators=(",", ":"))
    return zlib.compress(text.encode(), 1)


def _spelled(db: sa.Connection, step: Step) -> Step:
    """Return the step with its tag as the library writes it by now."""
    if not step.tag:
        return step
    now = spell(db, [step.tag]) if step.before else spellings(db, [step.tag])
    return replace(step, what=_TAG + now.get(step.tag, step.tag))


def ids_of(db: sa.Connection, steps: Iterable[Step]) -> Mapping[int, str]:
    """Return the ids of all that the steps changed, by their numbers, in order."""
    seqs = sorted({seq for step in steps for seq in step.seqs})
    wanted = sa.select(images.c.seq, images.c.id).order_by(images.c.seq)
    return {
        row.seq: row.id
        for part in parts(seqs)
        for row in db.execute(wanted.where(images.c.seq.in_(part)))
    }


def parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Yield the values, so many at a time as one statement takes."""
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))


def _tags(db: sa.Connection, seqs: Sequence[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {seq: set() for seq in seqs}
    for row in db.execute(image_tags.select().where(image_tags.c.seq.in_(seqs))):
        found[row.seq].add(row.tag)
    return found


def _refuse_too_many(db: sa.Connection, seqs: Sequence[int]) -> None:
    """Raises: InvalidInput where one of the images now has more than 32 tags."""
    for part in parts(seqs):
        many = sa.select(image_tags.c.seq).where(image_tags.c.seq.in_(part))
        many = many.group_by(image_tags.c.seq).having(sa.func.count() > TAGS_MAX)
        if db.scalar(many.limit(1)) is not None:
            raise too_many_tags()
