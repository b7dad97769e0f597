"""What is written into an image is read back, and nothing else in the file changes."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import fields as fields_of
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image

from backend.images import containers, metadata, pictures
from backend.types import SEED_MAX, GenerationRequest, ImageRecord
from tests.pixels import pixel_sha256
from tests.unit.image_files import (
    FILES,
    LABEL,
    PROMPT_MAX_CHARS,
    VALID,
    compressed,
    each,
    exotic,
    picture,
    png_chunk,
    put,
    record,
    saved,
    shown,
    three,
)

# Reading back


@each
def test_what_is_read_equals_what_was_written_with_the_files_own_size(
    make: Callable[[], bytes], tmp_path: Path
) -> None:
    path = tmp_path / "image"
    path.write_bytes(put(make()))
    data = path.read_bytes()
    found = metadata.read(data)
    assert found is not None
    info = pictures.verify(data)
    assert found.record == replace(
        record(),
        format=info.format,
        width_px=info.width_px,
        height_px=info.height_px,
        sha256=sha256(data).hexdigest(),
    )
    assert (found.model_label, found.app_version) == (LABEL, "0.1.0")


@three
@exotic
def test_exotic_prompts_come_back_exactly(make: Callable[[], bytes], prompt: str) -> None:
    about = record(prompt, negative=prompt)
    found = metadata.read(put(make(), about))
    assert found is not None
    assert found.record.request == about.request


@three
def test_every_field_survives_at_its_extremes(make: Callable[[], bytes]) -> None:
    values = {"style": "näive", "zero": 0, "big": 2**53 + 1, "third": 1 / 3, "none": None, "": ""}
    about = replace(
        record(),
        request=GenerationRequest("m", "p", values, SEED_MAX),
        created=datetime(2026, 1, 1, 3, tzinfo=timezone(timedelta(hours=3))),
        seconds=None,
        price_usd=Decimal("0.00000001"),
        starred=True,
        cached=True,
    )
    data = metadata.embed(make(), about, model_label="a, b: c", app_version="9")
    found = metadata.read(data)
    assert found is not None
    assert found.record.request == about.request
    assert found.record.created == datetime(2026, 1, 1, tzinfo=UTC)
    assert found.record.created.utcoffset() == timedelta(0)
    assert (found.record.seconds, found.record.price_usd) == (None, Decimal("0.00000001"))
    assert (found.record.starred, found.record.cached) == (True, True)
    assert found.model_label == "a, b: c"


def test_every_field_of_a_record_is_written_or_the_files_own() -> None:
    """Whoever adds a field to ImageRecord must decide how it is rebuilt."""
    names = {field.name for field in fields_of(ImageRecord)}
    names |= {field.name for field in fields_of(GenerationRequest)} - {"request"}
    of_the_file = {"format", "width_px", "height_px", "sha256"}
    given_later = {"rating", "tags", "deleted"}
    extra = {"schema", "model_label", "app_version"}
    names = names - {"source"} | {"provider"}  # what the file has called it since its first version
    assert names - {"request"} - of_the_file - given_later == VALID.keys() - extra


@three
def test_nothing_unknown_is_invented_for_seed_time_and_price(make: Callable[[], bytes]) -> None:
    about = replace(record(seed=None), seconds=None, price_usd=None)
    found = metadata.read(put(make(), about))
    assert found is not None
    got = found.record
    assert (got.request.seed, got.seconds, got.price_usd) == (None, None, None)


@each
def test_embedding_again_replaces_what_was_there(make: Callable[[], bytes]) -> None:
    once = put(make(), record("first"))
    twice = put(once, record("second"))
    assert twice == put(put(twice, record("x" * 70_000)), record("second"))
    found = metadata.read(twice)
    assert found is not None
    assert found.record.request.prompt == "second"
    assert b"first" not in twice
    assert "first".encode("utf-16-be") not in twice


# Pixels and what else was in the file


@each
def test_compressed_pixels_are_copied_bit_for_bit(make: Callable[[], bytes]) -> None:
    before = make()
    after = put(before)
    assert compressed(after) == compressed(before)
    assert len(compressed(before)) > 30
    assert shown(after) == shown(before)
    assert pixel_sha256(after) == pixel_sha256(before)
    pictures.verify(after)


@each
def test_profile_packet_comment_and_orientation_of_the_original_stay(
    make: Callable[[], bytes],
) -> None:
    data = make()
    before, after = Image.open(io.BytesIO(data)), Image.open(io.BytesIO(put(data)))
    for key in ("icc_profile", "xmp", "Author", "jfif_density", "adobe"):
        assert after.info.get(key) == before.info.get(key)
    if "dpi" in before.info:
        assert after.info["dpi"] == before.info["dpi"]
    assert after.getexif().get(0x0112) == before.getexif().get(0x0112)
    if b"by gd-jpeg" in data:
        assert b"by gd-jpeg" in put(data)


def test_a_png_has_one_parameters_text_and_it_stands_before_the_pixels() -> None:
    data = put(FILES["png with texts"]())
    names = [
        data[p.body : p.body_end].split(b"\0")[0]
        for p in containers.png_parts(data)
        if p.name in (b"tEXt", b"zTXt", b"iTXt")
    ]
    assert sorted(names) == [b"Author", b"parameters", b"sentry_block_playground"]
    assert data.index(b"parameters\0") < data.index(b"IDAT")
    assert b"older" not in data


def test_old_parameters_after_the_pixels_are_replaced_too() -> None:
    data = FILES["png rgb"]()
    old = png_chunk(b"tEXt", b"parameters\0stale")
    data = put(data[:-12] + old + data[-12:])
    assert data.count(b"parameters\0") == 1
    assert b"stale" not in data


def test_latin_1_is_written_as_text_and_all_else_as_international_text() -> None:
    plain, wide = put(FILES["png rgb"](), record("café")), put(FILES["png rgb"](), record("☃"))
    assert b"tEXtparameters\0caf\xe9" in plain
    assert b"iTXtparameters\0\0\0\0\0\xe2\x98\x83" in wide


def test_jpegs_keep_jfif_first_and_every_segment_within_its_limit() -> None:
    long = record("😀" * PROMPT_MAX_CHARS, "😀" * PROMPT_MAX_CHARS)
    data = put(FILES["jpeg full"](), long)
    parts = list(containers.jpeg_parts(data))
    assert [p.name for p in parts[:3]] == [b"\xe0", b"\xe1", b"\xe1"]
    assert sum(p.name == b"\xfe" for p in parts) == 2
    assert b"Maker" not in data
    pictures.verify(data)


@pytest.mark.parametrize("trailing", [b"PK\x03\x04 a zip", b"<script>", b"\0" * 9])
def test_bytes_after_the_end_of_png_and_webp_do_not_come_along(trailing: bytes) -> None:
    for name in ("png rgb", "webp lossy", "webp full"):
        data = FILES[name]()
        assert put(data + trailing) == put(data)


@each
def test_a_webp_states_its_own_length_and_all_its_chunks(make: Callable[[], bytes]) -> None:
    data = put(make(), record("odd" * 3))
    if containers.sniff(data) != "webp":
        return
    assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8
    names = [p.name for p in containers.webp_parts(data)]
    assert names[0] == b"VP8X"
    assert names[-1] == b"SBPJ"
    assert names.count(b"EXIF") == names.count(b"VP8X") == 1
    assert data[20] & 0x08
    assert bool(data[20] & 0x10) == (shown(data)[0] == "RGBA")


def test_a_webp_whose_last_chunk_lacks_its_padding_byte_is_mended() -> None:
    sizes = (picture(size=(n, n)) for n in range(20, 60))
    files = (saved(im, "WEBP", lossless=True) for im in sizes)
    data = next(file for file in files if file[16] & 1)
    cut = data[:4] + struct.pack("<I", len(data) - 9) + data[8:-1]
    assert put(cut) == put(data)
    pictures.verify(put(cut))
    assert metadata.read(put(cut)) is not None
