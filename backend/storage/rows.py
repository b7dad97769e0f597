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
from typing import Any

import sqlalchemy as sa

from backend.errors import PlaygroundError
from backend.said import Said, from_json
from backend.storage import postgres
from backend.storage.failures import columns_of, error_in
from backend.storage.tables import (
    image_tags,
    images,
    images_with_words,
    makers,
    prompts,
    quarters,
    runs,
)
from backend.storage.tags import spell
from backend.storage.vectors import vector
from backend.storage.words import folded_apart, indexed_apart
from backend.types import OFFLINE, GenerationRequest, ImageRecord, Making, Origin, RunState

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
    1, both None where nothing is tried again. `again` is looked up by generation/again.py alone,
    `making` by generation/making.py. `waits_for`, `stopped` and `machine` say how it stands where
    several machines share the database: why it waits, whether somebody stopped it, whose it is.
    `ticket_json` is what generation/ticket.py writes. `free` says that its price is known to be 0.
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
    making: Making | None = None
    anew: bool = False
    stopped: bool = False
    waits_for: str = ""
    waits_until: datetime | None = None
    machine: str | None = None
    ticket_json: str | None = None
    free: bool = False

    @property
    def price_usd(self) -> Decimal | None:
        """The listed price: 0 where it is free, None where the platform lists none."""
        known = self.cost_usd or self.free or self.source == OFFLINE
        return self.cost_usd if known else None


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
        anew=bool(row["anew"]),
        stopped=bool(row["stopped"]),
        waits_for=_words(row["waits_for"]),
        waits_until=_time(row["waits_until"]) if row["waits_until"] else None,
        machine=row["machine"],
        ticket_json=row["ticket_json"],
        free=bool(row["free"]),
    )


def _words(kept: str | None) -> Said | str:
    return from_json(kept) if kept else ""


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
        created=_time(created),
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
        deleted=None if deleted is None else _time(deleted),
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


def _origin(row: Row) -> Origin | None:
    return Origin(row["origin_id"], row["origin_kind"]) if row["origin_id"] else None


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def to_micro(dollars: Decimal) -> int:
    """Return dollars as whole micro-dollars."""
    return int((dollars * 1_000_000).to_integral_value())


def insert_image(db: sa.Connection, record: ImageRecord, cache_key: str | None) -> bool:
    """Record an image with its tags and count it; False where it is there already."""
    postgres.number_in_turn(db)
    if db.scalar(sa.select(images.c.seq).where(images.c.id == record.id)) is not None:
        return False
    columns, table = image_columns(record, cache_key), images
    if db.dialect.name != "sqlite":  # whose index of words is kept by itself
        table = images_with_words()
        columns["words"] = vector(columns["prompt"], columns["negative_prompt"])
    # Values beside the statement, not in it: it is compiled once, and half as dear.
    seq = db.execute(table.insert(), columns).inserted_primary_key
    assert seq is not None
    if record.tags:
        tags = set(spell(db, record.tags).values())
        db.execute(image_tags.insert(), [{"seq": seq[0], "tag": tag} for tag in tags])
    _count(db, record)
    return True


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
    tags: dict[int, list[str]] = {}
    wanted = {"seqs": [row[0] for row in rows]}
    for seq, tag in db.execute(_tags(db.dialect.name), wanted).all():
        tags.setdefault(seq, []).append(tag)
    return [to_record(row, tuple(tags.get(row[0], ()))) for row in rows]


def insert_run(
    db: sa.Connection,
    run: RunRow,
    *,
    owner: str = "",
    token: str | None = None,
    asked: str | None = None,
    cache_key: str | None = None,
    attempts: int = 0,
    making_json: str | None = None,
    tied: bool = False,
) -> None:
    """Record a run, with its image where it has one.

    `token`, `asked` and `making_json` are the columns' texts. `tied`: its machine alone may send
    it.
    """
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
            **_where_told(
                asked=asked,
                again_of=run.again_of,
                again_no=run.again_no,
                making_json=making_json,
                machine=run.machine,
                anew=run.anew or None,
                tied=tied or None,
                free=run.free or None,
            ),
            **origin_columns(run.origin, run.experiment),
            **request_columns(run.request),
        ),
    )


def _where_told(**columns: object) -> dict[str, object]:
    """Return those columns that say anything: most runs have none of them."""
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
    found = [row._mapping for row in db.execute(query).all()]
    ids = [row["image_id"] for row in found if row["image_id"]]
    rows = db.execute(STORED.where(images.c.id.in_(ids))).all()
    stored = {record.id: record for record in read_records(db, rows)}
    return [to_run(row, stored.get(row["image_id"])) for row in found]
