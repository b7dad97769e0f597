"""From the last byte of an answer to a recorded image: decode, check, describe, store, note.

One blocking function for live answers and for those found after a crash; doing it twice gives
the same file and row, because an image has its run's id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

from backend import __version__
from backend.catalogue.params import fingerprint
from backend.errors import CHECK, BadAnswer
from backend.generation.ledger import Ledger
from backend.images import metadata, pictures
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
    """Stores what a provider answered."""

    store: LocalStore
    ledger: Ledger
    models: Mapping[str, ModelSpec]

    def complete(self, sent: Sent, body: bytes, provider: Provider) -> ImageRecord:
        """Store the image in `provider`'s answer durably, record it, return its record. Blocks.

        Raises: BadAnswer; OSError or SQLAlchemyError where disk or database fail: try again.
        """
        raw = provider.parse(body)
        try:
            return self._finish(sent, raw, self.models.get(sent.request.model))
        except BadAnswer as error:  # what is wrong with an image does not say what it means here
            raise BadAnswer(error.message, error.hint or CHECK) from error

    def _finish(self, sent: Sent, raw: RawImage, spec: ModelSpec | None) -> ImageRecord:
        info = pictures.verify(raw.data)
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
        return self.keep(record, data)

    def keep(self, record: ImageRecord, data: bytes) -> ImageRecord:
        """Store the finished file and record it; the record comes back with the file's hash."""
        record = replace(record, sha256=sha256(data).hexdigest())
        self.store.put(record, data)
        self.adopt(record)
        return record

    def adopt(self, record: ImageRecord) -> None:
        """Record an image whose file is already stored."""
        self.ledger.save(record, fingerprint(record.request, record.source))
