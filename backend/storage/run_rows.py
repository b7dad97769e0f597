"""Rows of `runs` as the type that the rest of the program knows, and back; see rows.py."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from backend.errors import PlaygroundError
from backend.said import Said, from_json
from backend.storage.failures import columns_of, error_in
from backend.storage.rows import (
    STORED,
    Row,
    origin_columns,
    read_records,
    request_columns,
    to_micro,
    to_origin,
    to_request,
    to_time,
)
from backend.storage.tables import images, runs
from backend.types import OFFLINE, GenerationRequest, ImageRecord, Making, Origin, RunState


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
        created=to_time(row["created"]),
        sent=to_time(row["sent"]) if row["sent"] else None,
        ended=to_time(row["ended"]) if row["ended"] else None,
        cost_usd=Decimal(row["cost_microusd"]) / 1_000_000,
        source=row["provider"],
        error=error_in(row),
        record=replace(record, cached=row["cached"]) if record else None,
        origin=to_origin(row),
        experiment=row["experiment"],
        again_of=row["again_of"],
        again_no=row["again_no"],
        anew=bool(row["anew"]),
        stopped=bool(row["stopped"]),
        waits_for=_words(row["waits_for"]),
        waits_until=to_time(row["waits_until"]) if row["waits_until"] else None,
        machine=row["machine"],
        ticket_json=row["ticket_json"],
        free=bool(row["free"]),
    )


def _words(kept: str | None) -> Said | str:
    return from_json(kept) if kept else ""


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
    rows = db.execute(STORED.where(images.c.id.in_(ids))).all() if ids else []
    stored = {record.id: record for record in read_records(db, rows)}
    return [to_run(row, stored.get(row["image_id"])) for row in found]
