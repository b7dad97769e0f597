"""The ledger's tables. A change here needs a new file in migrations/versions; a test compares them.

Times are seconds since 1970 in UTC; money is whole micro-dollars, so that sums are exact.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("job_id", sa.String(32), nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("token", sa.String(32)),  # minted by the caller: a double click is one job
    sa.Column("owner", sa.String(32), nullable=False),
    sa.Column("provider", sa.String(255), nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("prompt", sa.Text, nullable=False),
    sa.Column("values_json", sa.Text, nullable=False),
    sa.Column("seed", sa.BigInteger),
    sa.Column("cache_key", sa.String(64)),
    sa.Column("state", sa.String(12), nullable=False, index=True),
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
    sa.Column("dismissed", sa.Boolean, nullable=False, default=False),
    sa.UniqueConstraint("token", "position"),
    sa.Index("ix_runs_owner_created", "owner", "created"),
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
    sa.Column("seed", sa.BigInteger),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("seconds", sa.Float),
    sa.Column("price_usd", sa.String(32)),
    sa.Column("format", sa.String(8), nullable=False),
    sa.Column("width_px", sa.Integer, nullable=False),
    sa.Column("height_px", sa.Integer, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("cache_key", sa.String(64), index=True),
    sa.Column("starred", sa.Boolean, nullable=False, default=False),
    sqlite_autoincrement=True,
)
