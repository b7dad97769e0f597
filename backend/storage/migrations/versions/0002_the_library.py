"""What a large gallery needs: marks, tags, lineage, prompts, days, proofs, full-text search."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_THERE = sa.text("deleted IS NULL")
_GONE = sa.text("deleted IS NOT NULL")


def upgrade() -> None:
    for name in ("origin_id", "experiment"):
        op.add_column("runs", sa.Column(name, sa.String(32)))
    op.add_column("runs", sa.Column("origin_kind", sa.String(12)))
    for column in (
        sa.Column("negative_prompt", sa.Text, nullable=False, server_default=""),
        sa.Column("rating", sa.Integer, nullable=False, server_default="0"),
        sa.Column("deleted", sa.Float),
        sa.Column("cache_hits", sa.Integer, nullable=False, server_default="0"),
        sa.Column("origin_id", sa.String(32)),
        sa.Column("origin_kind", sa.String(12)),
        sa.Column("experiment", sa.String(32)),
    ):
        op.add_column("images", column)
    for name in ("live", "rating", "seconds", "seed"):
        columns = ["seq"] if name == "live" else [name, "seq"]
        op.create_index(
            f"ix_images_{name}", "images", columns, sqlite_where=_THERE, postgresql_where=_THERE
        )
    true = "1" if op.get_bind().dialect.name == "sqlite" else "TRUE"
    for name, by, few in (
        ("starred", "seq", f"starred IS {true}"),
        ("cached", "seq", "cache_hits > 0"),
        ("experiment", "experiment", "experiment IS NOT NULL"),
    ):
        where = sa.text(few)
        op.create_index(
            f"ix_images_{name}", "images", [by], sqlite_where=where, postgresql_where=where
        )
    op.create_index("ix_images_origin_id", "images", ["origin_id"])
    op.create_index("ix_images_sha256", "images", ["sha256"])
    op.create_index(
        "ix_images_deleted", "images", ["deleted"], sqlite_where=_GONE, postgresql_where=_GONE
    )
    facets = "seq deleted model provider created width_px height_px seed starred rating"
    op.create_index(
        "ix_images_facets", "images", [*facets.split(), "cache_hits", "experiment", "seconds"]
    )
    op.create_table(
        "image_tags",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("tag", sa.String(64), primary_key=True),
    )
    op.create_index("ix_image_tags_tag", "image_tags", ["tag", "seq"])
    op.create_table(
        "prompts",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("prompt", sa.Text, nullable=False),
        sa.Column("used", sa.Float, nullable=False),
        sa.Column("uses", sa.Integer, nullable=False),
    )
    op.create_index("ix_prompts_used", "prompts", ["used"])
    op.create_table(
        "days",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("provider", sa.String(255), primary_key=True),
        sa.Column("model", sa.String(255), primary_key=True),
        sa.Column("images", sa.Integer, nullable=False),
        sa.Column("cost_microusd", sa.BigInteger, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
    )
    op.create_table(
        "proofs",
        sa.Column("image_id", sa.String(32), primary_key=True),
        sa.Column("again_id", sa.String(32), primary_key=True),
        sa.Column("verdict", sa.String(12), nullable=False),
        sa.Column("mean_difference", sa.Float),
        sa.Column("created", sa.Float, nullable=False),
    )
    op.create_index("ix_proofs_again_id", "proofs", ["again_id"])
    _fill(op.get_bind())
    _full_text(op.get_bind())


def _full_text(db: sa.Connection) -> None:
    """Let the database keep the index of words itself, whoever writes to `images`."""
    if db.dialect.name != "sqlite":
        words = "to_tsvector('simple', prompt || ' ' || negative_prompt)"
        db.exec_driver_sql(f"CREATE INDEX ix_images_words ON images USING gin ({words})")
        return
    db.exec_driver_sql(
        "CREATE VIRTUAL TABLE images_fts USING fts5(prompt, negative_prompt, content='images',"
        " content_rowid='seq', tokenize='unicode61 remove_diacritics 2', prefix='2 3')"
    )
    db.exec_driver_sql("INSERT INTO images_fts(images_fts) VALUES ('rebuild')")
    columns = "rowid, prompt, negative_prompt"
    db.exec_driver_sql(
        "CREATE TRIGGER images_fts_insert AFTER INSERT ON images BEGIN"
        f" INSERT INTO images_fts({columns})"
        " VALUES (new.seq, new.prompt, new.negative_prompt); END"
    )
    db.exec_driver_sql(
        "CREATE TRIGGER images_fts_delete AFTER DELETE ON images BEGIN"
        f" INSERT INTO images_fts(images_fts, {columns})"
        " VALUES ('delete', old.seq, old.prompt, old.negative_prompt); END"
    )


def _fill(db: sa.Connection) -> None:
    """Carry over what earlier versions recorded."""
    names = "seq", "values_json", "created", "provider", "model", "price_usd", "seconds"
    images = sa.table("images", *map(sa.column, (*names, "negative_prompt")))
    runs = sa.table("runs", *map(sa.column, ("prompt", "created")))
    per_day: dict[tuple[str, str, str], list[float]] = {}
    negatives: list[dict[str, object]] = []
    for seq, values, created, provider, model, price, seconds in db.execute(
        sa.select(*(images.c[name] for name in names))
    ):
        if negative := json.loads(values).get("negative_prompt"):
            negatives.append({"of": seq, "text": str(negative)})
        day = datetime.fromtimestamp(created, UTC).strftime("%Y-%m-%d")
        sums = per_day.setdefault((day, provider, model), [0, 0, 0.0])
        sums[0] += 1
        sums[1] += int(Decimal(price or 0) * 1_000_000)
        sums[2] += seconds or 0.0
    if negatives:
        change = images.update().where(images.c.seq == sa.bindparam("of"))
        db.execute(change.values(negative_prompt=sa.bindparam("text")), negatives)
    days = sa.table("days", *map(sa.column, _DAYS))
    for key, sums in per_day.items():
        db.execute(days.insert().values(dict(zip(_DAYS, (*key, *sums), strict=True))))
    prompts = sa.table("prompts", *map(sa.column, ("digest", "prompt", "used", "uses")))
    used: dict[str, tuple[float, int]] = {}
    for prompt, created in db.execute(sa.select(runs.c.prompt, runs.c.created)):
        last, uses = used.get(prompt, (created, 0))
        used[prompt] = (max(last, created), uses + 1)
    rows = [
        {"digest": sha256(prompt.encode()).hexdigest(), "prompt": prompt, "used": at, "uses": uses}
        for prompt, (at, uses) in used.items()
    ]
    if rows:
        db.execute(prompts.insert(), rows)


_DAYS = ("day", "provider", "model", "images", "cost_microusd", "seconds")
