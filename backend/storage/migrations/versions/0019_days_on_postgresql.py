"""PostgreSQL finds the images of some days by an index; SQLite has their days in another one."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    db = op.get_bind()
    if db.dialect.name != "sqlite":
        db.exec_driver_sql("CREATE INDEX ix_images_created ON images (created)")
