"""What listing all runs needs: their order, and how many are in each state."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_STATES = ("queued", "sent", "saved", "failed", "unknown", "cancelled")


def upgrade() -> None:
    place = ["created", "job_id", "position"]
    op.create_index("ix_runs_created", "runs", place)
    op.drop_index("ix_runs_state", "runs")
    op.create_index("ix_runs_state", "runs", ["state", *place])
    op.create_table(
        "run_counts",
        sa.Column("state", sa.String(12), primary_key=True),
        sa.Column("runs", sa.Integer, nullable=False),
    )
    for state in _STATES:
        op.execute(
            f"INSERT INTO run_counts SELECT '{state}', count(*) FROM runs WHERE state = '{state}'"
        )
    if op.get_bind().dialect.name == "sqlite":
        _count()


def _count() -> None:
    """Let SQLite count itself, whoever writes to `runs`.

    PostgreSQL counts when it is asked: there several programs would wait for each other's counts.
    """
    less = "UPDATE run_counts SET runs = runs - 1 WHERE state = old.state;"
    more = "UPDATE run_counts SET runs = runs + 1 WHERE state = new.state;"
    for name, event, change in (
        ("insert", "INSERT ON runs", more),
        ("delete", "DELETE ON runs", less),
        ("update", "UPDATE OF state ON runs WHEN old.state <> new.state", less + more),
    ):
        op.execute(f"CREATE TRIGGER run_counts_{name} AFTER {event} BEGIN {change} END")
