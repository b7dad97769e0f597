"""A join from left to right, whatever the database knows of its tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles


class InOrder(sa.Join):
    """A join that SQLite carries out from left to right, as it takes CROSS JOIN.

    So a list is read once, as far as needed, and what is in it is looked up. With a free choice
    SQLite may look the list up anew for each row of the other side: seconds, not milliseconds.
    """

    inherit_cache = True


@compiles(InOrder, "sqlite")
def _cross_join(join: InOrder, compiler: Any, **options: Any) -> str:
    options |= {"asfrom": True, "from_linter": None}
    left, right = (compiler.process(side, **options) for side in (join.left, join.right))
    return f"{left} CROSS JOIN {right} ON {compiler.process(join.onclause, **options)}"
