"""The ledger's tables. A change here needs a new file in migrations/versions; a test compares them.

Times are seconds since 1970 in UTC; money is whole micro-dollars, so that sums are exact. What the
database's own full-text search needs beside them is made in migrations/versions/0005.
"""

from __future__ import annotations

from functools import cache
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
    sa.Column("making_json", sa.Text),  # what its texts were made of, where it is no cell's
    sa.Column("free", sa.Boolean),  # its price is known to be 0; NULL: unlisted, where that is 0
    # What follows is for several machines: NULL where there is one.
    sa.Column("machine", sa.String(32)),  # whose it is to send
    sa.Column("stopped", sa.Boolean),  # somebody pressed Stop, on whichever
    sa.Column("anew", sa.Boolean),  # the cache is passed by
    sa.Column("tied", sa.Boolean),  # no other machine may send it: an experiment's, a session's
    sa.Column("waits_for", sa.Text),  # a sentence as said.to_json keeps it
    sa.Column("waits_until", sa.Float),
    sa.Column("ticket_json", sa.Text),  # sent: how to ask for its answer, which has yet to come
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

# Who shares this database (generation/machines.py); SQLite's has no other.
machines = sa.Table(
    "machines",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("url", sa.Text),
    sa.Column("version", sa.String(32), nullable=False),
    sa.Column("start", sa.String(32), nullable=False),  # another one with each start
    sa.Column("seen", sa.Float, nullable=False),  # its last life sign
    sa.Column("ended", sa.Float),  # in order, or as others found it
    sa.Column("leaving", sa.Float),  # since then it ends, and takes nothing from others
    sa.Column("shares", sa.Boolean),  # whether its images are where others read them
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
    sa.Column("machine", sa.String(32)),  # whose it is to carry out, where there are several
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

# Of blind tests, by the number of the pair: backend/experiments/ballots.py.
votes = sa.Table(
    "votes",
    metadata,
    sa.Column("experiment", sa.String(32), primary_key=True),
    sa.Column("pair", sa.Integer, primary_key=True, autoincrement=False),  # -1: the end of it
    sa.Column("left_cell", sa.Integer, nullable=False),
    sa.Column("right_cell", sa.Integer, nullable=False),
    sa.Column("choice", sa.String(5), nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("owner", sa.String(32), nullable=False),
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


class _Words(sa.types.UserDefinedType[str]):
    """PostgreSQL's tsvector, written as its text (vectors.py)."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "tsvector"


@cache
def images_with_words() -> sa.Table:
    """Return `images` with what PostgreSQL's has beside: `words`, to be written with each image."""
    table = images.to_metadata(sa.MetaData())
    table.append_column(sa.Column("words", _Words, nullable=False))
    return table


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
# PostgreSQL reads them all the same: it has two more, of the words (0014) and of `created` (0019).
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

# Who of other programs may ask for images: backend/programs. Of the key itself a hash alone.
program_keys = sa.Table(
    "program_keys",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),  # the owner of its runs
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False, unique=True),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("requests_per_day", sa.Integer),  # NULL: no limit
    sa.Column("microusd_per_day", sa.BigInteger),
    sa.Column("model", sa.Text),  # NULL: it has chosen none for the calls that name none
)

# The token that a call of theirs has now, where it is no longer the first one.
program_calls = sa.Table(
    "program_calls",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("token", sa.String(32), nullable=False),
    sa.Column("begun", sa.Float, nullable=False, index=True),  # 0: it is kept for good
)

# What several machines share that stands in memory or in files with one: storage/logins.py and
# storage/shared_texts.py. With SQLite all three are empty.
logins = sa.Table(
    "logins",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("ends", sa.Float, nullable=False),
)

wrong_logins = sa.Table(
    "wrong_logins",
    metadata,
    sa.Column("network", sa.String(64), primary_key=True),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("last", sa.Float, nullable=False),
)

shared_texts = sa.Table(
    "shared_texts",
    metadata,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("changed", sa.Float, nullable=False),
)
