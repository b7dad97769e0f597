"""What speaks to an object store: few kinds of requests, in time, its failures in words for people.

Imported only where PLAYGROUND_STORE_URL is set: obstore is not needed for anything else.
"""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, S3Store

from backend.storage.image_files.names import FILE_MAX_BYTES
from backend.storage.image_files.store_url import StoreUrl
from backend.storage.image_files.trouble import Kind, StoreTrouble, trouble_in

PROBE_EVERY_S: Final = 5.0
"""So long what was found out about the store holds: whether it takes files, whether it answers."""

TIMEOUT_S: Final = 5.0
"""For one small request; one that fails is tried once more. A large file gets more."""

_CONNECT_S = 2.0
_RETRIES, _RETRIES_S = 1, 6.0
_BRIEF_S = 1.0
_SMALL_BYTES, _LARGE_S = 4_000_000, 60.0
_READY = ".ready"

_Client = S3Store | GCSStore | AzureStore
T = TypeVar("T")


class StoreClient:
    """The store at `url`. Every method blocks, and any thread may call it.

    Raises: StoreTrouble, at once for as long as the store was found to be away; FileNotFoundError
    for an object that is not there.
    """

    def __init__(self, url: StoreUrl) -> None:
        self._brief = _client(url, _BRIEF_S, retries=0)
        self._quick = _client(url, TIMEOUT_S)
        self._patient = _client(url, _LARGE_S, read_timeout_s=TIMEOUT_S)  # each piece in time
        self._probing = threading.Lock()
        self._takes_until, self._away_until = 0.0, 0.0
        self._trouble = StoreTrouble(Kind.AWAY)

    def check_takes(self) -> None:
        """Make sure that it takes objects, unless it took one lately."""
        with self._probing:
            if time.monotonic() >= self._takes_until:
                self.put(_READY, b"")

    def check_answers(self) -> None:
        """Make sure that it answers."""
        with suppress(FileNotFoundError):
            self._asked(lambda: obstore.head(self._quick, _READY))

    def put(self, key: str, data: bytes, fields: Mapping[str, str] | None = None) -> None:
        """Put an object in place of what is there; its name alone decides which.

        A put whose answer was lost is simply done again, so it is never one that must be the first.
        """
        self._fail_if_away()
        client = self._quick if len(data) <= _SMALL_BYTES else self._patient
        attributes: Any = dict(fields or {})
        try:
            obstore.put(client, key, data, attributes=attributes, use_multipart=False)
        except (BaseError, OSError, NotImplementedError) as error:
            trouble = trouble_in(str(error))
            if isinstance(error, FileNotFoundError):  # nothing but its bucket can be missing
                trouble = StoreTrouble(Kind.NO_BUCKET, trouble.status)
            raise self._noted(trouble) from None  # its words hold addresses, and may hold more
        self._away_until = 0.0
        self._takes_until = time.monotonic() + PROBE_EVERY_S

    def get(self, key: str) -> bytes:
        """Return an object's bytes. Raises: OSError, EFBIG, where they are too many."""

        def get() -> bytes:
            found = obstore.get(self._patient, key)
            if found.meta["size"] > FILE_MAX_BYTES:
                raise _TooLarge
            return bytes(found.bytes())

        return self._asked(get)

    def size(self, key: str) -> int:
        """Return an object's size in bytes. Others may wait for this: it takes a second at most."""
        return self._asked(lambda: obstore.head(self._brief, key))["size"]

    def told(self, key: str) -> tuple[Mapping[str, str], datetime]:
        """Return an object's own fields, and when it was put."""
        found = self._asked(lambda: obstore.get(self._quick, key, options={"head": True}))
        fields = {str(name): str(value) for name, value in found.attributes.items()}
        return fields, found.meta["last_modified"]

    def keys(self, prefix: str) -> list[str]:
        """Return the names of all objects below a prefix, which ends in no slash."""

        def listed() -> list[str]:
            chunks = obstore.list(self._patient, prefix, chunk_size=1000)
            return [one["path"] for chunk in chunks for one in chunk]

        return self._asked(listed)

    def folders(self, prefix: str) -> list[str]:
        """Return what stands right below a prefix and has more below it."""
        found = self._asked(lambda: obstore.list_with_delimiter(self._quick, prefix))
        return [one.rsplit("/", 1)[-1] for one in found["common_prefixes"]]

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects; what is not there is fine."""
        if not keys:
            return
        try:
            self._asked(lambda: obstore.delete(self._patient, keys))
        except FileNotFoundError:  # not S3: there each is asked for alone, and must be there
            for key in keys:
                with suppress(FileNotFoundError):
                    self._asked(partial(obstore.delete, self._quick, key))

    def _asked(self, ask: Callable[[], T]) -> T:
        self._fail_if_away()
        try:
            return ask()
        except _TooLarge:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG)) from None
        except FileNotFoundError as error:
            if (trouble := trouble_in(str(error))).kind is Kind.NO_BUCKET:
                raise self._noted(trouble) from None
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)) from None
        except (BaseError, OSError, NotImplementedError) as error:
            raise self._noted(trouble_in(str(error))) from None

    def _fail_if_away(self) -> None:
        if time.monotonic() < self._away_until:
            raise StoreTrouble(self._trouble.kind, self._trouble.status)

    def _noted(self, trouble: StoreTrouble) -> StoreTrouble:
        self._trouble, self._takes_until = trouble, 0.0
        self._away_until = time.monotonic() + PROBE_EVERY_S
        return trouble


class _TooLarge(Exception):
    """More bytes than any image of ours has."""


def _client(
    url: StoreUrl, timeout_s: float, read_timeout_s: float | None = None, retries: int = _RETRIES
) -> _Client:
    """Return what speaks to the store. Its keys come from the environment; nothing is sent yet."""
    options: dict[str, Any] = {
        "timeout": timedelta(seconds=timeout_s),
        "connect_timeout": timedelta(seconds=min(_CONNECT_S, timeout_s)),
        "allow_http": url.plain,
    }
    if read_timeout_s is not None:
        options["read_timeout"] = timedelta(seconds=read_timeout_s)
    rest: dict[str, Any] = {
        "prefix": url.prefix or None,
        "client_options": options,
        "retry_config": {
            "max_retries": retries,
            "retry_timeout": timedelta(seconds=_RETRIES_S),
        },
    }
    with _no_proxy_for(url):
        if url.kind == "gs":
            return GCSStore(url.bucket, **_given(base_url=url.endpoint), **rest)
        if url.kind == "az":
            named = _given(endpoint=url.endpoint, account_name=url.account)
            return AzureStore(url.bucket, **named, **rest)
        return S3Store(url.bucket, **_given(endpoint=url.endpoint, region=url.region), **rest)


@contextmanager
def _no_proxy_for(url: StoreUrl) -> Iterator[None]:
    """Let clients be made that pass by the environment's proxy to a server on this computer.

    They read the environment once, as they are made.
    """
    names = ("NO_PROXY", "no_proxy") if url.plain else ()
    before = {name: os.environ.get(name) for name in names}
    try:
        for name in names:
            os.environ[name] = urlsplit(url.endpoint).hostname or ""
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _given(**values: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
