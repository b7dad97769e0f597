"""Several machines on one PostgreSQL: who they are, whose a run is, and what others show of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "machines",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("url", sa.Text),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column("start", sa.String(32), nullable=False),
        sa.Column("seen", sa.Float, nullable=False),
        sa.Column("ended", sa.Float),
    )
    for column in (
        sa.Column("machine", sa.String(32)),
        sa.Column("stopped", sa.Boolean),
        sa.Column("anew", sa.Boolean),
        sa.Column("tied", sa.Boolean),
        sa.Column("waits_for", sa.Text),
        sa.Column("waits_until", sa.Float),
    ):
        op.add_column("runs", column)
    op.add_column("experiments", sa.Column("machine", sa.String(32)))
    db = op.get_bind()
    if db.dialect.name == "postgresql":
        _tell_of_changes(db)


def _tell_of_changes(db: sa.Connection) -> None:
    """Let the database itself tell all who listen which job has changed, whoever changes it."""
    db.exec_driver_sql(
        "CREATE FUNCTION runs_changed() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN PERFORM pg_notify('runs', NEW.job_id); RETURN NULL; END $$"
    )
    db.exec_driver_sql(
        "CREATE TRIGGER runs_changed AFTER UPDATE OF"
        " state, machine, stopped, waits_for, waits_until, dismissed ON runs"
        " FOR EACH ROW EXECUTE FUNCTION runs_changed()"
    )
