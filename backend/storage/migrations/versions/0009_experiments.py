"""Experiments and their cells: a cell's run is its only memory, as not every model takes a seed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "experiments",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("token", sa.String(32)),
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("provider", sa.String(255), nullable=False),
        sa.Column("spec_json", sa.Text, nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("why", sa.Text),
        sa.Column("goes_on", sa.Float),
        sa.Column("sends_at_once", sa.Integer, nullable=False),
        sa.UniqueConstraint("token", name="uq_experiments_token"),
    )
    op.create_index("ix_experiments_created", "experiments", ["created"])
    op.create_index("ix_experiments_state", "experiments", ["state"])
    op.create_table(
        "cells",
        sa.Column("experiment", sa.String(32), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("places_json", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("prompt", sa.Text, nullable=False),
        sa.Column("values_json", sa.Text, nullable=False),
        sa.Column("seed", sa.BigInteger),
        sa.Column("repeat", sa.Integer, nullable=False),
        sa.Column("template_json", sa.Text),
        sa.Column("request_key", sa.String(64), nullable=False),
        sa.Column("run_id", sa.String(32)),
        sa.Column("again", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("difference", sa.Float),
    )
