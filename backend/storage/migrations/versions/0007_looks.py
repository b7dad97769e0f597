"""What images look like: their main colours, and a layout to find others like them by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "image_looks",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("colours", sa.Integer, nullable=False),
        sa.Column("layout", sa.LargeBinary),
    )
    op.create_index("ix_image_looks_colours", "image_looks", ["colours", "seq"])
    op.create_table(
        "colour_sets",
        sa.Column("colours", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("images", sa.Integer, nullable=False),
    )
