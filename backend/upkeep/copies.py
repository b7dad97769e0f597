"""Lets copies on this computer go of images that another machine has removed."""

from __future__ import annotations

import asyncio
import logging

from sqlalchemy.exc import SQLAlchemyError

from backend.background import Tasks
from backend.library.gallery import Gallery

log = logging.getLogger(__name__)

LOOK_EVERY_S = 60.0


class Copies:
    """Looks once a minute, from `begin` to `close`."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery, self._tasks = gallery, Tasks()

    def begin(self) -> None:
        self._tasks.keep(self._run())

    async def close(self) -> None:
        await self._tasks.cancelled()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self._gallery.let_gone_go()
            except (OSError, SQLAlchemyError) as error:
                log.warning("copies were not looked through: %s", type(error).__name__)
