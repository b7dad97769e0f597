"""The stored images for the page: database and files together, off the event loop."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from backend.background import Thread
from backend.errors import InvalidInput, PlaygroundError
from backend.images import difference
from backend.library.acts import Act
from backend.library.forgetting import Forgetting, Forgotten
from backend.library.history import DaySum, History, Proof
from backend.library.library import PAGE_MAX, Library, Page, Target
from backend.library.marks import Changes
from backend.library.marks_file import MarksFile
from backend.library.pace import Usual
from backend.library.query import ImageQuery, parse_address
from backend.library.thumbnails import Thumbnails
from backend.library.trash import Trash
from backend.said import msg
from backend.storage.image_files.base import ImageFiles
from backend.types import ImageRecord

log = logging.getLogger(__name__)

T = TypeVar("T")

_READERS = 2
_FETCHERS = 8
_THUMBNAILS_KEPT = 512
CHILDREN_SHOWN = 24
ASKED_S = 1.0
"""So long after a question for images somebody is taken to look at them."""


class Gallery:
    """Finds, marks and compares images. `thread` is the ledger's: one write at a time.

    `forgotten` is told of the runs that have no words any more.
    """

    def __init__(
        self,
        files: ImageFiles,
        library: Library,
        history: History,
        marks_file: MarksFile,
        thread: Thread,
        forgetting: Forgetting,
        forgotten: Callable[[Collection[str]], None] = lambda _: None,
    ) -> None:
        self._files, self._library, self._history = files, library, history
        self._marks_file, self._thread = marks_file, thread
        self._readers = Thread("gallery", _READERS)
        self._counting = Thread("counting")
        self._thumb_thread = Thread("thumbnails")
        self._fetchers = Thread("fetching", _FETCHERS)  # idle where all files are in the folder
        # One at a time: two images of 40 megapixels take half a gigabyte while they are compared.
        self._compare_thread = Thread("comparing")
        self._likeness = Thread("likeness")
        self.thumbnails = Thumbnails(files, library.looks, thread)
        self._thumbs: OrderedDict[str, bytes] = OrderedDict()
        self._emptied = 0
        self._trash = Trash(
            *(files, library, forgetting, thread, self._thumb_thread),
            self._let_go,
            forgotten,
        )
        self._asked = -ASKED_S

    @property
    def asked_lately(self) -> bool:
        """Whether somebody looks at images: what can wait does so."""
        return time.monotonic() - self._asked < ASKED_S

    def close(self) -> None:
        """End the threads. Blocks until what they do is done."""
        self._readers.close()
        self._counting.close()
        self._thumb_thread.close()
        self._fetchers.close()
        self._compare_thread.close()
        self._likeness.close()
        self._library.close()

    # --- finding ----------------------------------------------------------------------------

    async def images(
        self,
        *,
        limit: int = 50,
        cursor: str | None = None,
        query: ImageQuery | None = None,
        offset: int = 0,
        fast: bool = False,
    ) -> Page:
        """Return a part of what the query finds; `limit` 1 to 200. Raises: InvalidInput.

        `fast` does not wait until all are counted; see `Page.total_is_least`.
        """
        if not 1 <= limit <= PAGE_MAX:
            raise InvalidInput(
                msg("The limit is out of range."),
                msg("Ask for 1 to {most} images.", most=PAGE_MAX),
                field="limit",
            )
        query, self._asked = query or ImageQuery(), time.monotonic()
        thread = await self._thread_of(query)
        page = await thread.run(
            self._library.find, query, limit=limit, cursor=cursor, offset=offset, fast=True
        )
        if fast or not page.total_is_least:
            return page
        # Apart from the pages, which would wait: to count a million takes up to a second.
        total = await self._counting.run(self._library.total, replace(query, as_of=page.as_of))
        return replace(page, total=total, total_is_least=False)

    async def image(self, image_id: str) -> ImageRecord | None:
        """Return one stored image's record, also of one in the trash."""
        return await self._readers.run(self._library.image, image_id)

    async def records(self, ids: Sequence[str]) -> list[ImageRecord]:
        """Return the images with these ids that there are, in the same order."""
        return await self._readers.run(self._library.records, ids)

    async def selected(self, ids: Sequence[str] | None, query: str | None) -> list[str]:
        """Return the ids of the images named, or of all that an address's query finds, in order.

        Raises: InvalidInput.
        """
        return await self._ids(ids or () if query is None else parse_address(query))

    async def _ids(self, target: Target) -> list[str]:
        return await (await self._thread_of(target)).run(self._library.ids, target)

    async def like(self, image_id: str, limit: int) -> list[ImageRecord]:
        """Return the `limit` (1 to 200) images that look most like this one, that itself not."""
        query = ImageQuery(like=image_id)
        page = await self.images(limit=min(limit + 1, PAGE_MAX), query=query)
        return [record for record in page.images if record.id != image_id][:limit]

    async def _thread_of(self, target: Target) -> Thread:
        """Return the thread that looks for this. Pages do not wait for what looks alike."""
        if not isinstance(target, ImageQuery) or target.like is None:
            return self._readers
        if (record := await self.image(target.like)) is not None:
            await self._likeness.run(self.thumbnails.know, record)
        return self._likeness

    async def count_cached(self, keys: Sequence[str | None]) -> int:
        """Return how many of these fingerprints are answered from disk."""
        return await self._readers.run(self._library.count_cached, keys, self._files.has)

    async def usual(self, model: str, provider: str) -> Usual:
        """Return how long the model's images take of late."""
        try:
            return await self._readers.run(self._library.usual, model, provider)
        except SQLAlchemyError as error:  # no reason not to make one
            log.warning("the pace of %s is not known: %s", model, type(error).__name__)
            return Usual()

    async def facets(self) -> dict[str, Any]:
        """Return what the filters offer; see Library."""
        return await self._readers.run(self._library.facets)

    async def prompts(self, text: str, limit: int) -> list[tuple[str, datetime, int]]:
        """Return (prompt, last use, uses), the last used first; `text` is somewhere in them."""
        return await self._readers.run(self._history.prompts, text, limit)

    async def days(self, since: date, until: date, zone: tzinfo = UTC) -> list[DaySum]:
        """Return what was made per day of the zone, provider and model; both days included."""
        return await self._readers.run(self._history.days, since, until, zone)

    async def children(self, image_id: str) -> tuple[list[ImageRecord], int]:
        """Return the newest images made from this one, and how many there are."""
        return await self._readers.run(self._library.children, image_id, CHILDREN_SHOWN)

    # --- files ------------------------------------------------------------------------------

    def image_path(self, record: ImageRecord) -> Path:
        """Return a file with the image's bytes, to be read now. May block. Raises: OSError."""
        return self._files.at_hand(record)

    def image_bytes(self, record: ImageRecord) -> bytes:
        """Return the bytes of an image's file. Blocks. Raises: OSError."""
        return self._files.read(record)

    async def looked_into(self, record: ImageRecord, how: Callable[[bytes], T]) -> T | None:
        """Return what `how` makes of an image's bytes; None where they cannot be had."""

        def look() -> T | None:
            try:
                return how(self._files.read(record))
            except OSError:
                return None

        return await self._fetchers.run(look)

    async def image_file(self, image_id: str) -> tuple[Path, str] | None:
        """Return an image's file, to be read now, and its media type. Raises: OSError."""
        if (record := await self.image(image_id)) is None:
            return None
        path = self._files.at_once(record)
        if path is None:
            path = await self._fetchers.run(self._files.at_hand, record)
        return path, f"image/{record.format}"

    async def thumbnail(self, image_id: str) -> bytes | None:
        """Return a WebP of at most 384 px a side, made at first use; None without the image."""
        if (kept := self._thumbs.get(image_id)) is not None:
            self._thumbs.move_to_end(image_id)
            return kept
        emptied = self._emptied
        reader = self._fetchers if self._files.shared else self._readers
        found = await reader.run(self.thumbnails.kept, image_id)
        if found is None and (record := await self.image(image_id)) is not None:
            found = await self._thumb_thread.run(self.thumbnails.made, record)
            self._thumb_thread.begin(self.thumbnails.look_at, record)
        if found is not None and emptied == self._emptied:  # else it may just have been removed
            self._thumbs[image_id] = found
            while len(self._thumbs) > _THUMBNAILS_KEPT:
                self._thumbs.popitem(last=False)
        return found

    def prepare_thumbnail(self, record: ImageRecord) -> None:
        """Make the thumbnail in the background, for whoever opens the gallery, and look at it."""
        self._thumb_thread.begin(self.thumbnails.look_at, record)

    # --- marking ----------------------------------------------------------------------------

    async def change(self, target: Target, changes: Changes) -> Act:
        """Mark images. Raises: InvalidInput; then nothing has changed."""
        if isinstance(target, ImageQuery) and target.like is not None:
            target = await self._ids(target)
        return await self._act(self._library.change, target, changes)

    async def undo(self, act: str) -> Act:
        """Take back exactly what an act changed. Raises: InvalidInput; then nothing has changed."""
        return await self._act(self._library.undo, act)

    async def restore(self, moment: float) -> Act:
        """Take out of the trash what went there at that very moment. Raises: InvalidInput."""
        ids = await self._readers.run(self._library.trashed_at, moment)
        return await self.change(ids, Changes(deleted=False))

    async def _act(self, do: Callable[..., Act], *of: Any) -> Act:
        try:
            return await self._thread.run(self._noted, do, *of)
        except SQLAlchemyError as error:
            log.warning("marks were not kept: %s", type(error).__name__)
            raise InvalidInput(
                msg("The database cannot be written, so nothing was changed."),
                msg("Check that the data folder has room and may be written to. Then try again."),
            ) from error

    def _noted(self, do: Callable[..., Act], *of: Any) -> Act:
        # In the ledger's thread as one, so that the file has marks in the order of the database.
        act = do(*of)
        for moment, ids, changes in act.noted:
            self._marks_file.note(moment, ids, changes)
        return act

    async def empty_trash(self) -> int:
        """Remove the images in the trash for good; return how many. Runs and sums of days stay.

        Raises: InvalidInput where some cannot be removed; they stay in the trash.
        """
        return await self._trash.empty()

    async def forget(
        self, target: Target, *, prompts: Collection[str] = (), in_trash: bool = False
    ) -> Forgotten:
        """Forget at most 1,000 images for good, with their words wherever these stand, and their
        marks; and `prompts`, as they were typed or sent, even where no image came of them.

        What was sent and what it cost stays counted. `in_trash` takes images from the trash alone.
        Sends wait until it is done: see storage/scrub.py for how long.
        Raises: InvalidInput where something is not in the trash, an experiment shows it, or there
        are too many, when nothing has changed; or where the next start has to finish it.
        """
        ids = target if not isinstance(target, ImageQuery) else await self._ids(target)
        return await self._trash.forget(ids, prompts, in_trash=in_trash)

    async def let_gone_go(self) -> None:
        """Keep nothing on this computer of images that another machine has removed.

        Raises: SQLAlchemyError.
        """
        here = set(self._thumbs) | await self._fetchers.run(self._files.copies)
        gone = here - await self._readers.run(self._library.known, sorted(here), [])
        for image_id in gone:
            self._thumbs.pop(image_id, None)
        if gone:
            self._emptied += 1  # what is being fetched of them is not kept either
            await self._fetchers.run(self._files.drop_copies, gone)

    def _let_go(self) -> None:
        self._thumbs.clear()
        self._emptied += 1

    # --- comparing --------------------------------------------------------------------------

    async def difference(self, one: ImageRecord, other: ImageRecord) -> difference.Difference:
        """Compare the pixels of two images. Raises: PlaygroundError where a file is unusable."""
        return await self._compare(difference.difference, one, other)

    async def difference_map(self, one: ImageRecord, other: ImageRecord) -> bytes | None:
        """Return a WebP of where two images differ, None for other sizes. Raises as above."""
        return await self._compare(difference.difference_map, one, other)

    async def prove(self, record: ImageRecord, again: ImageRecord) -> None:
        """Compare an image with its repetition and store the verdict with both."""
        found = await self.difference(record, again)
        proof = Proof(record.id, again.id, found.verdict, found.mean, datetime.now(UTC))
        await self._thread.run(self._history.put_proof, proof)
        await self._thread.run(self._marks_file.note_proof, proof)

    async def proofs(self, record: ImageRecord) -> list[Proof]:
        """Return all verdicts on an image, newest first; what a crash cut off is made up for."""
        found = await self._readers.run(self._history.proofs, record.id)
        origin = record.origin
        if found or origin is None or origin.kind != "reproduced":
            return found
        if (first := await self.image(origin.image_id)) is None:
            return found
        try:
            await self.prove(first, record)
        except (PlaygroundError, SQLAlchemyError) as error:
            log.warning("%s was not compared: %s", record.id, type(error).__name__)
        return await self._readers.run(self._history.proofs, record.id)

    async def _compare(
        self, how: Callable[[bytes, bytes], T], one: ImageRecord, other: ImageRecord
    ) -> T:
        def work() -> T:
            try:
                return how(*(self._files.read(record) for record in (one, other)))
            except OSError as error:
                raise InvalidInput(
                    msg("An image's file is missing or cannot be read."),
                    msg("Look into the data folder."),
                ) from error

        return await self._compare_thread.run(work)
