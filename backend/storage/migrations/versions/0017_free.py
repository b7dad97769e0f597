"""Runs that are known to cost nothing: a price of 0 is not one that nobody lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("runs", sa.Column("free", sa.Boolean))
