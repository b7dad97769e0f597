"""Rows of the tables as the types that the rest of the program knows, and back.

What reads or writes does so within somebody else's transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from importlib import import_module
from operator import add
from typing import Any

import sqlalchemy as sa

from backend.storage import postgres
from backend.storage.tables import (
    image_tags,
    images,
    images_with_words,
    makers,
    prompts,
    quarters,
)
from backend.storage.tags import spell
from backend.storage.vectors import vector
from backend.storage.words import folded_apart, indexed_apart
from backend.types import GenerationRequest, ImageRecord, Origin

Row = Mapping[Any, Any]

RECORD = (
    *("seq", "id", "run_id", "provider", "model", "prompt", "values_json", "seed", "created"),
    *("seconds", "price_usd", "format", "width_px", "height_px", "sha256", "starred", "rating"),
    *("deleted", "origin_id", "origin_kind", "experiment"),
)
"""The columns of `images` that a record is read from: not those that only searches look at."""

STORED = sa.select(*(images.c[name] for name in RECORD))
"""Selects what `read_records` reads."""

QUARTER_S = 900
"""The span of time in which images are counted together: no zone's days begin within one."""


def to_record(row: Sequence[Any], tags: tuple[str, ...] = ()) -> ImageRecord:
    """Return the columns of `RECORD` as a record; `tags` are its rows of `image_tags`."""
    # By place, as a page of the gallery looks up a thousand of them.
    _, image_id, run_id, provider, model, prompt, values, seed, created, *more = row
    seconds, price, format, width_px, height_px, sha256, starred, rating, *more = more
    deleted, origin_id, origin_kind, experiment = more
    return ImageRecord(
        id=image_id,
        run_id=run_id,
        request=GenerationRequest(model, prompt, json.loads(values), seed),
        created=to_time(created),
        seconds=seconds,
        price_usd=None if price is None else Decimal(price),
        format=format,
        width_px=width_px,
        height_px=height_px,
        sha256=sha256,
        starred=starred,
        source=provider,
        rating=rating,
        tags=tags,
        deleted=None if deleted is None else to_time(deleted),
        origin=Origin(origin_id, origin_kind) if origin_id else None,
        experiment=experiment,
    )


def image_columns(record: ImageRecord, cache_key: str | None) -> dict[str, Any]:
    """Return a record as columns of `images`."""
    negative_prompt = str(record.request.values.get("negative_prompt") or "")
    return {
        "id": record.id,
        "run_id": record.run_id,
        "provider": record.source,
        "created": record.created.timestamp(),
        "seconds": record.seconds,
        "price_usd": None if record.price_usd is None else str(record.price_usd),
        "format": record.format,
        "width_px": record.width_px,
        "height_px": record.height_px,
        "sha256": record.sha256,
        "cache_key": cache_key,
        "starred": record.starred,
        "negative_prompt": negative_prompt,
        "prompt_words": indexed_apart(record.request.prompt),
        "negative_words": indexed_apart(negative_prompt),
        "rating": record.rating,
        "deleted": None if record.deleted is None else record.deleted.timestamp(),
        **origin_columns(record.origin, record.experiment),
        **request_columns(record.request),
    }


def origin_columns(origin: Origin | None, experiment: str | None) -> dict[str, Any]:
    """Return where an image comes from as the columns that both tables have."""
    return {
        "origin_id": origin.image_id if origin else None,
        "origin_kind": origin.kind if origin else None,
        "experiment": experiment,
    }


def request_columns(request: GenerationRequest) -> dict[str, Any]:
    """Return a request as the columns that both tables have."""
    return {
        "model": request.model,
        "prompt": request.prompt,
        "values_json": json.dumps(dict(request.values), ensure_ascii=False),
        "seed": request.seed,
    }


def to_request(row: Row) -> GenerationRequest:
    """Return the request that `request_columns` wrote."""
    return GenerationRequest(
        row["model"], row["prompt"], json.loads(row["values_json"]), row["seed"]
    )


def to_origin(row: Row) -> Origin | None:
    return Origin(row["origin_id"], row["origin_kind"]) if row["origin_id"] else None


def to_time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def to_micro(dollars: Decimal) -> int:
    """Return dollars as whole micro-dollars."""
    return int((dollars * 1_000_000).to_integral_value())


def insert_image(db: sa.Connection, record: ImageRecord, cache_key: str | None) -> bool:
    """Record an image with its tags and count it; False where it is there already."""
    statement, columns = _adding_image(db.dialect.name), _image_row(db, record, cache_key)
    postgres.number_in_turn(db)
    # Values beside the statement, not in it: it is compiled once, and half as dear.
    inserted = db.execute(statement, columns)
    if not inserted.rowcount:
        return False
    if record.tags:
        seq = inserted.inserted_primary_key
        assert seq is not None
        tags = set(spell(db, record.tags).values())
        db.execute(image_tags.insert(), [{"seq": seq[0], "tag": tag} for tag in tags])
    _count(db, [record])
    return True


