"""Image files in an object store that several machines share: PREFIX/images, PREFIX/thumbs.

Names are those of the data folder. Whoever puts an image puts it under its run's id, and the same
bytes: so it does not matter how often it is put, nor by whom.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from backend.storage.image_files.disk_cache import DiskCache
from backend.storage.image_files.names import id_in, is_image, name_of, thumb_name_of
from backend.storage.image_files.store_client import StoreClient
from backend.storage.image_files.store_url import StoreUrl
from backend.storage.image_files.trouble import StoreTrouble
from backend.types import ImageRecord

_KNOWN_MAX = 100_000
_IMAGES, _THUMBS = "images/", "thumbs/"
_MADE = "made"  # an object's own field: the file's time, in microseconds since 1970
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ObjectFiles:
    """Files in the store at `url`; copies of those asked for are in `cache`. See ImageFiles."""

    shared = True

    def __init__(self, url: StoreUrl, cache: DiskCache | None = None) -> None:
        self._url, self._cache, self._client = url, cache, StoreClient(url)
        self._later = ThreadPoolExecutor(1, thread_name_prefix="copies")
        self._known: dict[str, None] = {}

    def close(self) -> None:
        self._later.shutdown()

    def place(self, name: str) -> str:
        return f"{self._url}/{_IMAGES}{name}"

    def folders(self) -> Sequence[Path]:
        return ()

    def check_takes(self) -> None:
        self._client.check_takes()

    def check_answers(self) -> None:
        self._client.check_answers()

    def has(self, record: ImageRecord) -> bool:
        key = _key(record)
        if key in self._known or self._copy(key) is not None:
            return True
        try:
            found = self._client.size(key) > 0
        except FileNotFoundError:
            return False
        except StoreTrouble:  # its record says so, and without the store nothing new is made
            return True
        if found:
            self._remember(key)
        return found

    def at_once(self, record: ImageRecord) -> Path | None:
        return self._copy(_key(record))

    def at_hand(self, record: ImageRecord) -> Path:
        key = _key(record)
        if (path := self._copy(key)) is not None:
            return path
        if (path := self._keep(key, self._client.get(key), record.created)) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return path

    def read(self, record: ImageRecord) -> bytes:
        return self._read(_key(record))

    def put(
        self, record: ImageRecord, data: bytes, check: Callable[[], object] | None = None
    ) -> None:
        if check is not None:
            check()
        self._put_image(record, data, {})

    def put_dated(self, record: ImageRecord, data: bytes) -> ImageRecord:
        made = (record.created - _EPOCH) // timedelta(microseconds=1)
        self._put_image(record, data, {_MADE: str(made)})
        return record

    def remove(self, records: Sequence[ImageRecord]) -> None:
        keys = [_key(record) for record in records]
        self._delete(keys + [_thumb_key(record.id) for record in records])

    def thumb(self, image_id: str) -> bytes | None:
        key = _thumb_key(image_id)
        try:
            data = self._read(key)
        except FileNotFoundError:
            return None
        if self._copy(key) is None:
            self._keep(key, data, datetime.now(UTC))
        return data

    def put_thumb(self, image_id: str, data: bytes) -> None:
        key = _thumb_key(image_id)
        self._client.put(key, data, {"Content-Type": "image/webp"})
        self._keep(key, data, datetime.now(UTC))

    def drop_thumbs(self, ids: Iterable[str]) -> None:
        self._delete([_thumb_key(image_id) for image_id in ids])

    # What is stored

    def days(self) -> list[str]:
        return sorted(self._client.folders(_IMAGES[:-1]))

    def names_of(self, day: str) -> list[str]:
        return sorted(name for name in self._names(_IMAGES + day) if is_image(name))

    def ids_of(self, day: str) -> dict[str, str]:
        return {found: name for name in self.names_of(day) if (found := id_in(name)) is not None}

    def names(self) -> Iterator[str]:
        for day in self.days():
            yield from self.names_of(day)

    def every_name(self) -> set[str]:
        found = self._names(_IMAGES[:-1])
        return {name for name in found if not name.rsplit("/", 1)[-1].startswith(".")}

    def read_named(self, name: str) -> bytes:
        return self._client.get(_IMAGES + name)

    def time_of(self, name: str) -> datetime:
        fields, put = self._client.told(_IMAGES + name)
        made = fields.get(_MADE, "")
        if made.isascii() and made.isdigit() and len(made) < 18:
            return _EPOCH + timedelta(microseconds=int(made))
        return put

    def sweep(self, *, every_day: bool = False) -> None:
        pass  # an object is whole or not there

    # Copies on this computer

    def copies(self) -> set[str]:
        names = self._cache.names() if self._cache is not None else []
        return {found for name in names if (found := id_in(name)) is not None}

    def drop_copies(self, ids: Iterable[str]) -> None:
        gone = set(ids)
        if self._cache is not None:
            self._cache.drop([name for name in self._cache.names() if id_in(name) in gone])

    def _copy(self, key: str) -> Path | None:
        return None if self._cache is None else self._cache.path(key)

    def _keep(self, key: str, data: bytes, made: datetime) -> Path | None:
        return None if self._cache is None else self._cache.keep(key, data, made)

    def _read(self, key: str) -> bytes:
        if (path := self._copy(key)) is not None:
            with suppress(OSError):  # it may leave just now
                return path.read_bytes()
        return self._client.get(key)

    def _put_image(self, record: ImageRecord, data: bytes, fields: Mapping[str, str]) -> None:
        key = _key(record)
        self._client.put(key, data, {"Content-Type": f"image/{record.format}", **fields})
        self._remember(key)
        self._later.submit(self._keep, key, data, record.created)  # nobody waits for its copy

    def _delete(self, keys: Sequence[str]) -> None:
        for key in keys:
            self._known.pop(key, None)
        if self._cache is not None:
            self._cache.drop(keys)
        self._client.delete(keys)

    def _names(self, prefix: str) -> list[str]:
        return [key.removeprefix(_IMAGES) for key in self._client.keys(prefix)]

    def _remember(self, key: str) -> None:
        if len(self._known) >= _KNOWN_MAX:
            self._known.clear()
        self._known[key] = None


def _key(record: ImageRecord) -> str:
    return _IMAGES + name_of(record)


def _thumb_key(image_id: str) -> str:
    return _THUMBS + thumb_name_of(image_id)
