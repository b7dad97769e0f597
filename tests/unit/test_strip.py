"""All that an image says of its making is taken out, and the picture stays."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image

from backend.errors import BadAnswer
from backend.images import containers, metadata, pictures
from backend.images.strip import strip
from tests.pixels import pixel_sha256
from tests.unit.image_files import FILES, compressed, each, picture, put, saved, shown

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


def test_a_jpeg_with_countless_segments_after_its_pixels_is_called_damaged() -> None:
    data = FILES["jpeg"]()
    assert strip(data[:-2] + b"\xff\xfe\0\2" * 1_000 + data[-2:]) == strip(data)
    with pytest.raises(BadAnswer, match="damaged"):
        strip(data[:-2] + b"\xff\xfe\0\2" * 70_000 + data[-2:])
