"""Words of every script are found, prompts compared without case, tags have one spelling."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from backend.storage.words import folded_apart, indexed_apart, tag_key

revision = "0005"
down_revision = "0004"

_BATCH = 2_000
_INDEXED = "coalesce(prompt_words, prompt)", "coalesce(negative_words, negative_prompt)"


def upgrade() -> None:
    for name in ("prompt_words", "negative_words"):
        op.add_column("images", sa.Column(name, sa.Text))
    op.add_column("prompts", sa.Column("folded", sa.Text))
    op.create_table(
        "tag_names",
        sa.Column("key", sa.String(192), primary_key=True),
        sa.Column("tag", sa.String(64), nullable=False),
    )
    db = op.get_bind()
    _fill(db, "images", "seq", 0, "prompt", "prompt_words", indexed_apart)
    _fill(db, "images", "seq", 0, "negative_prompt", "negative_words", indexed_apart)
    _fill(db, "prompts", "digest", "", "prompt", "folded", folded_apart)
    _one_spelling(db)
    _full_text(db)


def _fill(
    db: sa.Connection,
    table: str,
    key: str,
    first: object,
    text: str,
    column: str,
    apart: Callable[[str], object],
) -> None:
    """Fill in a column for the few texts that are more than letters from a to z."""
    sqlite = db.dialect.name == "sqlite"
    in_bytes = f"CAST({text} AS BLOB)" if sqlite else f"convert_to({text}, 'UTF8')"
    found = sa.text(
        f"SELECT {key} AS key, {text} AS text FROM {table} WHERE {key} > :last"
        f" AND length({in_bytes}) > length({text}) ORDER BY {key} LIMIT {_BATCH}"
    )
    change = sa.text(f"UPDATE {table} SET {column} = :apart WHERE {key} = :key")
    last: object = first
    while rows := db.execute(found, {"last": last}).all():
        db.execute(change, [{"key": row.key, "apart": apart(row.text)} for row in rows])
        last = rows[-1].key


def _one_spelling(db: sa.Connection) -> None:
    """Let each tag have the spelling that most images have it in."""
    spelled: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for tag, count in db.execute(sa.text("SELECT tag, count(*) FROM image_tags GROUP BY tag")):
        spelled[tag_key(tag)][tag] = count
    for key, counts in spelled.items():
        best, *others = sorted(counts, key=lambda tag: (-counts[tag], tag))
        db.execute(sa.text("INSERT INTO tag_names VALUES (:key, :tag)"), {"key": key, "tag": best})
        for other in others:
            both = "SELECT seq FROM image_tags WHERE tag = :best"
            names = {"best": best, "other": other}
            db.execute(
                sa.text(f"DELETE FROM image_tags WHERE tag = :other AND seq IN ({both})"), names
            )
            db.execute(sa.text("UPDATE image_tags SET tag = :best WHERE tag = :other"), names)


def _full_text(db: sa.Connection) -> None:
    """Let the database keep the index of words itself, whoever writes to `images`.

    Vowels that stand as marks are parts of a word, as Hindi has them.
    """
    prompt, negative = _INDEXED
    if db.dialect.name != "sqlite":
        op.drop_index("ix_images_words", "images")
        words = f"to_tsvector('simple', {prompt} || ' ' || {negative})"
        db.exec_driver_sql(f"CREATE INDEX ix_images_words ON images USING gin ({words})")
        return
    for name in ("images_fts_insert", "images_fts_delete"):
        db.exec_driver_sql(f"DROP TRIGGER {name}")
    db.exec_driver_sql("DROP TABLE images_fts")
    db.exec_driver_sql(
        f"CREATE VIEW images_words AS SELECT seq, {prompt} AS prompt,"
        f" {negative} AS negative_prompt FROM images"
    )
    db.exec_driver_sql(
        "CREATE VIRTUAL TABLE images_fts USING fts5(prompt, negative_prompt,"
        " content='images_words', content_rowid='seq', prefix='2 3',"
        " tokenize=\"unicode61 remove_diacritics 2 categories 'L* M* N* Co'\")"
    )
    db.exec_driver_sql("INSERT INTO images_fts(images_fts) VALUES ('rebuild')")
    columns = "rowid, prompt, negative_prompt"
    for event, row, first in (("insert", "new", ""), ("delete", "old", "'delete', ")):
        into = f"images_fts, {columns}" if first else columns
        values = ", ".join(
            text.replace("(", f"({row}.").replace(", ", f", {row}.") for text in _INDEXED
        )
        db.exec_driver_sql(
            f"CREATE TRIGGER images_fts_{event} AFTER {event.upper()} ON images BEGIN"
            f" INSERT INTO images_fts({into}) VALUES ({first}{row}.seq, {values}); END"
        )
