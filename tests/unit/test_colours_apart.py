"""How different two pictures look, as a number that people can be told."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from backend.images.colours_apart import JUST_VISIBLE, apart, seen


def file(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def plain(colour: tuple[int, int, int], size: tuple[int, int] = (300, 200)) -> bytes:
    return file(Image.new("RGB", size, colour))


def test_the_same_picture_is_not_apart_however_it_is_stored() -> None:
    picture = Image.linear_gradient("L").resize((320, 320)).convert("RGB")
    one = seen(file(picture))
    assert apart(one, one) == 0
    compressed = apart(one, seen(file(picture, "JPEG", quality=92)))
    assert compressed is not None and 0 < compressed < JUST_VISIBLE


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ((0, 0, 0), (255, 255, 255), 100.0),  # L* from 0 to 100
        ((255, 0, 0), (0, 255, 0), 164.0),  # CIE's own figures for sRGB's corners, D50
        ((0, 0, 255), (255, 255, 255), 148.0),
    ],
)
def test_distances_are_those_of_cielab(
    one: tuple[int, int, int], other: tuple[int, int, int], distance: float
) -> None:
    assert apart(seen(plain(one)), seen(plain(other))) == pytest.approx(distance, rel=0.03)


def test_what_is_made_grey_is_seen() -> None:
    rng = np.random.default_rng(1)
    noise = Image.fromarray(rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)).resize((256, 256))
    found = apart(seen(file(noise)), seen(file(noise.convert("L").convert("RGB"))))
    assert found is not None and found > 10


def test_other_sizes_have_no_number() -> None:
    assert apart(seen(plain((1, 2, 3))), seen(plain((1, 2, 3), (200, 300)))) is None
