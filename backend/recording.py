"""Image rows with what belongs to them, written and read inside somebody else's transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from backend.rows import image_columns, to_micro, to_record
from backend.tables import days, image_tags, images, prompts
from backend.types import ImageRecord


def insert_image(db: sa.Connection, record: ImageRecord, cache_key: str | None) -> bool:
    """Record an image with its tags and count it in its day; False where it is there already."""
    if db.scalar(sa.select(images.c.seq).where(images.c.id == record.id)) is not None:
        return False
    seq = db.execute(images.insert().values(image_columns(record, cache_key))).inserted_primary_key
    assert seq is not None
    if record.tags:
        db.execute(image_tags.insert(), [{"seq": seq[0], "tag": tag} for tag in record.tags])
    _count(db, record)
    return True


def note_prompts(db: sa.Connection, used: Iterable[str], now: float) -> None:
    """Put the prompts on top of the history, which survives the images made from them."""
    for prompt in dict.fromkeys(used):
        digest = hashlib.sha256(prompt.encode()).hexdigest()
        row = {"digest": digest, "prompt": prompt, "used": now, "uses": 1}
        _add(db, prompts, row, {"used": now, "uses": prompts.c.uses + 1})


def _count(db: sa.Connection, record: ImageRecord) -> None:
    sums = {
        "images": 1,
        "cost_microusd": to_micro(record.price_usd or Decimal(0)),
        "seconds": record.seconds or 0.0,
    }
    day = f"{record.created:%Y-%m-%d}"
    row = {"day": day, "provider": record.provider, "model": record.request.model, **sums}
    _add(db, days, row, {name: days.c[name] + amount for name, amount in sums.items()})


def _add(db: sa.Connection, table: sa.Table, row: dict[str, Any], change: dict[str, Any]) -> None:
    """Insert the row, or change the one with its primary key."""
    dialect = sqlite if db.dialect.name == "sqlite" else postgresql
    key = [column.name for column in table.primary_key]
    insert = dialect.insert(table).values(row)
    db.execute(insert.on_conflict_do_update(index_elements=key, set_=change))


def read_records(db: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[ImageRecord]:
    """Return rows of `images` as records with their tags, in the same order."""
    tags: dict[int, list[str]] = {}
    wanted = [row.seq for row in rows]
    found = sa.select(image_tags).where(image_tags.c.seq.in_(wanted)).order_by(image_tags.c.tag)
    for seq, tag in db.execute(found):
        tags.setdefault(seq, []).append(tag)
    return [to_record(row._mapping, tuple(tags.get(row.seq, ()))) for row in rows]
