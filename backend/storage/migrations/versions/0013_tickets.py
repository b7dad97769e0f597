"""How an answer is asked for that has yet to come: a restart goes on with it, and sends nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("runs", sa.Column("ticket_json", sa.Text))
