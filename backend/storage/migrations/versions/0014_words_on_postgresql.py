"""PostgreSQL keeps the words of images in a column of its own, cut by us; SQLite stays as it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.storage.vectors import vector

revision = "0014"
down_revision = "0013"

_BATCH = 2_000


def upgrade() -> None:
    db = op.get_bind()
    if db.dialect.name == "sqlite":
        return
    db.exec_driver_sql("DROP INDEX ix_images_words")
    db.exec_driver_sql("ALTER TABLE images ADD COLUMN words tsvector NOT NULL DEFAULT ''")
    found = sa.text(
        "SELECT seq, prompt, negative_prompt FROM images WHERE seq > :last"
        f" ORDER BY seq LIMIT {_BATCH}"
    )
    change = sa.text("UPDATE images SET words = CAST(:words AS tsvector) WHERE seq = :seq")
    last = 0
    while rows := db.execute(found, {"last": last}).all():
        db.execute(
            change,
            [{"seq": row.seq, "words": vector(row.prompt, row.negative_prompt)} for row in rows],
        )
        last = rows[-1].seq
    # What is not in it yet would be looked through at each search.
    db.exec_driver_sql(
        "CREATE INDEX ix_images_words ON images USING gin (words) WITH (fastupdate = off)"
    )
