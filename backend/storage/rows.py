"""Rows of the tables as the types that the rest of the program knows, and back.

What reads or writes does so within somebody else's transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from importlib import import_module
from typing import Any, Literal, cast

import sqlalchemy as sa

from backend.errors import PlaygroundError
from backend.storage.failures import columns_of, error_in
from backend.storage.tables import image_tags, images, makers, prompts, quarters, runs
from backend.storage.tags import spell
from backend.storage.words import folded_apart, indexed_apart
from backend.types import OFFLINE, GenerationRequest, ImageRecord, Origin, RunState

Row = Mapping[Any, Any]

QUARTER_S = 900
"""The span of time in which images are counted together: no zone's days begin within one."""


@dataclass(frozen=True, slots=True)
class Again:
    """The later try of a request that counts: it is under way, has its image or is in doubt."""

    run_id: str
    created: datetime
    image_id: str | None


@dataclass(frozen=True, slots=True)
class RunRow:
    """One row of `runs`, with its image where it has one.

    `again_of` is the first of the runs that try the same request again, `again_no` counts them from
    1, both None where nothing is tried again. `again` is looked up by generation/again.py alone.
    """

    id: str
    job_id: str
    position: int
    request: GenerationRequest
    state: RunState
    created: datetime
    sent: datetime | None
    ended: datetime | None
    cost_usd: Decimal
    source: str
    error: PlaygroundError | None
    record: ImageRecord | None
    origin: Origin | None = None
    experiment: str | None = None
    again_of: str | None = None
    again_no: int | None = None
    again: Again | None = None

    @property
    def price_usd(self) -> Decimal | None:
        """The listed price: 0 from the sample engine, None where the platform lists none."""
        return self.cost_usd if self.cost_usd or self.source == OFFLINE else None


def to_run(row: Row, record: ImageRecord | None) -> RunRow:
    """Return a row of `runs`; `record` is its image."""
    return RunRow(
        id=row["id"],
        job_id=row["job_id"],
        position=row["position"],
        request=to_request(row),
        state=RunState(row["state"]),
        created=_time(row["created"]),
        sent=_time(row["sent"]) if row["sent"] else None,
        ended=_time(row["ended"]) if row["ended"] else None,
        cost_usd=Decimal(row["cost_microusd"]) / 1_000_000,
        source=row["provider"],
        error=error_in(row),
        record=replace(record, cached=row["cached"]) if record else None,
        origin=_origin(row),
        experiment=row["experiment"],
        again_of=row["again_of"],
        again_no=row["again_no"],
    )


