"""An image file is stored whole, durably and checked, or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from backend.catalogue.load import load_catalogue
from backend.errors import BadAnswer
from backend.generation.ledger import Ledger
from backend.generation.saving import Saver, Sent
from backend.providers import PROVIDERS
from backend.storage.database import open_engine, sqlite_url
from backend.storage.folder import LocalStore
from backend.types import GenerationRequest, ImageRecord
from tests.http import faults as f
from tests.unit.image_files import record as some_record

DATA = b"the bytes of an image" * 1000


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "data")


def names(store: LocalStore) -> list[str]:
    return [path.name for path in (store.root / "images").rglob("*") if path.is_file()]


def test_a_check_is_asked_once_all_is_on_the_disk_and_before_it_has_its_name(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, steps = some_record(), []
    fsync = os.fsync
    monkeypatch.setattr("os.fsync", lambda handle: (fsync(handle), steps.append("synced")))

    def check() -> None:
        steps.append("checked")
        assert not store.files.path(record).exists()
        (temporary,) = store.files.path(record).parent.iterdir()
        assert temporary.read_bytes() == DATA

    store.files.put(record, DATA, check)
    assert store.files.path(record).read_bytes() == DATA
    # The new day's folder in its own, the file; once named, the folder that it is in.
    assert steps == ["synced", "synced", "checked", "synced"]


def test_what_a_check_refuses_leaves_no_file_and_the_one_before_as_it_was(
    store: LocalStore,
) -> None:
    record, before = some_record(), b"as it was"

    def refuse() -> None:
        raise BadAnswer("The image is damaged.")

    with pytest.raises(BadAnswer, match="damaged"):
        store.files.put(record, DATA, refuse)
    assert names(store) == []
    store.files.put(record, before)
    with pytest.raises(BadAnswer, match="damaged"):
        store.files.put(record, DATA, refuse)
    assert names(store) == [store.files.path(record).name]
    assert store.files.path(record).read_bytes() == before


class FullStore(LocalStore):
    """A folder on a disk that is full."""

    def put(
        self, record: ImageRecord, data: bytes, check: Callable[[], object] | None = None
    ) -> None:
        raise OSError(28, "No space left on device")


def damaged() -> bytes:
    """Return a PNG whose header and end are right and whose pixels are not."""
    good = bytearray(f.png(64, 64, noise=True))
    at = good.index(b"IDAT") + 100
    good[at] ^= 0xFF
    return bytes(good)


@pytest.mark.parametrize("kind", [LocalStore, FullStore])
def test_a_damaged_picture_is_named_as_what_it_is_and_never_stored(
    kind: type[LocalStore], tmp_path: Path
) -> None:
    store = kind(tmp_path / "data")
    ledger = Ledger(open_engine(sqlite_url(store.database)))
    saver = Saver(store, ledger, load_catalogue(tmp_path / "none.toml"))
    request = GenerationRequest("black-forest-labs/FLUX.1-schnell", "a cat", {}, 7)
    sent = Sent("ab" * 16, request, datetime.now(UTC), Decimal("0.01"), "api.example")
    with pytest.raises(BadAnswer, match="damaged"):
        saver.complete(sent, f.document(damaged()), PROVIDERS["sentry_block"].parse)
    assert names(store) == []
    if kind is LocalStore:
        record = saver.complete(sent, f.document(f.png()), PROVIDERS["sentry_block"].parse)
        assert replace(record, sha256="").id == sent.run_id
        assert names(store) == [store.files.path(record).name]
    ledger.close()
