"""Wherever in an image a platform tells our key back, it is gone, and the picture is not."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import pytest

from backend.images import containers, pictures
from backend.images.containers import jpeg_segment, webp_chunk
from backend.images.keyless import without_secrets
from backend.redact import forms
from tests.unit.image_files import FILES, ICC, compressed, each, picture, png_chunk, saved, shown

KEY = "ak_5d1a8c20+461X/q9wE"
WAYS = sorted(
    {form.encode() for form in forms(KEY)} | {KEY.encode("utf-16-le"), KEY.encode("utf-16-be")}
)

Put = Callable[[bytes], bytes]


def in_png(name: bytes, payload: Callable[[bytes], bytes]) -> Put:
    def put(said: bytes) -> bytes:
        data = FILES["png rgb"]()
        return data[:33] + png_chunk(name, payload(said)) + data[33:]

    return put


def in_jpeg(marker: bytes, head: bytes) -> Put:
    def put(said: bytes) -> bytes:
        data = FILES["jpeg progressive"]()
        return data[:2] + jpeg_segment(marker, head + said) + data[2:]

    return put


def in_webp(name: bytes) -> Put:
    def put(said: bytes) -> bytes:
        data = FILES["webp full"]() + webp_chunk(name, b"Exif\0\0" + said)
        return data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:]

    return put


def between_scans(said: bytes) -> bytes:
    data = FILES["jpeg progressive"]()
    at = data.rindex(b"\xff\xda")
    return data[:at] + jpeg_segment(b"\xfe", said) + data[at:]


PLACES: dict[str, Put] = {
    "png tEXt": in_png(b"tEXt", lambda said: b"Comment\0" + said),
    "png zTXt": in_png(b"zTXt", lambda said: b"Comment\0\0" + zlib.compress(b"a " + said)),
    "png iTXt": in_png(b"iTXt", lambda said: b"Comment\0\0\0en\0\0" + said),
    "png iTXt packed": in_png(
        b"iTXt", lambda said: b"XML:com.adobe.xmp\0\1\0en\0\0" + zlib.compress(b"a" * 9_999 + said)
    ),
    "png eXIf": in_png(b"eXIf", lambda said: b"MM\0*\0\0\0\x08\0\0" + said),
    "png profile": in_png(b"iCCP", lambda said: b"icc\0\0" + zlib.compress(ICC + said)),
    "png unknown": in_png(b"prVt", lambda said: said),
    "png behind": lambda said: FILES["png rgb"]() + said,
    "jpeg COM": in_jpeg(b"\xfe", b""),
    "jpeg Exif": in_jpeg(b"\xe1", b"Exif\0\0MM\0*\0\0\0\x08\0\0"),
    "jpeg XMP": in_jpeg(b"\xe1", b"http://ns.adobe.com/xap/1.0/\0"),
    "jpeg profile": in_jpeg(b"\xe2", b"ICC_PROFILE\0\1\1" + ICC),
    "jpeg between": between_scans,
    "jpeg behind": lambda said: FILES["jpeg"]() + said,
    "webp Exif": in_webp(b"EXIF"),
    "webp XMP": in_webp(b"XMP "),
    "webp unknown": in_webp(b"ABCD"),
    "webp profile": lambda said: saved(picture(), "WEBP", icc_profile=ICC + said),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("place", PLACES)
def test_a_key_told_back_in_an_image_is_taken_out_and_the_pixels_stay(
    place: str, way: bytes
) -> None:
    data = PLACES[place](way)
    clean = without_secrets(data, [KEY])
    assert clean != data and way not in clean
    if containers.sniff(clean) == "png":
        packed = (
            clean[p.body : p.body_end] for p in containers.png_parts(clean) if p.name == b"iCCP"
        )
        assert not any(way in zlib.decompress(part.split(b"\0", 1)[1][1:]) for part in packed)
    assert compressed(clean) == compressed(without_secrets(PLACES[place](b"nothing"), ["nothing"]))
    assert shown(clean) == shown(data)
    pictures.verify(clean)


@each
def test_an_image_that_does_not_tell_it_stays_as_it_is(make: Callable[[], bytes]) -> None:
    data = make()
    assert without_secrets(data, [KEY]) is data
    assert without_secrets(data, []) is data


@each
def test_what_is_cut_is_left_to_the_check_that_refuses_it(make: Callable[[], bytes]) -> None:
    data = make()
    for cut in range(0, len(data), max(1, len(data) // 50)):
        assert data[:cut].startswith(without_secrets(data[:cut], [KEY]))


def test_so_much_packed_that_nobody_can_look_through_it_is_taken_out() -> None:
    bomb = in_png(b"zTXt", lambda said: b"Comment\0\0" + zlib.compress(bytes(20_000_000) + said))
    assert b"zTXt" not in without_secrets(bomb(b"x"), [KEY])