def to_record(row: Row, tags: tuple[str, ...] = ()) -> ImageRecord:
    """Return a row of `images`; `tags` are its rows of `image_tags`."""
    return ImageRecord(
        id=row["id"],
        run_id=row["run_id"],
        request=to_request(row),
        created=_time(row["created"]),
        seconds=row["seconds"],
        price_usd=None if row["price_usd"] is None else Decimal(row["price_usd"]),
        format=cast(Literal["png", "jpeg", "webp"], row["format"]),
        width_px=row["width_px"],
        height_px=row["height_px"],
        sha256=row["sha256"],
        starred=row["starred"],
        source=row["provider"],
        rating=row["rating"],
        tags=tags,
        deleted=None if row["deleted"] is None else _time(row["deleted"]),
        origin=_origin(row),
        experiment=row["experiment"],
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


def _origin(row: Row) -> Origin | None:
    return Origin(row["origin_id"], row["origin_kind"]) if row["origin_id"] else None


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def to_micro(dollars: Decimal) -> int:
    """Return dollars as whole micro-dollars."""
    return int((dollars * 1_000_000).to_integral_value())


def insert_image(db: sa.Connection, record: ImageRecord, cache_key: str | None) -> bool:
    """Record an image with its tags and count it; False where it is there already."""
    if db.scalar(sa.select(images.c.seq).where(images.c.id == record.id)) is not None:
        return False
    # Values beside the statement, not in it: it is compiled once, and half as dear.
    seq = db.execute(images.insert(), image_columns(record, cache_key)).inserted_primary_key
    assert seq is not None
    if record.tags:
        tags = set(spell(db, record.tags).values())
        db.execute(image_tags.insert(), [{"seq": seq[0], "tag": tag} for tag in tags])
    _count(db, record)
    return True


def note_prompts(db: sa.Connection, used: Iterable[str], now: float) -> None:
    """Put the prompts on top of the history, which survives the images made from them."""
    for prompt in dict.fromkeys(used):
        digest = hashlib.sha256(prompt.encode()).hexdigest()
        row = {"digest": digest, "prompt": prompt, "used": now, "uses": 1}
        row["folded"] = folded_apart(prompt)
        db.execute(adding(db.dialect.name, prompts, ("uses",), ("used",)), row)


def _count(db: sa.Connection, record: ImageRecord) -> None:
    sums = {
        "images": 1,
        "cost_microusd": to_micro(record.price_usd or Decimal(0)),
        "seconds": record.seconds or 0.0,
    }
    start = int(record.created.timestamp() // QUARTER_S) * QUARTER_S
    maker = {"provider": record.source, "model": record.request.model}
    db.execute(adding(db.dialect.name, quarters, tuple(sums)), {"start": start, **maker, **sums})
    db.execute(adding(db.dialect.name, makers, ()), maker)


@cache
def adding(
    dialect: str, table: sa.Table, sums: tuple[str, ...], newest: tuple[str, ...] = ()
) -> sa.Executable:
    """Return the statement that inserts a row, or adds it to the one with its primary key.

    Of that, `sums` grow by the row's values and `newest` become them; without both it stays.
    """
    statement = import_module(f"sqlalchemy.dialects.{dialect}").insert(table)  # the one in use
    new = statement.excluded
    change = {name: table.c[name] + new[name] for name in sums} | {n: new[n] for n in newest}
    if not change:
        alone: sa.Executable = statement.on_conflict_do_nothing()
        return alone
    key = [column.name for column in table.primary_key]
    added: sa.Executable = statement.on_conflict_do_update(index_elements=key, set_=change)
    return added


def read_records(db: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[ImageRecord]:
    """Return rows of `images` as records with their tags, in the same order."""
    tags: dict[int, list[str]] = {}
    wanted = [row.seq for row in rows]
    found = sa.select(image_tags).where(image_tags.c.seq.in_(wanted)).order_by(image_tags.c.tag)
    for seq, tag in db.execute(found):
        tags.setdefault(seq, []).append(tag)
    return [to_record(row._mapping, tuple(tags.get(row.seq, ()))) for row in rows]


def insert_run(
    db: sa.Connection,
    run: RunRow,
    *,
    owner: str = "",
    token: str | None = None,
    asked: str | None = None,
    cache_key: str | None = None,
    attempts: int = 0,
) -> None:
    """Record a run, with its image where it has one. `token` and `asked` are the columns' texts."""
    db.execute(
        runs.insert(),
        dict(
            id=run.id,
            job_id=run.job_id,
            position=run.position,
            token=token,
            owner=owner,
            provider=run.source,
            cache_key=cache_key,
            state=run.state,
            created=run.created.timestamp(),
            sent=None if run.sent is None else run.sent.timestamp(),
            ended=None if run.ended is None else run.ended.timestamp(),
            attempts=attempts,
            cost_microusd=to_micro(run.cost_usd),
            cached=run.record is not None and run.record.cached,
            image_id=None if run.record is None else run.record.id,
            dismissed=False,
            **_where_told(asked=asked, again_of=run.again_of, again_no=run.again_no),
            **origin_columns(run.origin, run.experiment),
            **request_columns(run.request),
        ),
    )


def _where_told(**columns: object) -> dict[str, object]:
    """Return those columns that say anything: most runs have none of them, nor any before 0004."""
    return {name: value for name, value in columns.items() if value is not None}


def settle_run(db: sa.Connection, record: ImageRecord) -> bool:
    """Close an image's run as saved where it is open or in doubt; whether there is such a run."""
    state = db.scalar(sa.select(runs.c.state).where(runs.c.id == record.run_id))
    if state in (RunState.QUEUED, RunState.SENT, RunState.UNKNOWN) and record.id == record.run_id:
        saved = {"state": RunState.SAVED, "image_id": record.id, **columns_of(None)}
        db.execute(runs.update().where(runs.c.id == record.run_id).values(saved))
    return state is not None


def read_runs(db: sa.Connection, where: sa.ColumnElement[bool]) -> list[RunRow]:
    query = runs.select().where(where).order_by(runs.c.created, runs.c.job_id, runs.c.position)
    found = [row._mapping for row in db.execute(query)]
    ids = [row["image_id"] for row in found if row["image_id"]]
    rows = db.execute(images.select().where(images.c.id.in_(ids))).all()
    stored = {record.id: record for record in read_records(db, rows)}
    return [to_run(row, stored.get(row["image_id"])) for row in found]
