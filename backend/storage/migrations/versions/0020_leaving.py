"""Machines that end tell so, and whether their images are where the others read them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("machines", sa.Column("leaving", sa.Float))
    op.add_column("machines", sa.Column("shares", sa.Boolean))
