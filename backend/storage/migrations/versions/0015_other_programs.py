"""Keys of other programs, and the calls of theirs that were begun anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "program_keys",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("requests_per_day", sa.Integer),
        sa.Column("microusd_per_day", sa.BigInteger),
        sa.UniqueConstraint("digest", name="uq_program_keys_digest"),
    )
    op.create_table(
        "program_calls",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("begun", sa.Float, nullable=False),
    )
    op.create_index("ix_program_calls_begun", "program_calls", ["begun"])