def insert_images(db: sa.Connection, stored: Sequence[tuple[ImageRecord, str | None]]) -> bool:
    """Record images and count them, as `insert_image` does each, in as many statements as one.

    False where one has tags or is there already: then nothing of this may be committed.
    """
    if any(record.tags for record, _ in stored):
        return False
    statement = _adding_image(db.dialect.name)
    columns = [_image_row(db, *image) for image in stored]
    postgres.number_in_turn(db)
    if db.execute(statement, columns).rowcount != len(stored):
        return False
    _count(db, [record for record, _ in stored])
    return True


@cache
def _adding_image(dialect: str) -> sa.Insert:
    # SQLite's index of words is kept by itself.
    table = images if dialect == "sqlite" else images_with_words()
    # Else it is not known on PostgreSQL how many were there already: all look as if they were new.
    return adding(dialect, table, (), key=("id",)).execution_options(preserve_rowcount=True)


def _image_row(db: sa.Connection, record: ImageRecord, cache_key: str | None) -> dict[str, Any]:
    columns = image_columns(record, cache_key)
    if db.dialect.name != "sqlite":
        columns["words"] = vector(columns["prompt"], columns["negative_prompt"])
    return columns


def note_prompts(db: sa.Connection, used: Iterable[str], now: float, *, new: bool = True) -> None:
    """Put the prompts on top of the history, which survives the images made from them.

    Where they are not `new`, those alone that stand there already.
    """
    for prompt in sorted(set(used)):  # in one order whoever asks: else two wait for each other
        digest = hashlib.sha256(prompt.encode()).hexdigest()
        known = sa.select(prompts.c.digest).where(prompts.c.digest == digest)
        if not new and db.scalar(known) is None:
            continue
        row = {"digest": digest, "prompt": prompt, "used": now, "uses": 1}
        row["folded"] = folded_apart(prompt)
        db.execute(adding(db.dialect.name, prompts, ("uses",), ("used",)), row)


_SUMS = ("images", "cost_microusd", "seconds")
_GROW = (
    quarters.update()
    .where(*(column == sa.bindparam(f"of_{column.name}") for column in quarters.primary_key))
    .values({name: quarters.c[name] + sa.bindparam(f"more_{name}") for name in _SUMS})
)


def _count(db: sa.Connection, records: Iterable[ImageRecord]) -> None:
    counted: dict[tuple[int, str, str], list[float]] = {}
    for record in records:
        start = int(record.created.timestamp() // QUARTER_S) * QUARTER_S
        sums = counted.setdefault((start, record.source, record.request.model), [0, 0, 0.0])
        more = (1, to_micro(record.price_usd or Decimal(0)), record.seconds or 0.0)
        sums[:] = map(add, sums, more)
    for (start, provider, model), sums in sorted(counted.items()):  # in one order whoever counts
        maker = {"provider": provider, "model": model}
        of, more_of = {"start": start, **maker}, dict(zip(_SUMS, sums, strict=True))
        grow = {f"of_{n}": value for n, value in of.items()}
        grow |= {f"more_{n}": value for n, value in more_of.items()}
        if not db.execute(_GROW, grow).rowcount:
            db.execute(adding(db.dialect.name, quarters, _SUMS), of | more_of)
            db.execute(adding(db.dialect.name, makers, ()), maker)  # once a quarter is enough


@cache
def adding(
    dialect: str,
    table: sa.Table,
    sums: tuple[str, ...],
    newest: tuple[str, ...] = (),
    key: tuple[str, ...] = (),
) -> sa.Insert:
    """Return the statement that inserts a row, or adds it to the one with its `key`.

    Of that, `sums` grow by the row's values and `newest` become them; without both it stays. The
    key is the primary key where none is named.
    """
    statement = import_module(f"sqlalchemy.dialects.{dialect}").insert(table)  # the one in use
    new = statement.excluded
    names = key or tuple(column.name for column in table.primary_key)
    change = {name: table.c[name] + new[name] for name in sums} | {n: new[n] for n in newest}
    added: sa.Insert = (
        statement.on_conflict_do_update(index_elements=names, set_=change)
        if change
        else statement.on_conflict_do_nothing(index_elements=names)
    )
    return added


def numbered(dialect: str, number: sa.Column[int]) -> sa.ColumnElement[bool]:
    """Return the condition that a number is one of `seqs`, which are told beside the statement."""
    if dialect == "sqlite":
        return number.in_(sa.bindparam("seqs", expanding=True))
    # As one value: the statement is the same for any count, and read once by the server.
    return number == sa.any_(sa.bindparam("seqs", type_=sa.ARRAY(sa.Integer)))


@cache  # to make it anew for each page costs as much as to ask it
def _tags(dialect: str) -> sa.Select[Any]:
    wanted = sa.select(image_tags).where(numbered(dialect, image_tags.c.seq))
    return wanted.order_by(image_tags.c.tag)


def read_records(db: sa.Connection, rows: Sequence[Sequence[Any]]) -> list[ImageRecord]:
    """Return rows that `STORED` selected as records with their tags, in the same order."""
    if not rows:
        return []
    tags: dict[int, list[str]] = {}
    wanted = {"seqs": [row[0] for row in rows]}
    for seq, tag in db.execute(_tags(db.dialect.name), wanted).all():
        tags.setdefault(seq, []).append(tag)
    return [to_record(row, tuple(tags.get(row[0], ()))) for row in rows]
