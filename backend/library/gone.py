"""What goes of the database with an image. Everything is a part of the caller's transaction.

An image that is removed leaves its runs, and its prompt in the history. One that is forgotten takes
the words of both along, as far as nothing else has them; what was sent and what it cost still
counts.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from backend.library.acts import parts
from backend.storage.failures import wordless
from backend.storage.tables import (
    cells,
    experiments,
    image_looks,
    image_tags,
    images,
    prompts,
    proofs,
    runs,
    tag_names,
)
from backend.types import RunState

_UNDER_WAY = (RunState.QUEUED, RunState.SENT)


def remove_rows(db: sa.Connection, ids: Sequence[str]) -> list[int]:
    """Remove the rows of images in the trash and return their numbers; runs and sums stay."""
    every: list[int] = []
    for part in parts(ids):
        gone = images.c.id.in_(part) & images.c.deleted.is_not(None)
        seqs = list(db.scalars(sa.select(images.c.seq).where(gone)))
        every += seqs
        for table in (image_tags, image_looks):
            db.execute(table.delete().where(table.c.seq.in_(seqs)))
        db.execute(proofs.delete().where(proofs.c.image_id.in_(part) | proofs.c.again_id.in_(part)))
        db.execute(images.delete().where(images.c.seq.in_(seqs)))
    return every


def titles_of_experiments(db: sa.Connection, ids: Sequence[str]) -> list[str]:
    """Return the titles of the experiments that show one of these images, or made it."""
    found: dict[str, str] = {}
    named = sa.select(experiments.c.id, experiments.c.title)
    cell = cells.join(runs, runs.c.id == cells.c.run_id)
    for part in parts(ids):
        shown = sa.select(cells.c.experiment).select_from(cell).where(runs.c.image_id.in_(part))
        made = sa.select(images.c.experiment).where(images.c.id.in_(part))
        both = experiments.c.id.in_(shown) | experiments.c.id.in_(made)
        found |= {row.id: row.title for row in db.execute(named.where(both))}
    return list(found.values())


def prompts_of_runs(db: sa.Connection, ids: Sequence[str]) -> set[str]:
    """Return what was asked for where one of these images came of it."""
    wanted = sa.select(runs.c.prompt).distinct()
    return {text for part in parts(ids) for text in db.scalars(wanted.where(_has(part))) if text}


def without_others(db: sa.Connection, texts: Collection[str], ids: Collection[str]) -> set[str]:
    """Return which of these prompts nothing else has: no other image than these, no cell of an
    experiment, and nothing under way."""
    alone = set(texts)
    for part in parts(sorted(alone)):
        others = sa.select(images.c.prompt, images.c.id).where(images.c.prompt.in_(part))
        alone -= {row.prompt for row in db.execute(others) if row.id not in ids}
        under_way = runs.c.state.in_(_UNDER_WAY) & runs.c.prompt.in_(part)
        alone -= set(db.scalars(sa.select(runs.c.prompt).where(under_way)))
        alone -= set(db.scalars(sa.select(cells.c.prompt).where(cells.c.prompt.in_(part))))
    return alone


def runs_of(db: sa.Connection, ids: Sequence[str], texts: Collection[str]) -> dict[str, str]:
    """Return the runs that one of these images came of, or that asked for one of these prompts.

    By their ids, with the ids of their jobs. What is under way is not among them.
    """
    ended = runs.c.state.not_in(_UNDER_WAY)
    wanted = sa.select(runs.c.id, runs.c.job_id).where(ended)
    asked = (runs.c.prompt.in_(part) for part in parts(sorted(texts)))
    of = [*(_has(part) for part in parts(ids)), *asked]
    return {row.id: row.job_id for which in of for row in db.execute(wanted.where(which))}


def blank_runs(db: sa.Connection, run_ids: Sequence[str]) -> None:
    """Take the words from runs. Numbers stay, states, times and money too; none is shown again."""
    for part in parts(run_ids):
        these = runs.c.id.in_(part)
        for row in db.execute(sa.select(runs.c.id, runs.c.values_json).where(these)).all():
            blank: dict[str, Any] = {"prompt": "", "values_json": _numbers_in(row.values_json)}
            blank |= {"asked": None, "cache_key": None, "making_json": None, "dismissed": True}
            db.execute(runs.update().where(runs.c.id == row.id).values(blank))
        failed = these & runs.c.error_kind.is_not(None)
        db.execute(runs.update().where(failed).values(wordless()))


def forget_prompts(db: sa.Connection, texts: Collection[str]) -> None:
    """Take these prompts out of the history, and what was typed for them and became a part of them
    by a style, where no other run has it. Call it once their runs are blank."""
    for row in db.execute(sa.select(prompts.c.digest, prompts.c.prompt)).all():
        if row.prompt in texts or (
            any(row.prompt in text for text in texts) and not _is_asked_for(db, row.prompt)
        ):
            db.execute(prompts.delete().where(prompts.c.digest == row.digest))


def forget_spellings(db: sa.Connection) -> None:
    """Forget how tags are written that no image has."""
    has = sa.exists().where(image_tags.c.tag == tag_names.c.tag)
    db.execute(tag_names.delete().where(~has))


def jobs_with_words(db: sa.Connection, job_ids: Collection[str]) -> set[str]:
    """Return which of these jobs have a run left that was not blanked."""
    wanted = sa.select(runs.c.job_id).where(runs.c.prompt != "").distinct()
    return {
        job
        for part in parts(sorted(job_ids))
        for job in db.scalars(wanted.where(runs.c.job_id.in_(part)))
    }


def _has(ids: Sequence[str]) -> sa.ColumnElement[bool]:
    return runs.c.image_id.in_(ids) | runs.c.id.in_(ids)


def _is_asked_for(db: sa.Connection, text: str) -> bool:
    # LIKE would take small letters for large ones.
    within = sa.func.length(sa.func.replace(runs.c.prompt, text, "")) < sa.func.length(
        runs.c.prompt
    )
    return db.scalar(sa.select(runs.c.id).where(within).limit(1)) is not None


def _numbers_in(values_json: str) -> str:
    """Return what a run's values hold beside texts: sizes, steps and the like."""
    try:
        values = json.loads(values_json)
        left = {name: value for name, value in values.items() if not isinstance(value, str)}
    except (ValueError, AttributeError, RecursionError):
        left = {}
    return json.dumps(left)
