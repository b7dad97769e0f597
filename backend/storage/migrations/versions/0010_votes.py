"""Votes of blind tests: one for each pair of images, and the end of the voting."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "votes",
        sa.Column("experiment", sa.String(32), primary_key=True),
        sa.Column("pair", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("left_cell", sa.Integer, nullable=False),
        sa.Column("right_cell", sa.Integer, nullable=False),
        sa.Column("choice", sa.String(5), nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("owner", sa.String(32), nullable=False),
    )
