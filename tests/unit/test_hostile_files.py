"""Files that were made to cost whoever reads them cost little, also in the program's own process.

What costs more for a reason nobody thought of is ended where files are read apart (test_pool).
"""

from __future__ import annotations

import struct
import time
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from backend.errors import BadAnswer, PlaygroundError
from backend.exchange import brought_file
from backend.images import containers, exif, metadata, pictures
from backend.images.strip import strip
from tests.unit.hostile_files import HOSTILE, SCANS, bytewise, jpeg, rings, saved, scans

pytestmark = pytest.mark.wide

COMPUTING_S = 4.0  # twice what a file may take: computing is dearer beside other work
"""What one file may take (backend.apart.limits). Most take a hundredth of it."""


def own(data: bytes) -> None:
    assert brought_file.own(data[: brought_file.HEAD_BYTES]) is None


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_read_or_refused_within_its_time(name: str) -> None:
    data = HOSTILE[name]()
    for deed in (
        containers.header,
        pictures.verify,
        pictures.thumbnail_webp,
        strip,
        metadata.read,
        brought_file.settings,
        own,
    ):
        before = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's
            try:
                deed(data)
            except PlaygroundError as error:
                assert error.message.endswith(".")
        assert time.process_time() - before < COMPUTING_S, deed


@pytest.mark.parametrize("make", SCANS.values(), ids=SCANS)
def test_a_jpeg_of_countless_scans_is_refused_in_words(make: Callable[[], bytes]) -> None:
    data = make()
    for deed in (pictures.verify, pictures.thumbnail_webp, pictures.decoded):
        with pytest.raises(BadAnswer, match="more than 64 scans"):
            deed(data)
    assert containers.header(data).width_px == 2_000


def thumbnail(count: int) -> bytes:
    """Return Exif with a progressive JPEG of so many scans in it."""
    inside = scans(count, (16, 16))
    return containers.jpeg_segment(b"\xe1", exif.HEAD + exif.written("a") + inside)


@pytest.mark.parametrize(
    "data",
    [
        saved("JPEG", progressive=True),
        scans(containers.MAX_SCANS, (64, 48)),
        jpeg(thumbnail(60), thumbnail(60)),
        saved("JPEG", progressive=True) + scans(200, (64, 48)),  # what phones append
        jpeg(b"\xff" * 60_000),
    ],
    ids=["libjpeg's", "as many as are allowed", "in previews", "after its end", "some fill"],
)
def test_a_jpeg_with_all_that_is_found_in_real_ones_is_opened(data: bytes) -> None:
    assert pictures.verify(data).format == "jpeg"
    assert pictures.thumbnail_webp(data)


@pytest.mark.parametrize("marker", [0x00, 0x01, 0x02, 0xBF, 0xC8, *range(0xD0, 0xDA), 0xF0, 0xFD])
def test_a_marker_that_belongs_elsewhere_is_damage_to_all_who_walk_a_jpeg(marker: int) -> None:
    with pytest.raises(BadAnswer, match="damaged"):
        containers.header(jpeg(bytewise(marker)))


@pytest.mark.parametrize("size", [(1, 1), (7, 3), (8, 8), (9, 5_000), (3_000, 1)])
def test_a_jpeg_of_any_size_is_verified(size: tuple[int, int]) -> None:
    info = pictures.verify(saved("JPEG", size))
    assert (info.width_px, info.height_px) == size


def test_a_jpeg_is_verified_without_the_memory_of_all_its_pixels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[tuple[int, int]] = []
    real = Image.core.new

    def new(mode: str, size: tuple[int, int]) -> object:
        made.append(size)
        return real(mode, size)

    data = saved("JPEG", (1_600, 800))
    monkeypatch.setattr(Image.core, "new", new)
    pictures.verify(data)
    assert made == [(200, 100)]
    with pytest.raises(BadAnswer, match="cut short"):  # and yet all of it is read
        pictures.verify(data[: len(data) // 2])


def test_exif_that_leads_to_itself_is_followed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked = 0
    real = struct.unpack_from

    def counted(*args: Any) -> tuple[Any, ...]:
        nonlocal unpacked
        unpacked += 1
        return real(*args)

    monkeypatch.setattr(struct, "unpack_from", counted)
    assert exif.texts(exif.written("a fox"), 1_000) == {exif.USER_COMMENT: "a fox"}
    assert exif.texts(rings(), 1_000) == {}
    assert unpacked < 2_000
