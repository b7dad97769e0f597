"""What an undo needs; what was made by quarters of an hour, which make up days of any zone."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_KEY = ("start", "provider", "model")
_SUMS = ("images", "cost_microusd", "seconds")
_QUARTER_S, _DAY_S = 900, 86_400


def upgrade() -> None:
    op.create_table(
        "acts",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("made", sa.Float, nullable=False),
        sa.Column("steps", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_acts_made", "acts", ["made"])
    op.create_table(
        "quarters",
        sa.Column("start", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("provider", sa.String(255), primary_key=True),
        sa.Column("model", sa.String(255), primary_key=True),
        sa.Column("images", sa.Integer, nullable=False),
        sa.Column("cost_microusd", sa.BigInteger, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
    )
    op.create_table(
        "makers",
        sa.Column("provider", sa.String(255), primary_key=True),
        sa.Column("model", sa.String(255), primary_key=True),
    )
    op.execute("INSERT INTO makers SELECT DISTINCT provider, model FROM days")
    _fill(op.get_bind())
    op.drop_table("days")


def _fill(db: sa.Connection) -> None:
    """Count the images that are there; of those removed for good only the day (UTC) is known."""
    start = f"CAST(floor(created / {_QUARTER_S}) AS BIGINT) * {_QUARTER_S}"
    if db.dialect.name == "sqlite":
        start = f"CAST(created / {_QUARTER_S} AS INTEGER) * {_QUARTER_S}"
    dollars = "CAST(COALESCE(price_usd, '0') AS NUMERIC)"
    db.exec_driver_sql(
        f"INSERT INTO quarters SELECT {start}, provider, model, count(*),"
        f" CAST(round(sum({dollars} * 1000000)) AS BIGINT), sum(COALESCE(seconds, 0))"
        " FROM images GROUP BY 1, 2, 3"
    )
    there: dict[tuple[int, str, str], list[float]] = defaultdict(lambda: [0, 0, 0.0])
    quarters = sa.table("quarters", *map(sa.column, (*_KEY, *_SUMS)))
    for at, provider, model, *sums in db.execute(sa.select(quarters)):
        sum_of = there[at // _DAY_S * _DAY_S, provider, model]
        sum_of[:] = (one + more for one, more in zip(sum_of, sums, strict=True))
    days = sa.table("days", *map(sa.column, ("day", *_KEY[1:], *_SUMS)))
    noon: dict[tuple[int, str, str], list[float]] = {}
    for day, provider, model, *sums in db.execute(sa.select(days)):
        begin = int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())
        left = [one - less for one, less in zip(sums, there[begin, provider, model], strict=True)]
        if left[0] > 0:
            # At noon it is the same day nearly everywhere.
            noon[begin + _DAY_S // 2, provider, model] = [max(0, value) for value in left]
    for key, left in noon.items():
        here = sa.and_(*(quarters.c[n] == v for n, v in zip(_KEY, key, strict=True)))
        grown = {n: quarters.c[n] + v for n, v in zip(_SUMS, left, strict=True)}
        if not db.execute(quarters.update().where(here).values(grown)).rowcount:
            row = dict(zip((*_KEY, *_SUMS), (*key, *left), strict=True))
            db.execute(quarters.insert().values(row))
