"""Small texts that several machines on one database share: what stands in files with SQLite.

Every method is one transaction and blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from backend.errors import PlaygroundError
from backend.said import msg
from backend.storage import postgres
from backend.storage.rows import adding
from backend.storage.tables import shared_texts


@dataclass(frozen=True, slots=True)
class Kept:
    """A text; `version` grows by one with each change, `changed` is in seconds since 1970."""

    text: str
    version: int
    changed: float


class SharedTexts:
    """Texts by their names."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def get(self, name: str) -> Kept | None:
        with self._engine.begin() as db:
            row = db.execute(shared_texts.select().where(shared_texts.c.name == name)).first()
        return None if row is None else Kept(row.text, row.version, row.changed)

    def newer(self, seen: Mapping[str, int], names: Collection[str]) -> dict[str, Kept]:
        """Return those of `names` that are of other versions than the ones that were seen."""
        c = shared_texts.c
        known = ((c.name == name) & (c.version == of) for name, of in seen.items())
        asked = c.name.in_(names) & ~sa.or_(sa.false(), *known)
        with self._engine.begin() as db:
            rows = db.execute(shared_texts.select().where(asked)).all()
        return {row.name: Kept(row.text, row.version, row.changed) for row in rows}

    def put(self, name: str, text: str) -> None:
        """Keep a text instead of what is there. Raises: as `change`."""
        self.change(name, lambda _: text)

    def change(self, name: str, do: Callable[[str | None], str | None]) -> None:
        """Keep what `do` makes of what is there, while nobody else changes it; None leaves it.

        Raises: what `do` does; PlaygroundError where the database does not answer. Then nothing is
        changed.
        """
        self.change_several(
            name, lambda text: {name: made} if (made := do(text)) is not None else {}
        )

    def change_several(
        self, name: str, do: Callable[[str | None], Mapping[str, str | None]]
    ) -> None:
        """Keep all texts that `do` makes of the one called `name`, while nobody else changes that.

        None takes one away; those that it does not name stay. Raises: as `change`.
        """
        try:
            self._change(name, do)
        except SQLAlchemyError as error:
            raise PlaygroundError(
                msg("The database does not answer just now. Try again in a few seconds."),
                msg("Nothing was changed."),
            ) from error

    def _change(self, name: str, do: Callable[[str | None], Mapping[str, str | None]]) -> None:
        c = shared_texts.c
        with self._engine.begin() as db:
            first = {"name": name, "text": "", "version": 0, "changed": 0.0}
            add = adding(db.dialect.name, shared_texts, ())
            db.execute(add, first)
            row = db.execute(shared_texts.select().where(c.name == name).with_for_update()).one()
            for one, text in do(row.text if row.version else None).items():
                if text is None:
                    db.execute(shared_texts.delete().where(c.name == one))
                    continue
                db.execute(add, first | {"name": one})
                values = {"text": text, "version": c.version + 1, "changed": postgres.now}
                db.execute(shared_texts.update().where(c.name == one).values(values))
            # Where `do` made nothing of it, it was never there.
            db.execute(shared_texts.delete().where((c.name == name) & (c.version == 0)))
