"""metadata: others read what we write, we read back the record, and pixels stay as they were."""

from __future__ import annotations

import io
import json
import random
import re
import struct
import time
import tracemalloc
import zlib
from collections.abc import Callable
from dataclasses import fields as fields_of
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import get_args

import pytest
import sd_parsers
from PIL import Image, ImageCms, PngImagePlugin

from backend.errors import BadAnswer
from backend.images import containers, metadata, pictures
from backend.images.infotext import infotext
from backend.images.own_record import from_json, to_json
from backend.images.strip import strip
from backend.types import SEED_MAX, GenerationRequest, ImageRecord, Origin, OriginKind
from tests.pixels import pixel_sha256

PROMPT_MAX_CHARS = 10_000

LABEL = "FLUX.1 schnell"
SIZE = (97, 61)


def record(
    prompt: str = "a flying cat", negative: str | None = "blurry", seed: int | None = 42
) -> ImageRecord:
    values = {"negative_prompt": negative, "width": 96, "height": 64, "num_steps": 4}
    request = GenerationRequest(
        "black-forest-labs/FLUX.1-schnell", prompt, {**values, "guidance_scale": 3.5}, seed
    )
    return ImageRecord(
        id="0123456789abcdef" * 2,
        run_id="fedcba9876543210" * 2,
        request=request,
        created=datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC),
        seconds=13.366829872131348,
        price_usd=Decimal("0.0090"),
        format="png",
        width_px=1,
        height_px=1,
        sha256="",
        source="api.example.com",
    )


def put(data: bytes, about: ImageRecord | None = None) -> bytes:
    return metadata.embed(data, about or record(), model_label=LABEL, app_version="0.1.0")


