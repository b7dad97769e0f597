"""A press of a button, or a program's call: what its token stands for. The same one is one job.

A token is its owner's: another's same token is another press. Within a ledger's transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from backend.errors import TokenUsed
from backend.storage.tables import runs
from backend.types import GenerationRequest, Origin


@dataclass(frozen=True, slots=True)
class Press:
    """What the database knows a press by: 32 hex digits of owner and token, 64 of what was asked.

    `given` is the token itself, by which presses were known before 0004.
    """

    token: str
    asked: str
    owner: str
    given: str


def press_of(
    owner: str,
    token: str,
    requests: Sequence[GenerationRequest],
    *,
    seeds_drawn: bool,
    anew: bool,
    origin: Origin | None,
    again_of: str | None,
) -> Press:
    """Return the press of `token` by `owner`. Seeds that were drawn for it are not what it asks."""
    asked = [
        [[r.model, r.prompt, dict(r.values), None if seeds_drawn else r.seed] for r in requests],
        anew,
        origin and [origin.image_id, origin.kind],
        again_of,
    ]
    return Press(_digest([owner, token])[:32], _digest(asked), owner, token)


def earlier_job(db: sa.Connection, press: Press) -> str | None:
    """Return the id of the job that this press has opened, None where there is none.

    Raises: TokenUsed where the token was used to ask for something else.
    """
    before = (runs.c.token == press.given) & (runs.c.owner == press.owner)
    found = db.execute(
        sa.select(runs.c.job_id, runs.c.asked)
        .where((runs.c.token == press.token) | before)
        .limit(1)
    ).first()
    if found is None:
        return None
    if found.asked not in (None, press.asked):
        raise TokenUsed(
            "This token stands for another request already. Nothing was sent.",
            "Make a new one for each request, and use it again only to repeat that request.",
            field="token",
        )
    return str(found.job_id)


def _digest(content: object) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
