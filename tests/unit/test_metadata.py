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
from xml.etree import ElementTree

import pytest
from PIL import Image

from backend.images import containers, exif, metadata, pictures
from backend.images.infotext import infotext
from backend.images.own_record import to_json
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
    names -= {"making", "tokens"}  # tables that most files have not
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
    for key in ("icc_profile", "Author", "jfif_density", "adobe"):
        assert after.info.get(key) == before.info.get(key)
    if "xmp" in before.info:
        assert after.info["xmp"] == before.info["xmp"]
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
    assert names[:3] == [b"parameters", b"sentry_block_playground", b"XML:com.adobe.xmp"]
    assert names[3:] == [b"Author"]
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
    assert [p.name for p in parts[:4]] == [b"\xe0", b"\xe1", b"\xe1", b"\xe1"]
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


# Our JSON in a JPEG


def before_0_3(data: bytes) -> bytes:
    """The JPEG as earlier versions wrote it: our JSON in comments, nothing in the maker's note."""
    own = to_json(record(), model_label=LABEL, app_version="0.2.0")
    text = b"sentry_block_playground 1/1 " + own
    tiff = exif.written(infotext(record(), model_label=LABEL, app_version="0.2.0"))
    segments = containers.jpeg_segment(b"\xe1", exif.HEAD + tiff)
    segments += containers.jpeg_segment(b"\xfe", text)
    return data[:2] + segments + data[2:]


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("jpeg")])
def test_no_jpeg_of_ours_has_a_comment_that_other_readers_take_for_settings(name: str) -> None:
    """sd-prompt-reader takes any comment for JSON with a prompt, and reads nothing else then."""
    before, after = (Image.open(io.BytesIO(d)) for d in (FILES[name](), put(FILES[name]())))
    assert after.info.get("comment") == before.info.get("comment")


def test_a_jpeg_of_an_earlier_version_is_read_and_written_anew_without_its_comment() -> None:
    old = before_0_3(FILES["jpeg"]())
    found = metadata.read(old)
    assert found is not None and found.record.request == record().request
    assert found.app_version == "0.2.0"
    new = put(old, record("another"))
    assert b"\xff\xfe" not in new[:4_000] and b"0.2.0" not in new
    again = metadata.read(new)
    assert again is not None and again.record.request.prompt == "another"


def test_the_exif_comment_stands_in_the_first_segment_however_long_the_rest_is() -> None:
    about = record("猫" * 10_000, "犬" * 10_000)
    data = put(FILES["jpeg"](), about)
    first, *rest = [p for p in containers.jpeg_parts(data) if containers.is_exif(data, p)]
    text = exif.texts(data[first.body + 6 : first.body_end], 100_000)["UserComment"]
    assert rest and text.startswith("猫猫") and text.endswith(" 0.1.0")


@pytest.mark.parametrize("name", ["jpeg", "jpeg full", "webp full"])
def test_pillow_reads_the_comment_of_any_length(name: str) -> None:
    about = record("a cat " * 1_600, "😀" * PROMPT_MAX_CHARS)
    block = Image.open(io.BytesIO(put(FILES[name](), about))).getexif().get_ifd(0x8769)
    assert exif.comment(block[0x9286]).startswith("a cat a cat")


# The prompt for photo programs

IPTC = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
CAPTION = ".//{http://purl.org/dc/elements/1.1/}description//{*}li"


def packet(data: bytes) -> ElementTree.Element:
    found = Image.open(io.BytesIO(data)).info["xmp"]
    text = found.decode() if isinstance(found, bytes) else found
    return ElementTree.fromstring(text.removeprefix("\ufeff"))


HARD = 'a sign\nNegative prompt: <b>no</b> & "yes"\nSteps: 20, Seed: 3]]>'


@pytest.mark.parametrize("name", ["png rgb", "jpeg", "webp lossy", "webp lossless alpha"])
def test_photo_programs_find_the_exact_prompt_where_they_look_for_one(name: str) -> None:
    tree = packet(put(FILES[name](), record(HARD)))
    assert tree.findtext(f".//{IPTC}AIPromptInformation") == HARD
    assert tree.findtext(f".//{IPTC}AISystemUsed") == LABEL
    assert tree.findtext(CAPTION) == HARD


@three
@exotic
def test_packets_are_xml_whatever_the_prompt(make: Callable[[], bytes], prompt: str) -> None:
    data = put(make(), record(prompt))
    if "xmp" in Image.open(io.BytesIO(data)).info:  # none where it would not fit a segment
        assert packet(data) is not None


def test_a_prompt_that_fits_a_jpegs_segment_once_is_not_the_caption_too() -> None:
    tree = packet(put(FILES["jpeg"](), record("😀" * PROMPT_MAX_CHARS)))
    assert tree.findtext(f".//{IPTC}AIPromptInformation") == "😀" * PROMPT_MAX_CHARS
    assert tree.find(CAPTION) is None


@pytest.mark.parametrize("name", ["png rgb", "jpeg", "webp lossy"])
def test_a_packet_of_ours_is_replaced_and_one_of_others_is_left(name: str) -> None:
    twice = put(put(FILES[name](), record("first")), record("second"))
    assert twice.count(b"<x:xmpmeta") == 1 and b"first" not in twice
    none = put(twice, record(" "))
    assert b"<x:xmpmeta" not in none and pictures.verify(none)
    others = {"jpeg": "jpeg full", "webp lossy": "webp full"}.get(name)
    if others:
        assert put(FILES[others]()).count(b"<x:xmpmeta") == 1