def picture(mode: str = "RGB", size: tuple[int, int] = SIZE) -> Image.Image:
    im = Image.frombytes("RGB", size, random.Random(5).randbytes(size[0] * size[1] * 3))
    im.paste((20, 90, 160), (0, 0, size[0], size[1] // 2))
    if mode == "RGBA":
        im.putalpha(Image.linear_gradient("L").resize(size))
        return im
    if mode == "I;16":
        return Image.frombytes("I;16", size, random.Random(5).randbytes(size[0] * size[1] * 2))
    return im.convert(mode)


def saved(im: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    im.save(out, kind, **options)
    return out.getvalue()


def png_chunk(name: bytes, payload: bytes) -> bytes:
    crc = zlib.crc32(name + payload)
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", crc)


def interlaced_png() -> bytes:
    """Pillow writes none. One grey pixel a pass is enough: Adam7 over 8x8, filter byte 0."""
    rows = [(1, 1), (1, 1), (2, 1), (2, 2), (4, 2), (4, 4), (8, 4)]
    noise = random.Random(3)
    raw = b"".join(b"\0" + noise.randbytes(w) for w, h in rows for _ in range(h))
    head = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 1)
    body = png_chunk(b"IHDR", head) + png_chunk(b"IDAT", zlib.compress(raw))
    return containers.PNG_MAGIC + body + png_chunk(b"IEND", b"")


def old_text() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "old\nSteps: 9, Sampler: Euler, CFG scale: 1, Seed: 9")
    info.add_text("sentry_block_playground", "{}", zip=True)
    info.add_itxt("parameters", "older ☃")
    info.add_text("Author", "the platform")
    return info


def camera_exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maker"
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0old comment"
    return exif


ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
FULL = {"exif": camera_exif(), "icc_profile": ICC, "xmp": XMP}

FILES: dict[str, Callable[[], bytes]] = {
    "png rgb": lambda: saved(picture(), "PNG"),
    "png rgba": lambda: saved(picture("RGBA"), "PNG"),
    "png palette": lambda: saved(picture("P"), "PNG", transparency=3),
    "png 16 bit": lambda: saved(picture("I;16"), "PNG"),
    "png interlaced": interlaced_png,
    "png with texts": lambda: saved(picture(), "PNG", pnginfo=old_text(), dpi=(72, 72)),
    "png with exif": lambda: saved(picture(), "PNG", exif=camera_exif(), icc_profile=ICC),
    "jpeg": lambda: saved(picture(), "JPEG"),
    "jpeg progressive": lambda: saved(picture(), "JPEG", progressive=True, comment="by gd-jpeg"),
    "jpeg full": lambda: saved(picture(), "JPEG", **FULL, dpi=(72, 72)),
    "jpeg cmyk": lambda: saved(picture("CMYK"), "JPEG"),
    "jpeg grey": lambda: saved(picture("L"), "JPEG"),
    "webp lossy": lambda: saved(picture(), "WEBP"),
    "webp lossless": lambda: saved(picture(), "WEBP", lossless=True),
    "webp lossless alpha": lambda: saved(picture("RGBA"), "WEBP", lossless=True),
    "webp lossy alpha": lambda: saved(picture("RGBA"), "WEBP"),
    "webp full": lambda: saved(picture("RGBA"), "WEBP", **FULL),
}
each = pytest.mark.parametrize("make", FILES.values(), ids=FILES.keys())
THREE = {name: FILES[name] for name in ("png rgb", "jpeg full", "webp lossy")}
three = pytest.mark.parametrize("make", THREE.values(), ids=THREE.keys())

EXOTIC = {
    "lines": "a cat\n\non a mat,\n  with: colons",
    "a parameter line inside": "a cat\nSteps: 3, Sampler: Euler, CFG scale: 1, Seed: 5\nand a dog",
    "steps first": "Steps: 3",
    "emoji": "\U0001f408\u200d\u2b1b on a \U0001f6b2, \U0001f3f4\U000e0067\U000e007f",
    "right to left": "قطة تطير \u202eabc\u202c חתול",
    "latin-1": "café: ¿qué?",
    "json": '{"prompt": "a cat", "sui_image_params": {}}',
    "quotes": 'a "cat", \\n \t</script>',
    "10,000 emoji": "😀" * PROMPT_MAX_CHARS,
    "control characters": "a\x01\x02\r\x1fcat\x7f\x85\u2028",
}
exotic = pytest.mark.parametrize("prompt", EXOTIC.values(), ids=EXOTIC.keys())


def a1111_reads(text: str) -> tuple[str, str, dict[str, str]]:
    """Split an infotext by the rules of the program that invented it."""
    *lines, last = text.strip().split("\n")
    pairs = re.findall(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)', last)
    assert len(pairs) >= 3
    parts: tuple[list[str], list[str]] = ([], [])
    negative = False
    for line in map(str.strip, lines):
        if line.startswith("Negative prompt:"):
            negative, line = True, line[16:].strip()
        parts[negative].append(line)
    values = {k: json.loads(v) if v.startswith('"') else v for k, v in pairs}
    return "\n".join(parts[0]), "\n".join(parts[1]), values


def shown(data: bytes) -> tuple[str, tuple[int, int], bytes]:
    im = Image.open(io.BytesIO(data))
    im.load()
    return im.mode, im.size, im.tobytes() + bytes(im.getpalette() or b"")


def compressed(data: bytes) -> bytes:
    """The bytes from which a decoder makes pixels, and nothing else."""
    if containers.sniff(data) == "png":
        parts = [
            p for p in containers.png_parts(data) if p.name in (b"IHDR", b"PLTE", b"tRNS", b"IDAT")
        ]
    elif containers.sniff(data) == "webp":
        parts = [p for p in containers.webp_parts(data) if p.name in (b"VP8 ", b"VP8L", b"ALPH")]
    else:
        parts = list(containers.jpeg_parts(data))
        scan = data[parts[-1].start :]
        meta = (b"\xe1", b"\xfe")
        return b"".join(data[p.start : p.end] for p in parts[:-1] if p.name not in meta) + scan
    return b"".join(data[p.body : p.body_end] for p in parts)


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


# Other programs


OPEN: list[Image.Image] = []


def fields(data: bytes) -> tuple[str, str, str | None, dict[str, object], dict[str, object]]:
    # sd-parsers remembers the last comment by id(image), and ids are used again: it gave one
    # image the text of another until each image was made to stay.
    OPEN.append(Image.open(io.BytesIO(data)))
    found = sd_parsers.ParserManager().parse(OPEN[-1])
    assert found is not None
    (sampler,) = found.samplers
    model = sampler.model.name if sampler.model else None
    return (
        found.full_prompt,
        found.full_negative_prompt,
        model,
        sampler.parameters,
        found.metadata,
    )


@each
def test_sd_parsers_reads_all_that_was_asked_for(make: Callable[[], bytes], tmp_path: Path) -> None:
    path = tmp_path / "image"
    path.write_bytes(put(make()))
    prompt, negative, model, parameters, rest = fields(path.read_bytes())
    assert (prompt, negative, model) == ("a flying cat", "blurry", LABEL)
    assert parameters == {"cfg_scale": "3.5", "seed": "42", "steps": "4"}
    assert (rest["Size"], rest["Version"]) == ("96x64", "sentry-block-playground 0.1.0")


@three
@exotic
def test_other_readers_see_exotic_prompts_whole(make: Callable[[], bytes], prompt: str) -> None:
    data = put(make(), record(prompt, negative=prompt))
    got, negative, _model, parameters, _rest = fields(data)
    assert got == negative == prompt.strip()
    assert parameters["seed"] == "42"
    text = infotext(record(prompt, prompt), model_label=LABEL, app_version="0.1.0")
    _prompt, _negative, values = a1111_reads(text)
    assert values["Steps"] == "4"


def test_the_infotext_is_what_the_field_writes() -> None:
    assert infotext(record(), model_label=LABEL, app_version="0.1.0") == (
        "a flying cat\n"
        "Negative prompt: blurry\n"
        "Steps: 4, Sampler: Unknown, CFG scale: 3.5, Seed: 42, Size: 96x64, "
        "Model: FLUX.1 schnell, Version: sentry-block-playground 0.1.0"
    )


def test_negative_prompt_within_a_line_of_the_prompt_stays_in_it() -> None:
    """sd-parsers splits at the words wherever they stand; A1111, who made the rule, does not."""
    text = infotext(
        record('a sign "Negative prompt: no"', "blurry"), model_label=LABEL, app_version="1"
    )
    assert a1111_reads(text)[:2] == ('a sign "Negative prompt: no"', "blurry")
    found = metadata.read(put(FILES["jpeg"](), record('a sign "Negative prompt: no"', "blurry")))
    assert found is not None
    assert found.record.request.prompt == 'a sign "Negative prompt: no"'


@pytest.mark.parametrize("label", ["SDXL, 1.0", "a: b", "two\nlines", 'a "b", ☃'])
def test_values_with_marks_of_the_format_are_quoted(label: str) -> None:
    text = infotext(record(), model_label=label, app_version="1")
    assert len(text.split("\n")) == 3
    assert a1111_reads(text)[2]["Model"] == label
    assert f"Model: {json.dumps(label, ensure_ascii=False)}, " in text


def test_what_a_model_lacks_is_left_out() -> None:
    bare = replace(record(), request=GenerationRequest("m", "p", {"guidance_scale": 9.0}))
    text = infotext(bare, model_label="Seedream 3.0", app_version="1")
    assert text == (
        "p\nSteps: 0, Sampler: Unknown, CFG scale: 9, Size: 1x1, Model: Seedream 3.0, "
        "Version: sentry-block-playground 1"
    )


@three
@pytest.mark.parametrize(
    "values", [{}, {"guidance_scale": 2.5}, {"num_steps": 30}, {"style": "ink, wash"}]
)
def test_models_that_take_little_are_still_read(
    make: Callable[[], bytes], values: dict[str, str | float]
) -> None:
    about = replace(record(), request=GenerationRequest("m", "a cat", values))
    prompt, negative, model, parameters, _rest = fields(put(make(), about))
    assert (prompt, negative, model) == ("a cat", "", LABEL)
    assert "seed" not in parameters
    text = infotext(about, model_label=LABEL, app_version="1")
    assert text.split("\n")[-1].startswith("Steps: ")
    assert ("Style" in a1111_reads(text)[2]) == ("style" in values)


@three
@pytest.mark.parametrize("prompt", ["nul\0nul", "lone \ud83d surrogate", "\udc00☃\ud800"])
def test_text_that_should_never_come_this_far_does_no_harm(
    make: Callable[[], bytes], prompt: str
) -> None:
    data = put(make(), record(prompt, prompt))
    pictures.verify(data)
    assert metadata.read(data) is None  # refused: no database would take it
    assert fields(data)[3]["seed"] == "42"
    assert "\0" not in infotext(record(prompt), model_label=LABEL, app_version="1")


def test_an_endless_inference_time_is_noted_as_unknown() -> None:
    found = metadata.read(put(FILES["png rgb"](), replace(record(), seconds=float("nan"))))
    assert found is not None
    assert found.record.seconds is None


# Taking all of it out


SAID = [b"cat", b"Maker", b"comment", b"adobe:ns:meta", b"the platform", b"gd-jpeg", b"parameters"]


@each
def test_stripped_files_say_nothing_and_look_the_same(make: Callable[[], bytes]) -> None:
    before = put(make())
    after = strip(before)
    for word in SAID:
        assert word not in after
        assert word.decode().encode("utf-16-be") not in after
    assert metadata.read(after) is None
    assert compressed(after) == compressed(before)
    assert shown(after) == shown(before)
    pictures.verify(after)
    im, original = Image.open(io.BytesIO(after)), Image.open(io.BytesIO(before))
    assert im.info.get("icc_profile") == original.info.get("icc_profile")
    assert im.getexif().get(0x0112) == original.getexif().get(0x0112)
    assert set(im.getexif()) <= {0x0112}
    assert strip(after) == after


@each
def test_stripping_what_says_nothing_changes_no_pixel(make: Callable[[], bytes]) -> None:
    data = make()
    assert pixel_sha256(strip(data)) == pixel_sha256(data)


@pytest.mark.parametrize("name", ["png rgb", "jpeg", "jpeg progressive", "webp lossy", "webp full"])
def test_bytes_after_the_end_are_stripped(name: str) -> None:
    data = FILES[name]()
    assert strip(data + b"PK\x03\x04 a zip") == strip(data)


def test_comments_between_the_scans_of_a_jpeg_are_stripped() -> None:
    data = FILES["jpeg progressive"]()
    at = next(containers.jpeg_parts(data), None) and data.rindex(b"\xff\xda")
    secret = b"\xff\xfe\0\x08secret" + b"\xff\xe1\0\x08secret"
    stripped = strip(data[:at] + secret + data[at:])
    assert b"secret" not in stripped
    assert stripped == strip(data)
    pictures.verify(stripped)


def test_a_jpegs_restart_markers_stay() -> None:
    data = saved(picture(), "JPEG", restart_marker_blocks=2)
    assert b"\xff\xd3" in data
    assert pixel_sha256(strip(data)) == pixel_sha256(data)


@each
def test_stripping_what_is_cut_refuses_or_gives_an_image(make: Callable[[], bytes]) -> None:
    data = make()
    for cut in range(0, len(data), max(1, len(data) // 100)):
        try:
            strip(data[:cut])
        except BadAnswer as error:
            assert error.message.endswith(".")


# Damage and malice


@each
def test_files_without_our_text_are_nothing_of_ours(make: Callable[[], bytes]) -> None:
    assert metadata.read(make()) is None


@each
def test_files_cut_anywhere_raise_nothing_on_reading(make: Callable[[], bytes]) -> None:
    before, after = make(), put(make())
    for cut in range(0, len(after), max(1, len(after) // 300)):
        found = metadata.read(after[:cut])
        assert found is None or found.record.request == record().request
    for cut in range(0, len(before), max(1, len(before) // 100)):
        try:
            put(before[:cut])
        except BadAnswer as error:
            assert error.message.endswith(".")


@each
def test_random_damage_raises_nothing_on_reading(make: Callable[[], bytes]) -> None:
    before, after, rng = make(), put(make()), random.Random(11)
    for _ in range(150):
        bad = bytearray(after)
        for _ in range(rng.randint(1, 5)):
            bad[rng.randrange(min(len(bad), 1500))] = rng.randrange(256)
        metadata.read(bytes(bad))
        bad = bytearray(before)
        bad[rng.randrange(min(len(bad), 400))] = rng.randrange(256)
        try:
            put(bytes(bad))
        except BadAnswer as error:
            assert error.message.endswith(".")


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF"])
def test_what_is_no_image_is_refused_and_read_as_nothing(data: bytes) -> None:
    assert metadata.read(data) is None
    with pytest.raises(BadAnswer):
        put(data)


def test_a_flipped_letter_in_a_pngs_text_is_not_believed() -> None:
    data = put(FILES["png rgb"](), record("a flying cat"))
    at = data.index(b'"prompt":"a flying') + 12
    assert metadata.read(data[:at] + b"X" + data[at + 1 :]) is None


def test_a_jpeg_that_lost_one_of_its_comments_is_not_half_believed() -> None:
    own = to_json(record("a cat " * 30), model_label=LABEL, app_version="1")
    at = own.index(b"a cat")
    texts = (own[:at], own[at : at + 60], own[at + 60 :])
    parts = []
    for number, text in enumerate(texts, 1):
        payload = KEY + b" %d/3 " % number + text
        parts.append(b"\xff\xfe" + struct.pack(">H", len(payload) + 2) + payload)
    jpeg = FILES["jpeg"]()
    assert metadata.read(jpeg[:2] + b"".join(parts) + jpeg[2:]) is not None
    assert metadata.read(jpeg[:2] + parts[0] + parts[2] + jpeg[2:]) is None


def png_with(chunk: bytes) -> bytes:
    data = FILES["png rgb"]()
    return data[:33] + chunk + data[33:]


KEY = b"sentry_block_playground"


def test_texts_that_another_program_copied_are_read_in_every_form() -> None:
    own = to_json(record("plain"), model_label=LABEL, app_version="1")
    packed = zlib.compress(own)
    for chunk in (
        png_chunk(b"tEXt", KEY + b"\0" + own),
        png_chunk(b"zTXt", KEY + b"\0\0" + packed),
        png_chunk(b"iTXt", KEY + b"\0\1\0en\0key\0" + packed),
        png_chunk(b"iTXt", KEY + b"\0\0\0\0\0" + own),
    ):
        found = metadata.read(png_with(chunk))
        assert found is not None
        assert found.record.request.prompt == "plain"


def bombs() -> dict[str, bytes]:
    deflated = zlib.compress(b" " * 300_000_000, 1)
    huge = struct.pack(">I", 0xFFFFFFFF) + b"iTXt" + KEY
    claim = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    jpeg, webp = FILES["jpeg"](), put(FILES["webp lossy"]())
    at = webp.index(b"SBPJ") + 4
    return {
        "iTXt": png_with(png_chunk(b"iTXt", KEY + b"\0\1\0\0\0" + deflated)),
        "zTXt": png_with(png_chunk(b"zTXt", KEY + b"\0\0" + deflated)),
        "tEXt": png_with(png_chunk(b"tEXt", KEY + b"\0" + b" " * 40_000_000)),
        "length": png_with(huge),
        "no text": png_with(png_chunk(b"iTXt", KEY + b"\0")),
        "no separator": png_with(png_chunk(b"iTXt", KEY + b"\0\0\0en")),
        "pixels": containers.PNG_MAGIC + png_chunk(b"IHDR", claim) + png_chunk(b"IEND", b""),
        "many chunks": png_with(png_chunk(b"iTXt", KEY + b"\0") * 400_000),
        "many segments": jpeg[:2] + b"\xff\xfe\0\x1f" + KEY + b" 1/99 " + b"\xff\xfe\0\2" * 400_000,
        "part 2 first": jpeg[:2] + b"\xff\xfe\0\x1f" + KEY + b" 2/2  " + jpeg[2:],
        "webp length": webp[:at] + b"\xff\xff\xff\x7f" + webp[at + 4 :],
    }


def test_bombs_are_nothing_of_ours_and_cost_little_time_and_memory() -> None:
    for name, data in bombs().items():
        start = time.perf_counter()
        assert metadata.read(data) is None, name
        assert time.perf_counter() - start < 5, name


def test_inflating_stops_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is inflated one byte beyond the limit is no JSON of ours any more."""
    own = to_json(record(), model_label=LABEL, app_version="1")
    packed = png_with(png_chunk(b"iTXt", KEY + b"\0\1\0\0\0" + zlib.compress(own)))
    assert metadata.read(packed) is not None
    monkeypatch.setattr(metadata, "MAX_JSON_BYTES", len(own) - 1)
    assert metadata.read(packed) is None
    bomb = bombs()["iTXt"]
    tracemalloc.start()
    try:
        metadata.read(bomb)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


VALID = json.loads(to_json(record(), model_label=LABEL, app_version="1"))
HOSTILE: list[tuple[str, object]] = [
    ("schema", 2),
    ("schema", None),
    ("id", "../../etc/passwd"),
    ("id", "0123456789ABCDEF" * 2),
    ("id", "0123456789abcdef" * 2 + "\n"),
    ("id", 5),
    ("run_id", None),
    ("provider", None),
    ("model", ["m"]),
    ("prompt", None),
    ("prompt", "lone \ud800"),
    ("prompt", "nul \0"),
    ("values", []),
    ("values", {"a": []}),
    ("values", {"a": {"b": 1}}),
    ("values", {"a": float("inf")}),
    ("values", {"a": 10**400}),
    ("values", {"a": 2**63}),
    ("values", {f"k{n}": n for n in range(65)}),
    ("seed", -1),
    ("seed", 2**32),
    ("seed", 1.5),
    ("seed", True),
    ("seed", "42"),
    ("created", "yesterday"),
    ("created", "0001-01-01T00:00:00+14:00"),
    ("created", 0),
    ("seconds", float("nan")),
    ("seconds", -1),
    ("seconds", "1"),
    ("price_usd", "NaN"),
    ("price_usd", "1E+999999"),
    ("price_usd", "-1"),
    ("price_usd", "1\n"),
    ("price_usd", 0.009),
    ("app_version", None),
    ("origin", "0123456789abcdef" * 2),
    ("origin", {}),
    ("origin", {"image_id": "0123456789abcdef" * 2}),
    ("origin", {"image_id": "../etc", "kind": "seed"}),
    ("origin", {"image_id": "0123456789abcdef" * 2, "kind": "stolen"}),
    ("origin", {"image_id": "0123456789abcdef" * 2, "kind": ["seed"]}),
    ("experiment", "x"),
    ("experiment", 1),
]


@pytest.mark.parametrize(("name", "value"), HOSTILE)
def test_a_field_that_we_never_write_so_spoils_the_whole(name: str, value: object) -> None:
    own = json.dumps({**VALID, name: value}).encode()
    assert metadata.read(png_with(png_chunk(b"iTXt", KEY + b"\0\0\0\0\0" + own))) is None


@pytest.mark.parametrize("name", [n for n in VALID if n not in ("origin", "experiment")])
def test_every_field_is_needed(name: str) -> None:
    own = json.dumps({key: value for key, value in VALID.items() if key != name}).encode()
    assert metadata.read(png_with(png_chunk(b"iTXt", KEY + b"\0\0\0\0\0" + own))) is None


def test_files_of_before_origin_and_experiment_are_still_read() -> None:
    old = {key: value for key, value in VALID.items() if key not in ("origin", "experiment")}
    own = json.dumps({**old, "raw_sha256": "ab" * 32}).encode()
    found = metadata.read(png_with(png_chunk(b"iTXt", KEY + b"\0\0\0\0\0" + own)))
    assert found is not None
    assert (found.record.origin, found.record.experiment) == (None, None)


@three
@pytest.mark.parametrize("kind", get_args(OriginKind))
def test_origin_and_experiment_come_back(make: Callable[[], bytes], kind: OriginKind) -> None:
    about = replace(record(), origin=Origin("ab" * 16, kind), experiment="cd" * 16)
    found = metadata.read(put(make(), about))
    assert found is not None
    assert (found.record.origin, found.record.experiment) == (about.origin, about.experiment)


@pytest.mark.parametrize(
    "own", [b"", b"[]", b"null", b"{", b"\xff\xfe", b"[" * 200_000, b"9" * 9_999, b'{"schema":1}']
)
def test_json_that_is_not_ours_is_nothing(own: bytes) -> None:
    assert metadata.read(png_with(png_chunk(b"iTXt", KEY + b"\0\0\0\0\0" + own))) is None


def test_the_longest_prompts_in_their_longest_form_fit_into_what_is_read() -> None:
    worst = record("\x01" * PROMPT_MAX_CHARS, "\x01" * PROMPT_MAX_CHARS)
    assert len(to_json(worst, model_label=LABEL, app_version="1")) < metadata.MAX_JSON_BYTES / 2
    for make in THREE.values():
        found = metadata.read(put(make(), worst))
        assert found is not None
        assert found.record.request == worst.request


def test_json_holds_neither_the_stored_files_hash_nor_its_size() -> None:
    """Both would be wrong: they are known only once the text is in."""
    assert not {"sha256", "width_px", "height_px", "format"} & VALID.keys()
    info = containers.ImageInfo("webp", 3, 4)
    own = json.dumps(VALID).encode()
    assert from_json(own, info, "abc").record.width_px == 3


def test_embedding_into_a_large_png_copies_and_does_no_more() -> None:
    noise = random.Random(1).randbytes(1_800_000)
    idat = b"".join(png_chunk(b"IDAT", noise[at : at + 8192]) for at in range(0, len(noise), 8192))
    head = containers.PNG_MAGIC + png_chunk(b"IHDR", struct.pack(">IIBBBBB", 9, 9, 8, 2, 0, 0, 0))
    data = head + idat + png_chunk(b"IEND", b"")
    best = 1.0
    for _ in range(7):
        start = time.perf_counter()
        put(data)
        best = min(best, time.perf_counter() - start)
    assert best < 0.02  # 0.6 ms measured; decoding alone would take 30
