"""The thumbnails of stored images, made once, and what can be seen in them. Blocks; any thread."""

from __future__ import annotations

import logging
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from backend.background import Thread
from backend.errors import PlaygroundError
from backend.images import looks, pictures
from backend.library.kept_looks import KeptLooks
from backend.storage.image_files.base import ImageFiles
from backend.types import ImageRecord

log = logging.getLogger(__name__)


class Thumbnails:
    """Makes and finds the thumbnails of image files; keeps in `kept_looks` what they show.

    `thread` is the ledger's: one write at a time.
    """

    def __init__(self, files: ImageFiles, kept_looks: KeptLooks, thread: Thread) -> None:
        self._files, self._kept_looks, self._thread = files, kept_looks, thread
        self._seen: dict[str, looks.Looks | None] = {}

    def kept(self, image_id: str) -> bytes | None:
        """Return an image's thumbnail where it was made already."""
        return self._files.thumb(image_id)

    def made(self, record: ImageRecord) -> bytes | None:
        """Return an image's thumbnail, made if need be; None where the image cannot be read."""
        try:
            return self.kept(record.id) or self._make(record)
        except (OSError, PlaygroundError) as error:
            log.warning("no thumbnail of %s: %s", record.id, type(error).__name__)
            return None

    def at_least(self, record: ImageRecord, px: int) -> bytes | None:
        """Return an image of so many pixels a side, where it has them: its thumbnail if that does.

        None where it cannot be read.
        """
        if px <= pictures.THUMBNAIL_MAX_PX:
            return self.made(record)
        with suppress(OSError):
            return self._files.read(record)
        return None

    def looks(self, record: ImageRecord) -> looks.Looks | None:
        """Return what an image looks like; None where it is no image that can be read, ever.

        Raises: OSError where its file cannot be had now.
        """
        try:
            return looks.looks_of(self.kept(record.id) or self._make(record))
        except PlaygroundError as error:
            log.warning("the colours of %s cannot be told: %s", record.id, type(error).__name__)
            return None

    def look_at(self, record: ImageRecord) -> None:
        """Keep what an image looks like, soon; where that fails, upkeep/looking.py will do it."""
        try:
            self._seen[record.id] = self.looks(record)
        except OSError as error:
            log.warning("%s was not looked at: %s", record.id, error.strerror)
        else:
            self._thread.begin(self._keep_all)

    def know(self, record: ImageRecord) -> None:
        """Keep what an image looks like now, unless that is known or its file cannot be had."""
        if not self._kept_looks.has(record.id):
            with suppress(OSError, SQLAlchemyError):
                self._kept_looks.keep({record.id: self.looks(record)})

    def _keep_all(self) -> None:
        # In one go all that have been looked at by now: others in the line then find nothing.
        seen: dict[str, looks.Looks | None] = {}
        with suppress(KeyError):
            while True:
                image_id, found = self._seen.popitem()
                seen[image_id] = found
        try:
            self._kept_looks.keep(seen)
        except SQLAlchemyError as error:
            log.warning("what images look like was not kept: %s", type(error).__name__)

    def _make(self, record: ImageRecord) -> bytes:
        data = pictures.thumbnail_webp(self._files.read(record))
        try:
            self._files.put_thumb(record.id, data)
        except OSError:
            log.warning("the thumbnail of %s was not kept", record.id)
        return data
