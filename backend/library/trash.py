"""What goes for good: the trash is emptied, or images of it are forgotten with all their words."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence

from sqlalchemy.exc import SQLAlchemyError

from backend.background import Thread
from backend.errors import InvalidInput
from backend.library.forgetting import FORGOTTEN_MAX, Forgetting, Forgotten
from backend.library.library import Library
from backend.library.query import ImageQuery
from backend.said import msg
from backend.storage.image_files.base import ImageFiles

log = logging.getLogger(__name__)

_AT_ONCE = 200


class Trash:
    """`thread` is the ledger's, `thumb_thread` makes thumbnails.

    `gone` is called once images are, whatever came of it; `forgotten` is told of the runs that have
    no words any more.
    """

    def __init__(
        self,
        files: ImageFiles,
        library: Library,
        forgetting: Forgetting,
        thread: Thread,
        thumb_thread: Thread,
        gone: Callable[[], None],
        forgotten: Callable[[Collection[str]], None],
    ) -> None:
        self._files, self._library, self._forgetting = files, library, forgetting
        self._thread, self._thumb_thread = thread, thumb_thread
        self._gone, self._forgotten = gone, forgotten

    async def empty(self) -> int:
        """Remove the images in the trash for good; return how many. Runs and sums of days stay.

        Files go first: what a crash interrupts is still in the trash, and is removed next time.
        Raises: InvalidInput where some cannot be removed; they stay in the trash.
        """
        ids = await self._thread.run(self._library.ids, ImageQuery(trash=True))
        parts = (ids[at : at + _AT_ONCE] for at in range(0, len(ids), _AT_ONCE))
        try:
            removed: int = sum([await self._thread.run(self._remove, part) for part in parts])
            # One that was being made meanwhile was written after its image had gone.
            await self._thumb_thread.run(self._files.drop_thumbs, ids)
            return removed
        except (OSError, SQLAlchemyError) as error:
            raise InvalidInput(
                msg("Some images could not be removed ({reason}).", reason=_reason(error)),
                msg("Check the data folder, then empty the trash again."),
            ) from error
        finally:
            self._gone()

    async def forget(
        self, ids: Sequence[str], prompts: Collection[str], *, in_trash: bool
    ) -> Forgotten:
        """See Gallery.forget."""
        if len(ids) > FORGOTTEN_MAX:
            raise InvalidInput(
                msg("At most {most} images can be forgotten at once.", most=FORGOTTEN_MAX),
                msg("Choose fewer, and go on with the rest after that."),
                field="ids",
            )
        forget = self._forgetting.forget
        try:
            done = await self._thread.run(forget, ids, prompts, in_trash=in_trash)
            await self._thumb_thread.run(self._files.drop_thumbs, ids)
        except (OSError, SQLAlchemyError) as error:
            log.warning("not all was forgotten: %s", _reason(error))
            raise InvalidInput(
                msg("Not all could be forgotten yet ({reason}).", reason=_reason(error)),
                msg("Check that the data folder has room. The next start finishes it."),
            ) from error
        finally:
            self._gone()
            self._library.forget_words()
        self._forgotten(done.runs)
        return done

    def _remove(self, ids: Sequence[str]) -> int:
        # In the ledger's thread as one: meanwhile no answer from the cache restores any of them.
        records = self._library.doomed(ids)
        self._files.remove(records)
        self._library.forget([record.id for record in records])
        return len(records)


def _reason(error: OSError | SQLAlchemyError) -> str:
    return getattr(error, "strerror", None) or msg("the database cannot be written")
