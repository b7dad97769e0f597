"""The keys of other programs, kept in the database: made, known again, listed, removed.

Also which token a call has, where the call was begun anew after it had failed for nothing.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from backend.background import Thread
from backend.errors import InvalidInput
from backend.generation.budget import Usage, usage_of
from backend.programs.key import Key, digest_of, looks_like_one, minted, read_limits, read_name
from backend.said import msg
from backend.storage.rows import to_micro
from backend.storage.tables import program_calls, program_keys, runs
from backend.types import ID_BYTES, Limits

KEYS_MAX = 100

CALLS_KEPT_S = 7 * 86_400.0
"""How long it is remembered that a call without a name of its own was begun anew."""

FOR_GOOD = 0.0
"""When calls were begun that are never forgotten: a name stands for its images, however late."""


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A key, what it has used of today (UTC), and when it last asked for images."""

    key: Key
    today: Usage
    last: datetime | None


# Made once: each call of a program asks them.
_OF_DIGEST, _OF_ID = (
    sa.select(program_keys).where(column == sa.bindparam("named"))
    for column in (program_keys.c.digest, program_keys.c.id)
)
_TOKEN = sa.select(program_calls.c.token).where(program_calls.c.id == sa.bindparam("call"))


class Keys:
    """`engine` writes, in the ledger's `thread`; `reader` reads, in a thread of its own."""

    def __init__(
        self,
        engine: sa.Engine,
        reader: sa.Engine,
        thread: Thread,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._engine, self._reader, self._clock = engine, reader, clock
        self._thread, self._readers = thread, Thread("keys")

    def close(self) -> None:
        """End the thread. Blocks until what it does is done."""
        self._readers.close()

    async def make(self, given: Mapping[str, object]) -> tuple[Key, str]:
        """Return a new key and what the program has to show, which is told nowhere else again.

        Raises: InvalidInput naming the field.
        """
        name, limits = read_name(given.get("name")), read_limits(given)
        return await self._thread.run(self._make, name, limits)

    async def remove(self, key_id: str) -> bool:
        """Let a key in no more; False where there is none. What it has made and used stays."""
        return await self._thread.run(self._remove, key_id)

    async def all(self) -> list[KeyUse]:
        """Return all keys, the newest first."""
        return await self._readers.run(self._all)

    async def find(self, text: str) -> Key | None:
        """Return the key that `text` is."""
        if not looks_like_one(text):
            return None
        row = await self._readers.run(self._row, _OF_DIGEST, digest_of(text))
        return None if row is None else _key(row)

    async def secret_of(self, key_id: str) -> bytes | None:
        """Return what addresses that are given to a key's program are signed with."""
        row = await self._readers.run(self._row, _OF_ID, key_id)
        return None if row is None else bytes.fromhex(row.digest)

    async def choose_model(self, key_id: str, model: str) -> None:
        """Keep which model, by its id, a key's calls mean that name none."""
        await self._thread.run(self._choose_model, key_id, model)

    async def token(self, call_id: str) -> str:
        """Return the token of a call's job: that of its last beginning."""
        return await self._readers.run(self._token, call_id)

    async def begin_anew(self, call_id: str, was: str, *, for_good: bool) -> str:
        """Return the token of a call that begins anew after the job of the token `was`.

        Whoever else begins the same call anew at this moment gets the same one. Unless it is kept
        `for_good`, the call is as it was first once a week has passed.
        """
        return await self._thread.run(self._begin_anew, call_id, was, for_good)

    def _make(self, name: str, limits: Limits) -> tuple[Key, str]:
        text = minted()
        key = Key(
            secrets.token_hex(ID_BYTES),
            name,
            datetime.fromtimestamp(self._clock(), UTC),
            limits,
            bytes.fromhex(digest_of(text)),
        )
        with self._engine.begin() as db:
            names = db.scalars(sa.select(program_keys.c.name)).all()
            if name in names:
                raise InvalidInput(
                    msg("There is a key of this name already."),
                    msg("Take another name, or remove that key."),
                    field="name",
                )
            if len(names) >= KEYS_MAX:
                raise InvalidInput(
                    msg("There are {most} keys already.", most=KEYS_MAX),
                    msg("Remove one that nobody uses."),
                )
            usd = limits.dollars_per_day
            values = {
                "id": key.id,
                "name": name,
                "digest": key.secret.hex(),
                "created": key.created.timestamp(),
                "requests_per_day": limits.requests_per_day,
                "microusd_per_day": None if usd is None else to_micro(usd),
            }
            db.execute(program_keys.insert().values(values))
        return key, text

    def _remove(self, key_id: str) -> bool:
        with self._engine.begin() as db:
            gone = db.execute(program_keys.delete().where(program_keys.c.id == key_id))
        return gone.rowcount == 1

    def _choose_model(self, key_id: str, model: str) -> None:
        mine = program_keys.c.id == key_id
        with self._engine.begin() as db:
            db.execute(program_keys.update().where(mine).values(model=model))

    def _all(self) -> list[KeyUse]:
        now = self._clock()
        with self._reader.begin() as db:
            rows = db.execute(sa.select(program_keys).order_by(program_keys.c.created.desc())).all()
            return [
                KeyUse(
                    _key(row),
                    usage_of(db, now, row.id),
                    _moment(
                        db.scalar(
                            sa.select(sa.func.max(runs.c.created)).where(runs.c.owner == row.id)
                        )
                    ),
                )
                for row in rows
            ]

    def _row(self, found: sa.Select[Any], named: str) -> Any:
        with self._reader.begin() as db:
            return db.execute(found, {"named": named}).first()

    def _token(self, call_id: str) -> str:
        with self._reader.begin() as db:
            return db.scalar(_TOKEN, {"call": call_id}) or call_id

    def _begin_anew(self, call_id: str, was: str, for_good: bool) -> str:
        now, token = self._clock(), secrets.token_hex(ID_BYTES)
        row = {"id": call_id, "token": token, "begun": FOR_GOOD if for_good else now}
        begun = program_calls.c.begun
        old = (begun != FOR_GOOD) & (begun < now - CALLS_KEPT_S)
        try:
            with self._engine.begin() as db:
                db.execute(program_calls.delete().where(old))
                mine = (program_calls.c.id == call_id) & (program_calls.c.token == was)
                if not db.execute(program_calls.update().where(mine).values(row)).rowcount:
                    db.execute(program_calls.insert().values(row))
        except IntegrityError:  # somebody else was first, perhaps on another machine
            return self._token(call_id)
        return token


def _key(row: Any) -> Key:
    usd = row.microusd_per_day
    return Key(
        row.id,
        row.name,
        datetime.fromtimestamp(row.created, UTC),
        Limits(
            requests_per_day=row.requests_per_day,
            dollars_per_day=None if usd is None else Decimal(usd) / 1_000_000,
        ),
        bytes.fromhex(row.digest),
        row.model,
    )


def _moment(at: float | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)
