"""The model that another program has chosen, as A1111's do, for its calls that name none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("program_keys", sa.Column("model", sa.Text))
