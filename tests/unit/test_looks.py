"""Main colours and layouts of thumbnails: by plain pictures whose answer everybody knows."""

from __future__ import annotations

import io
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageEnhance

from backend.errors import BadAnswer
from backend.images import looks, pictures

Rgb = tuple[int, int, int]

SHADES: dict[str, list[Rgb]] = {
    "red": [(220, 20, 30), (160, 10, 20), (110, 5, 10), (255, 60, 50)],
    "orange": [(255, 140, 0), (240, 110, 30), (255, 165, 60)],
    "yellow": [(255, 235, 0), (240, 200, 40), (250, 240, 120), (200, 180, 40)],
    "green": [(20, 160, 40), (60, 200, 80), (30, 70, 40), (120, 190, 120), (110, 130, 30)],
    "blue": [(30, 60, 220), (120, 180, 240), (10, 20, 90), (0, 170, 200), (60, 90, 150)],
    "purple": [(120, 30, 160), (80, 50, 140), (170, 120, 210)],
    "pink": [(255, 150, 190), (240, 80, 160), (250, 190, 205), (255, 105, 180)],
    "brown": [(120, 70, 30), (90, 50, 25), (150, 100, 60), (139, 69, 19)],
    "black": [(0, 0, 0), (20, 22, 25), (40, 40, 44)],
    "grey": [(128, 128, 128), (90, 92, 95), (180, 180, 176), (190, 195, 200)],
    "white": [(255, 255, 255), (240, 240, 236), (225, 228, 230)],
}


def thumbnail(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return pictures.thumbnail_webp(out.getvalue())


def colours(picture: Image.Image) -> list[str]:
    return looks.names_of(looks.looks_of(thumbnail(picture)).colours)


def plain(colour: Rgb, size: tuple[int, int] = (300, 200)) -> Image.Image:
    return Image.new("RGB", size, colour)


def with_patch(ground: Rgb, patch: Rgb, share: float) -> Image.Image:
    picture = plain(ground, (400, 400))
    picture.paste(patch, (0, 0, 400, round(400 * share)))
    return picture


def test_there_are_eleven_colours_each_with_shades_here() -> None:
    assert len(set(looks.COLOURS)) == 11 and set(SHADES) == set(looks.COLOURS)


@pytest.mark.parametrize("name", SHADES)
def test_a_picture_of_one_shade_has_that_colour_alone(name: str) -> None:
    found = {shade: colours(plain(shade)) for shade in SHADES[name]}
    assert found == {shade: [name] for shade in SHADES[name]}


@pytest.mark.parametrize(
    ("share", "dull", "vivid"), [(0.05, False, False), (0.1, False, True), (0.2, True, True)]
)
def test_a_colour_counts_from_15_per_cent_on_and_a_vivid_one_from_8(
    share: float, dull: bool, vivid: bool
) -> None:
    assert ("blue" in colours(with_patch((255, 255, 255), (70, 90, 130), share))) is dull
    assert ("blue" in colours(with_patch((255, 255, 255), (20, 60, 230), share))) is vivid


def test_what_is_transparent_has_no_colour_and_takes_no_room() -> None:
    picture = Image.new("RGBA", (300, 300), (255, 0, 0, 0))
    assert colours(picture) == []
    ImageDraw.Draw(picture).rectangle((0, 0, 60, 60), fill=(20, 60, 230, 255))
    assert colours(picture) == ["blue"]


def test_a_grey_photograph_and_a_faintly_tinted_one_are_grey() -> None:
    ramp = Image.linear_gradient("L").resize((300, 300))
    for tint in ((0, 0, 0), (6, 3, 0), (0, 2, 7)):
        picture = Image.merge("RGB", [ramp.point(lambda v, add=add: v + add) for add in tint])
        assert set(colours(picture)) == {"black", "grey", "white"}, tint


def test_the_colours_do_not_depend_on_the_size_or_the_turn() -> None:
    picture = with_patch((120, 70, 30), (30, 60, 220), 0.3)
    for other in (picture.resize((40, 40)), picture.rotate(90), picture.resize((800, 300))):
        assert colours(other) == ["blue", "brown"]
    assert colours(plain((30, 60, 220), (1, 1))) == ["blue"]


@given(st.sets(st.sampled_from(looks.COLOURS)))
def test_names_and_bits_tell_the_same(names: set[str]) -> None:
    assert set(looks.names_of(looks.bits_of([*names, *names]))) == names


def scene(sun: Rgb = (255, 220, 80), sky: Rgb = (90, 140, 220), at: int = 280) -> Image.Image:
    picture = plain(sky, (400, 400))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 260, 400, 400), fill=(30, 60, 40))
    draw.ellipse((at, 60, at + 90, 150), fill=sun)
    return picture


def distance(one: Image.Image, other: Image.Image) -> float:
    layouts = [looks.looks_of(thumbnail(picture)).layout for picture in (one, other)]
    assert [len(layout) for layout in layouts] == [looks.LAYOUT_BYTES] * 2
    array = np.frombuffer(layouts[0], np.uint8).reshape(1, -1)
    return float(looks.distances(array, layouts[1])[0])


def test_what_looks_alike_is_nearer_than_what_does_not() -> None:
    first = scene()
    assert distance(first, first.copy()) == 0
    smaller = distance(first, first.resize((256, 256)))
    brighter = distance(first, ImageEnhance.Brightness(first).enhance(1.1))
    moved = distance(first, scene(at=220))
    night = distance(first, scene(sky=(10, 10, 30)))
    other = distance(first, plain((200, 30, 60)))
    assert smaller < 8 and brighter < looks.ALIKE and moved < looks.ALIKE
    assert max(smaller, brighter, moved) < night < other and other > looks.ALIKE


def test_many_distances_are_those_of_each_one_and_cost_little() -> None:
    layouts = np.random.default_rng(3).integers(0, 256, (40_000, 56), dtype=np.uint8)
    asked = layouts[777].tobytes()
    found = looks.distances(layouts, asked)
    for at in (0, 777, 16_383, 16_384, 39_999):
        assert found[at] == pytest.approx(looks.distances(layouts[at : at + 1], asked)[0])
    assert found[777] == 0 and found.argmin() == 777
    assert len(looks.distances(layouts[:0], asked)) == 0
    layouts = layouts.repeat(5, axis=0)
    began = time.process_time()
    looks.distances(layouts, asked)
    assert time.process_time() - began < 1  # 200,000; CPU alone


@pytest.mark.parametrize("data", [b"", b"RIFF", b"\x89PNG\r\n\x1a\n", b"x" * 100])
def test_a_damaged_thumbnail_is_refused(data: bytes) -> None:
    with pytest.raises(BadAnswer):
        looks.looks_of(data)
    cut = thumbnail(scene())[:200]
    with pytest.raises(BadAnswer):
        looks.looks_of(cut)


def test_what_looks_at_images_imports_numpy_only_once_there_is_one() -> None:
    code = "import sys, backend.upkeep.looking, backend.library.library"
    told = subprocess.run(
        [sys.executable, "-c", f"{code}; print('numpy' in sys.modules)"],
        cwd=Path(looks.__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    assert told.stdout.strip() == "False"
