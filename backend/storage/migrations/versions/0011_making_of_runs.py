"""What a run's texts were made of: an image that a restart stores from the spool tells it too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("runs", sa.Column("making_json", sa.Text))
