"""Copies of images in other formats."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from backend.errors import BadAnswer
from backend.images.formats import as_format, preview
from tests.http.faults import picture, png


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("format", ["png", "jpeg", "webp"])
@pytest.mark.parametrize("source", [png(40, 30), picture("JPEG", 40, 30), picture("WEBP", 40, 30)])
def test_each_format_becomes_each(source: bytes, format: str) -> None:
    made = opened(as_format(source, format))  # type: ignore[arg-type]
    assert (made.format, made.size) == (format.upper(), (40, 30))


def test_less_quality_is_fewer_bytes() -> None:
    source = png(200, 200, noise=True)
    for format in ("jpeg", "webp"):
        small, large = (as_format(source, format, quality) for quality in (5, 95))  # type: ignore[arg-type]
        assert len(small) < len(large) / 2


def test_what_is_transparent_is_white_in_a_jpeg() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(file, "PNG")
    for made in (as_format(file.getvalue(), "jpeg"), preview(file.getvalue(), 10)):
        red, green, blue = opened(made).convert("RGB").getpixel((5, 5))  # type: ignore[misc]
        assert min(red, green, blue) > 250


def test_a_preview_keeps_its_shape_and_is_never_larger() -> None:
    assert opened(preview(png(400, 200), 100)).size == (100, 50)
    assert opened(preview(png(40, 20), 100)).size == (40, 20)


def test_what_is_no_image_is_refused() -> None:
    for make in (lambda data: as_format(data, "jpeg"), lambda data: preview(data, 64)):
        with pytest.raises(BadAnswer):
            make(b"no image")
