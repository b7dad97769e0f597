"""From the last byte of an answer to a recorded image: decode, check, describe, store, note.

While the picture is decoded its file is written; it gets its name once it is known to be whole. One
blocking function for live answers and for those found after a crash; doing it twice gives
the same file and row, because an image has its run's id.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from hashlib import sha256
from typing import Protocol, TypeVar

from backend import __version__
from backend.catalogue.params import fingerprint, price_of_tokens
from backend.errors import CHECK, BadAnswer, NotStored
from backend.generation.ledger import Ledger
from backend.generation.maker import maker
from backend.images import containers, metadata, pictures
from backend.images.keyless import without_secrets
from backend.said import joined, msg
from backend.storage.folder import LocalStore
from backend.types import (
    FOREIGN_SEED_MAX,
    Answered,
    GenerationRequest,
    ImageRecord,
    Link,
    Making,
    ModelSpec,
    Origin,
    RawImage,
    Ticket,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sent:
    """What is known of a request that was sent. `source` is `offline` or the platform's host."""

    run_id: str
    request: GenerationRequest
    created: datetime
    price_usd: Decimal | None
    source: str
    origin: Origin | None = None
    experiment: str | None = None
    making: Making | None = None


def not_taken(*, spooled: bool) -> NotStored:
    """Return the error for an image that came and that the image store could not take."""
    kept = msg("It is kept and stored at the next start.")
    return NotStored(
        joined(
            msg("The image came, but the image store could not take it."),
            kept if spooled else msg("It could not be kept."),
        ),
        msg("Start the program again once the store is there."),
    )


class Begun(Protocol):
    """A file that is on its way to where it is kept. One of these two is told to each, and soon."""

    def is_whole(self, record: ImageRecord) -> None:
        """Have it recorded once it is there: it holds this image."""

    def take_back(self) -> None:
        """Have it removed: it holds no image."""


B = TypeVar("B", bound=Begun)


@dataclass(frozen=True, slots=True)
class Saver:
    """Stores what a platform answered; `secrets` are what no image may tell back."""

    store: LocalStore
    ledger: Ledger
    models: Mapping[str, ModelSpec]
    secrets: Callable[[], Collection[str]] = frozenset

    def complete(
        self, sent: Sent, body: bytes, read: Callable[[bytes], Answered]
    ) -> ImageRecord | Ticket | Link:
        """Store the image that `read` finds durably, record it, return its record. Blocks.

        What is only a way to the image is returned as it is. Raises: what `read` does; BadAnswer;
        OSError or SQLAlchemyError where disk or database fail: try again.
        """
        return self._made(body, read, partial(self._written, sent))

    def finish(
        self,
        sent: Sent,
        body: bytes,
        read: Callable[[bytes], Answered],
        begin: Callable[[ImageRecord, bytes], B],
    ) -> tuple[ImageRecord, bytes, B] | Ticket | Link:
        """Return the record and file that `complete` would store, verified, and what `begin` made
        of them, before the picture was decoded. Raises: what `read` does; BadAnswer.
        """

        def put(raw: RawImage) -> tuple[ImageRecord, bytes, B]:
            try:
                record, data = self._described(sent, raw)
            except (BadAnswer, OSError):
                pictures.verify(raw.data)  # what is wrong with the picture is said first
                raise
            begun = begin(record, data)
            try:
                record = _hashed(record, data)  # meanwhile
                pictures.verify(raw.data)
            except BaseException:
                begun.take_back()
                raise
            begun.is_whole(record)
            return record, data, begun

        return self._made(body, read, put)

    def _made(
        self, body: bytes, read: Callable[[bytes], Answered], keep: Callable[[RawImage], T]
    ) -> T | Ticket | Link:
        raw = read(body)
        if not isinstance(raw, RawImage):
            return raw
        raw = replace(raw, data=without_secrets(raw.data, self.secrets()))
        try:
            return keep(raw)
        except BadAnswer as error:  # what is wrong with an image does not say what it means here
            raise BadAnswer(error.message, error.hint or CHECK) from error

    def _written(self, sent: Sent, raw: RawImage) -> ImageRecord:
        # Decoding is most of the work and needs no lock of Python's: the rest is done beside it.
        with ThreadPoolExecutor(1, "decoding") as beside:
            decoded = beside.submit(pictures.verify, raw.data)
            try:
                return self.keep(*self._described(sent, raw), decoded.result)
            except (BadAnswer, OSError):
                decoded.result()  # what is wrong with the picture is said first
                raise

    def _described(self, sent: Sent, raw: RawImage) -> tuple[ImageRecord, bytes]:
        info, request = containers.header(raw.data), sent.request
        asked = self.models.get(request.model)
        counted = None if asked is None else price_of_tokens(asked, raw.tokens)
        if raw.seed is not None and 0 <= raw.seed <= FOREIGN_SEED_MAX:
            request = replace(request, seed=raw.seed)
        request = replace(request, model=maker(request.model, raw, self.models))
        spec = self.models.get(request.model)
        record = ImageRecord(
            id=sent.run_id,
            run_id=sent.run_id,
            request=request,
            created=sent.created,
            seconds=raw.seconds,
            price_usd=sent.price_usd if counted is None else counted,
            format=info.format,
            width_px=info.width_px,
            height_px=info.height_px,
            sha256="",
            source=sent.source,
            origin=sent.origin,
            experiment=sent.experiment,
            making=sent.making,
            tokens=raw.tokens,
        )
        data = metadata.embed(
            raw.data,
            record,
            model_label=spec.label if spec else request.model,
            app_version=__version__,
        )
        return record, data

    def keep(self, record: ImageRecord, data: bytes, check: Callable[[], object]) -> ImageRecord:
        """Store the finished file and record it. What `check` raises prevents both."""
        record = _hashed(record, data)
        self.store.files.put(record, data, check)
        self.adopt(record)
        return record

    def adopt(self, record: ImageRecord) -> None:
        """Record an image whose file is already stored."""
        self.ledger.save(record, fingerprint(record.request, record.source))


def _hashed(record: ImageRecord, data: bytes) -> ImageRecord:
    return replace(record, sha256=sha256(data).hexdigest())
