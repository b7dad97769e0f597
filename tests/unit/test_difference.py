"""Two pictures compared: identical, near or different, whatever they are wrapped in."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from backend.errors import BadAnswer
from backend.images.difference import difference, difference_map

NOISE = np.random.default_rng(7).integers(0, 256, (96, 64, 3), dtype=np.uint8)


def file(pixels: np.ndarray, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind, **options)
    return out.getvalue()


def smooth() -> np.ndarray:
    picture = Image.linear_gradient("L").resize((64, 96)).convert("RGB")
    return np.asarray(picture).copy()


@pytest.mark.parametrize("options", [{"compress_level": 1}, {"optimize": True}])
def test_the_same_pixels_are_identical_however_they_are_compressed(options: dict[str, int]) -> None:
    found = difference(file(NOISE), file(NOISE, **options))
    assert (found.verdict, found.mean) == ("identical", 0.0)
    assert difference(file(NOISE), file(NOISE, "WEBP", lossless=True)).verdict == "identical"


def test_one_pixel_by_one_step_is_not_identical() -> None:
    other = NOISE.copy()
    other[5, 5, 1] ^= 1
    found = difference(file(NOISE), file(other))
    assert found.verdict == "near" and found.mean == pytest.approx(1 / (96 * 64 * 3))


def test_a_compressed_copy_is_near_and_another_picture_is_different() -> None:
    copy = difference(file(smooth()), file(smooth(), "JPEG", quality=85))
    assert copy.verdict == "near" and copy.mean is not None and 0 < copy.mean < 3
    other = difference(file(NOISE), file(NOISE[::-1]))
    assert other.verdict == "different" and other.mean is not None and other.mean > 40


@pytest.mark.parametrize("size", [(96, 64), (9, 5)])
def test_another_thing_before_the_same_sky_is_different(size: tuple[int, int]) -> None:
    sky = np.asarray(Image.linear_gradient("L").resize(size[::-1]).convert("RGB")).copy()
    other = sky.copy()
    other[2:3, 2:3] = 255 - other[2:3, 2:3]
    other[size[0] // 2 : size[0] // 2 + size[0] // 8, : size[1] // 5] ^= 128
    found = difference(file(sky), file(other))
    assert found.mean is not None and found.mean < 8 and found.verdict == "different"


def test_pictures_of_other_sizes_are_different_without_a_number_or_a_map() -> None:
    found = difference(file(NOISE), file(NOISE[:90]))
    assert (found.verdict, found.mean) == ("different", None)
    assert difference_map(file(NOISE), file(NOISE[:90])) is None


def test_the_map_is_dark_where_nothing_differs_and_bright_where_much_does() -> None:
    other = smooth()
    other[:48] = 255 - other[:48]
    content = difference_map(file(smooth()), file(other))
    assert content is not None
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.format == "WEBP" and picture.size == (64, 96)
        shades = np.asarray(picture.convert("L"))
    assert shades[60:].max() < 12 and shades[:10].min() > 200


def test_transparency_counts() -> None:
    clear = np.dstack([NOISE, np.full(NOISE.shape[:2], 128, np.uint8)])
    assert difference(file(NOISE), file(clear)).verdict == "different"


def test_a_damaged_file_is_refused() -> None:
    with pytest.raises(BadAnswer):
        difference(file(NOISE), file(NOISE)[:-40])
