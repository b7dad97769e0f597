"""Where the bytes of a session's pictures are: in the gallery, or in a rehearsal's folder."""

from __future__ import annotations

import io
import logging
from collections.abc import Awaitable, Callable
from functools import cache

from PIL import Image

from backend.background import Thread
from backend.errors import PlaygroundError
from backend.images.pictures import thumbnail_webp
from backend.sessions.demo import sha256_of
from backend.sessions.demos import Demos
from backend.sessions.state import Picture

log = logging.getLogger(__name__)

KEPT_PX = 1_600
QUALITY = 85
"""Of a rehearsal's images: about 200 kB each."""

_KEPT_BYTES = 32_000_000
_GREY = (119, 119, 119)
_GREY_PX = 1_024

Key = tuple[str, int]
ReaderOf = Callable[[str], Awaitable[Callable[[], bytes] | None]]


class Pictures:
    """Small copies of pictures, made off the event loop; the last ones stay in memory.

    `reader_of` gives what reads a stored image's file, None where there is none.
    """

    def __init__(self, demos: Demos, reader_of: ReaderOf) -> None:
        self._demos, self._reader_of = demos, reader_of
        self._thread = Thread("session pictures")
        self._made: dict[Key, bytes] = {}
        self._bytes = 0

    async def picture_bytes(
        self, picture: Picture, max_px: int = KEPT_PX, *, grey: bool = True
    ) -> bytes | None:
        """Return a WebP of at most `max_px` a side; None where a stored image cannot be read.

        A rehearsal's picture that is missing is a grey field, or None without `grey`.
        """
        name, sha256 = sha256_of(picture.image)
        if name:
            found = await self.recorded(name, sha256, max_px)
            return grey_field() if found is None and grey else found
        key = picture.image, max_px
        if (made := self._made.get(key)) is not None:
            return made
        read = await self._reader_of(picture.image)
        return None if read is None else await self._thread.run(self._small, key, read)

    async def recorded(self, name: str, sha256: str, max_px: int = KEPT_PX) -> bytes | None:
        """Return the WebP of a rehearsal's picture; None where it is missing or damaged."""
        key = f"{name}:{sha256}", max_px
        if (made := self._made.get(key)) is not None:
            return made
        return await self._thread.run(self._small, key, lambda: self._demos.image(name, sha256))

    def forget(self) -> None:
        """Keep none of them in memory any longer."""
        self._thread.begin(self._drop)

    def close(self) -> None:
        """End the thread. Blocks until what it does is done."""
        self._thread.close()

    def _small(self, key: Key, read: Callable[[], bytes | None]) -> bytes | None:
        # In one thread: who asks for the same at the same time finds it made.
        if (made := self._made.get(key)) is not None:
            return made
        try:
            data = read()
            made = data and self._fitted(data, key)
        except (OSError, PlaygroundError) as error:
            log.warning("a picture of a session cannot be read: %s", type(error).__name__)
            return None
        if made is not None:
            self._made[key] = made
            self._bytes += len(made)
            while self._bytes > _KEPT_BYTES:
                self._bytes -= len(self._made.pop(next(iter(self._made))))
        return made

    def _fitted(self, data: bytes, key: Key) -> bytes:
        # A rehearsal's own file is no larger: encoded once more it would only lose.
        return (
            data if ":" in key[0] and key[1] >= KEPT_PX else thumbnail_webp(data, key[1], QUALITY)
        )

    def _drop(self) -> None:
        self._made.clear()
        self._bytes = 0


@cache
def grey_field() -> bytes:
    """Return the WebP that stands for a picture that is missing."""
    out = io.BytesIO()
    Image.new("RGB", (_GREY_PX, _GREY_PX), _GREY).save(out, "WEBP", quality=QUALITY)
    return out.getvalue()
