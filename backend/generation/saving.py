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
from hashlib import sha256

from backend import __version__
from backend.catalogue.params import fingerprint
from backend.errors import CHECK, BadAnswer
from backend.generation.ledger import Ledger
from backend.images import containers, metadata, pictures
from backend.images.keyless import without_secrets
from backend.providers.base import Provider
from backend.storage.folder import LocalStore
from backend.types import GenerationRequest, ImageRecord, ModelSpec, Origin, RawImage


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


@dataclass(frozen=True, slots=True)
class Saver:
    """Stores what a provider answered; `secrets` are what no image may tell back."""

    store: LocalStore
    ledger: Ledger
    models: Mapping[str, ModelSpec]
    secrets: Callable[[], Collection[str]] = frozenset

    def complete(self, sent: Sent, body: bytes, provider: Provider) -> ImageRecord:
        """Store the image in `provider`'s answer durably, record it, return its record. Blocks.

        Raises: BadAnswer; OSError or SQLAlchemyError where disk or database fail: try again.
        """
        raw = provider.parse(body)
        raw = replace(raw, data=without_secrets(raw.data, self.secrets()))
        try:
            return self._finish(sent, raw, self.models.get(sent.request.model))
        except BadAnswer as error:  # what is wrong with an image does not say what it means here
            raise BadAnswer(error.message, error.hint or CHECK) from error

    def _finish(self, sent: Sent, raw: RawImage, spec: ModelSpec | None) -> ImageRecord:
        # Decoding is most of the work and needs no lock of Python's: the rest is done beside it.
        with ThreadPoolExecutor(1, "decoding") as beside:
            decoded = beside.submit(pictures.verify, raw.data)
            try:
                return self._describe_and_keep(sent, raw, spec, decoded.result)
            except (BadAnswer, OSError):
                decoded.result()  # what is wrong with the picture is said first
                raise

    def _describe_and_keep(
        self,
        sent: Sent,
        raw: RawImage,
        spec: ModelSpec | None,
        check: Callable[[], object],
    ) -> ImageRecord:
        info = containers.header(raw.data)
        record = ImageRecord(
            id=sent.run_id,
            run_id=sent.run_id,
            request=sent.request,
            created=sent.created,
            seconds=raw.seconds,
            price_usd=sent.price_usd,
            format=info.format,
            width_px=info.width_px,
            height_px=info.height_px,
            sha256="",
            source=sent.source,
            origin=sent.origin,
            experiment=sent.experiment,
        )
        data = metadata.embed(
            raw.data,
            record,
            model_label=spec.label if spec else sent.request.model,
            app_version=__version__,
        )
        return self.keep(record, data, check)

    def keep(self, record: ImageRecord, data: bytes, check: Callable[[], object]) -> ImageRecord:
        """Store the finished file and record it; the record comes back with the file's hash.

        What `check` raises prevents both.
        """
        record = replace(record, sha256=sha256(data).hexdigest())
        self.store.put(record, data, check)
        self.adopt(record)
        return record

    def adopt(self, record: ImageRecord) -> None:
        """Record an image whose file is already stored."""
        self.ledger.save(record, fingerprint(record.request, record.source))
