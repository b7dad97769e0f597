"""What a token stands for: a press of a button or a program's call, and the one job that it opens.

A token is its owner's: the same one of somebody else is another. Within a ledger's transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from backend.errors import TokenUsed
from backend.generation.chosen import Chosen
from backend.said import msg
from backend.storage.tables import runs
from backend.types import GenerationRequest, Origin


def column_of(owner: str, token: str) -> str:
    """Return what the database holds for an owner's token: 32 hex digits."""
    return _digest([owner, token])[:32]


def asked_for(
    requests: Sequence[GenerationRequest],
    *,
    seeds_drawn: bool,
    anew: bool,
    origin: Origin | None,
    again_of: Sequence[str] = (),
    chosen: Chosen | None = None,
) -> str:
    """Return 64 hex digits of what is asked for. What was drawn for it is no part of it."""
    if chosen is not None and chosen.drawn:
        requests = [replace(chosen.typed, seed=request.seed) for request in requests]
    tried = again_of[0] if len(again_of) == 1 else [*again_of] or None  # as before there were many
    return _digest(
        [
            [
                [r.model, r.prompt, dict(r.values), None if seeds_drawn else r.seed]
                for r in requests
            ],
            anew,
            origin and [origin.image_id, origin.kind],
            tried,
        ]
    )


def earlier_job(db: sa.Connection, owner: str, token: str, asked: str | None) -> str | None:
    """Return the id of the owner's job with this token, None where there is none.

    Raises: TokenUsed where it was used for something else than what is `asked` now.
    """
    before_0004 = (runs.c.token == token) & (runs.c.owner == owner)
    wanted = sa.select(runs.c.job_id, runs.c.asked).where(
        (runs.c.token == column_of(owner, token)) | before_0004
    )
    found = db.execute(wanted.limit(1)).first()
    if found is None:
        return None
    if None not in (found.asked, asked) and found.asked != asked:
        raise TokenUsed(
            msg("This token stands for another request already. Nothing was sent."),
            msg("Make a new one for each request; use one again only to repeat that request."),
            field="token",
        )
    return str(found.job_id)


def _digest(content: object) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
