"""What tries what again, what a token stands for, and requests in doubt found at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("runs", sa.Column("asked", sa.String(64)))
    op.add_column("runs", sa.Column("again_of", sa.String(32)))
    op.add_column("runs", sa.Column("again_no", sa.Integer))
    # Unique: two at once cannot both be the next try of the same request.
    op.create_index("ix_runs_again", "runs", ["again_of", "again_no"], unique=True)
    in_doubt = sa.text("state = 'unknown' AND NOT dismissed")
    op.create_index(
        "ix_runs_doubt",
        "runs",
        ["state", "created", "job_id", "position", "dismissed"],
        sqlite_where=in_doubt,
        postgresql_where=in_doubt,
    )
