"""A demo session under way, and wishes of a room that nobody sits in."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any, Self

from backend.catalogue.load import load_catalogue
from backend.sessions.sessions import Live
from backend.sessions.state import WishState
from backend.studio import Studio
from backend.types import ModelSpec
from tests.storage.clock import until
from tests.storage.conftest import FLUX

PLAN = {"title": "Open day", "model": FLUX, "images": 40, "per_visitor": 2}


class Purse:
    """Who pays, for a sender without a studio: no price is known."""

    @cached_property
    def models(self) -> Mapping[str, ModelSpec]:
        return load_catalogue()

    def of(self, model_id: str) -> Self:
        return self

    def estimate(self, model_id: str, count: int) -> Decimal | None:
        return None


async def started(studio: Studio, **plan: Any) -> Live:
    live = await studio.sessions.start(PLAN | plan)
    await live.desk.open()
    return live


async def wish(live: Live, visitor: str, text: str = "a red fox") -> str:
    await live.room.join(visitor)
    return (await live.room.wish(visitor, secrets.token_hex(16), text)).id


async def settled(live: Live) -> None:
    """Return once nothing is under way and nothing more will be."""
    busy = (WishState.SENT, WishState.APPROVED)
    await until(
        lambda: (
            live.session.paused
            or (
                not live.session.left
                and all(w.state is not WishState.SENT for w in live.session.wishes.values())
            )
            or all(w.state not in busy for w in live.session.wishes.values())
        )
    )
