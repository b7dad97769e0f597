"""The ledger's tables. A change here needs a new file in migrations/versions; a test compares them.

Times are seconds since 1970 in UTC; money is whole micro-dollars, so that sums are exact. What the
database's own full-text search needs beside them is made in migrations/versions/0005.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)


class Unsigned64(sa.TypeDecorator[int]):
    """A whole number from 0 to 2**64 - 1, as other programs draw seeds, in a signed column.

    Only what is equal can be looked for: the upper half is stored as negative numbers.
    """

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Any) -> int | None:
        return value if value is None or value < 2**63 else value - 2**64

    def process_result_value(self, value: int | None, dialect: Any) -> int | None:
        return value if value is None or value >= 0 else value + 2**64


runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("job_id", sa.String(32), nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("token", sa.String(32)),  # stands for owner and token: a double click is one job
    sa.Column("asked", sa.String(64)),  # what the token was used for
    sa.Column("owner", sa.String(32), nullable=False),
    sa.Column("provider", sa.String(255), nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("prompt", sa.Text, nullable=False),
    sa.Column("values_json", sa.Text, nullable=False),
    sa.Column("seed", sa.BigInteger),
    sa.Column("cache_key", sa.String(64)),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("sent", sa.Float, index=True),  # last send; NULL: never sent
    sa.Column("ended", sa.Float),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("cost_microusd", sa.BigInteger, nullable=False, default=0),
    sa.Column("cached", sa.Boolean, nullable=False, default=False),
    sa.Column("image_id", sa.String(32)),
    sa.Column("error_kind", sa.String(40)),
    sa.Column("error_message", sa.Text),
    sa.Column("error_hint", sa.Text),
    sa.Column("error_said", sa.Text),
    sa.Column("dismissed", sa.Boolean, nullable=False, default=False),
    sa.Column("origin_id", sa.String(32)),
    sa.Column("origin_kind", sa.String(12)),
    sa.Column("experiment", sa.String(32)),
    sa.Column("again_of", sa.String(32)),  # the first of the runs that try the same again
    sa.Column("again_no", sa.Integer),  # which of them it is, from 1
    sa.UniqueConstraint("token", "position"),
    sa.Index("ix_runs_owner_created", "owner", "created"),
    sa.Index("ix_runs_created", "created", "job_id", "position"),
    sa.Index("ix_runs_state", "state", "created", "job_id", "position"),
    sa.Index("ix_runs_again", "again_of", "again_no", unique=True),
)

in_doubt = sa.text("state = 'unknown' AND NOT dismissed")
"""May have been charged, and nobody put it away: in the words of the index, which needs them."""

sa.Index(
    "ix_runs_doubt",
    *(runs.c.state, runs.c.created, runs.c.job_id, runs.c.position, runs.c.dismissed),
    sqlite_where=in_doubt,
    postgresql_where=in_doubt,
)

# What varies, planned before anything is sent: backend/experiments.
experiments = sa.Table(
    "experiments",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("token", sa.String(32), unique=True),  # as in runs
    sa.Column("owner", sa.String(32), nullable=False),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("provider", sa.String(255), nullable=False),
    sa.Column("spec_json", sa.Text, nullable=False),  # with every seed drawn
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("state", sa.String(8), nullable=False),
    sa.Column("why", sa.Text),  # it rests: a sentence as said.to_json keeps it
    sa.Column("goes_on", sa.Float),  # when it goes on by itself
    sa.Column("sends_at_once", sa.Integer, nullable=False),
    sa.Index("ix_experiments_created", "created"),
    sa.Index("ix_experiments_state", "state"),
)

# One request each, by its place in the order of their making. What became of it is its run's.
cells = sa.Table(
    "cells",
    metadata,
    sa.Column("experiment", sa.String(32), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("places_json", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("prompt", sa.Text, nullable=False),
    sa.Column("values_json", sa.Text, nullable=False),
    sa.Column("seed", sa.BigInteger),
    sa.Column("repeat", sa.Integer, nullable=False),
    sa.Column("template_json", sa.Text),
    sa.Column("request_key", sa.String(64), nullable=False),
    sa.Column("run_id", sa.String(32)),  # the newest of those that made it
    sa.Column("again", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("difference", sa.Float),  # from the reference: mean CIELAB distance
)

# How many runs are in each state; SQLite alone keeps it, by itself, see migrations/versions/0003.
run_counts = sa.Table(
    "run_counts",
    metadata,
    sa.Column("state", sa.String(12), primary_key=True),
    sa.Column("runs", sa.Integer, nullable=False),
)

images = sa.Table(
    "images",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(32), nullable=False, unique=True),
    sa.Column("run_id", sa.String(32), nullable=False),
    sa.Column("provider", sa.String(255), nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("prompt", sa.Text, nullable=False),
    sa.Column("values_json", sa.Text, nullable=False),
    sa.Column("seed", Unsigned64),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("seconds", sa.Float),
    sa.Column("price_usd", sa.String(32)),
    sa.Column("format", sa.String(8), nullable=False),
    sa.Column("width_px", sa.Integer, nullable=False),
    sa.Column("height_px", sa.Integer, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("cache_key", sa.String(64), index=True),
    sa.Column("starred", sa.Boolean, nullable=False, default=False),
    sa.Column("negative_prompt", sa.Text, nullable=False, server_default=""),
    sa.Column("rating", sa.Integer, nullable=False, server_default="0"),
    sa.Column("deleted", sa.Float),  # when it went to the trash
    sa.Column("cache_hits", sa.Integer, nullable=False, server_default="0"),
    sa.Column("origin_id", sa.String(32), index=True),
    sa.Column("origin_kind", sa.String(12)),
    sa.Column("experiment", sa.String(32)),
    # What the index of words holds in their place, where that is not the texts themselves.
    sa.Column("prompt_words", sa.Text),
    sa.Column("negative_words", sa.Text),
    sqlite_autoincrement=True,
)

_there = images.c.deleted.is_(None)


for _name, *_columns in (
    ("live", images.c.seq),
    ("rating", images.c.rating, images.c.seq),
    ("seconds", images.c.seconds, images.c.seq),
    ("seed", images.c.seed, images.c.seq),
):
    sa.Index(f"ix_images_{_name}", *_columns, sqlite_where=_there, postgresql_where=_there)


for _name, _few in (
    ("starred", images.c.starred.is_(True)),
    ("cached", images.c.cache_hits > 0),
    ("experiment", images.c.experiment.is_not(None)),
):
    _of = images.c.experiment if _name == "experiment" else images.c.seq
    sa.Index(f"ix_images_{_name}", _of, sqlite_where=_few, postgresql_where=_few)


sa.Index("ix_images_sha256", images.c.sha256)


sa.Index("ix_images_deleted", images.c.deleted, sqlite_where=~_there, postgresql_where=~_there)


# All that is filtered and sorted by, so that a search need not read the rows with their prompts.
sa.Index(
    "ix_images_facets",
    *(images.c.seq, images.c.deleted, images.c.model, images.c.provider, images.c.created),
    *(images.c.width_px, images.c.height_px, images.c.seed, images.c.starred, images.c.rating),
    *(images.c.cache_hits, images.c.experiment, images.c.seconds),
)


image_tags = sa.Table(
    "image_tags",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("tag", sa.String(64), primary_key=True),
    sa.Index("ix_image_tags_tag", "tag", "seq"),
)

# What images look like (images/looks.py), as far as their thumbnails were made. Of one that cannot
# be read the layout is NULL. The index finds a colour without a look at other images.
image_looks = sa.Table(
    "image_looks",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("colours", sa.Integer, nullable=False),
    sa.Column("layout", sa.LargeBinary),
    sa.Index("ix_image_looks_colours", "colours", "seq"),
)

# Which sets of colours there are among them, some hundred and 2,048 at most, and in how many images
# about: so that it is known how rare a colour is.
colour_sets = sa.Table(
    "colour_sets",
    metadata,
    sa.Column("colours", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("images", sa.Integer, nullable=False),
)

# How a tag is written in this library, by what all its spellings have in common.
tag_names = sa.Table(
    "tag_names",
    metadata,
    sa.Column("key", sa.String(192), primary_key=True),
    sa.Column("tag", sa.String(64), nullable=False),
)

# What the last changes of marks were, so that each can be undone exactly (library/acts.py).
acts = sa.Table(
    "acts",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("made", sa.Float, nullable=False, index=True),
    sa.Column("steps", sa.LargeBinary, nullable=False),
)

prompts = sa.Table(
    "prompts",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("prompt", sa.Text, nullable=False),
    sa.Column("used", sa.Float, nullable=False, index=True),  # the last time
    sa.Column("uses", sa.Integer, nullable=False),
    sa.Column("folded", sa.Text),  # for comparing, where that is not its small letters
)

# What was made, by quarters of an hour: days of any zone are made of them.
quarters = sa.Table(
    "quarters",
    metadata,
    sa.Column("start", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("provider", sa.String(255), primary_key=True),
    sa.Column("model", sa.String(255), primary_key=True),
    sa.Column("images", sa.Integer, nullable=False),
    sa.Column("cost_microusd", sa.BigInteger, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
)

# Who has made images, to filter by.
makers = sa.Table(
    "makers",
    metadata,
    sa.Column("provider", sa.String(255), primary_key=True),
    sa.Column("model", sa.String(255), primary_key=True),
)

proofs = sa.Table(
    "proofs",
    metadata,
    sa.Column("image_id", sa.String(32), primary_key=True),
    sa.Column("again_id", sa.String(32), primary_key=True),
    sa.Column("verdict", sa.String(12), nullable=False),
    sa.Column("mean_difference", sa.Float),
    sa.Column("created", sa.Float, nullable=False),
    sa.Index("ix_proofs_again_id", "again_id"),
)
