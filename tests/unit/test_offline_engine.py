"""The sample engine: what the words, numbers and seed of a request do to its pixels."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backend.providers.offline.engine import render, to_png
from backend.providers.offline.words import PALETTES, SUBJECTS, read

ROOT = Path(__file__).resolve().parents[2]


def paint(
    prompt: str,
    negative: str | None = None,
    *,
    size: tuple[int, int] = (256, 256),
    steps: int = 20,
    guidance: float = 7.0,
    seed: int = 1,
    model: str = "m",
) -> np.ndarray:
    return render(prompt, negative, *size, steps, guidance, seed, model)


def channel_means(pixels: np.ndarray) -> np.ndarray:
    return pixels.reshape(-1, 3).mean(axis=0)


def fine_energy(pixels: np.ndarray) -> float:
    """Energy of what a blur over about 6 px takes away, without the one-pixel grain."""
    grey = Image.fromarray(pixels).convert("L")
    w, h = grey.size
    two = np.asarray(grey.resize((w // 2, h // 2), Image.Resampling.BOX), dtype=float)
    six = Image.fromarray(two.astype(np.uint8)).resize((w // 6, h // 6), Image.Resampling.BOX)
    blurred = np.asarray(six.resize((w // 2, h // 2), Image.Resampling.BICUBIC), dtype=float)
    return float(np.square(two - blurred).mean())


def test_same_arguments_give_same_pixels_in_another_process() -> None:
    prompt = "a blue cat under a starry sky, 日落 ünïcode"
    ours = hashlib.sha256(paint(prompt, "moon", seed=7).tobytes()).hexdigest()
    code = (
        "import hashlib; from backend.providers.offline.engine import render;"
        f"print(hashlib.sha256(render({prompt!r}, 'moon', 256, 256, 20, 7.0, 7, 'm')"
        ".tobytes()).hexdigest())"
    )
    theirs = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code],
        cwd=ROOT,
        env={"PYTHONHASHSEED": "4711", "OPENBLAS_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert theirs.stdout.strip() == ours


@pytest.mark.parametrize("size", [(256, 256), (1024, 256), (272, 528), (256, 2048), (2048, 256)])
@pytest.mark.parametrize("prompt", ["ocean city flower cat with stars in rain", "zzyzx"])
def test_any_size_is_met_exactly(size: tuple[int, int], prompt: str) -> None:
    pixels = paint(prompt, size=size, steps=4)
    assert pixels.shape == (size[1], size[0], 3)
    assert pixels.dtype == np.uint8
    assert pixels.std() > 5, "a picture, not a flat colour"


def test_every_word_the_engine_knows_can_be_painted() -> None:
    for name in (*SUBJECTS, "mountain", "hill", "forest", "desert", "planet", "aurora", "rain",
                 "snow", "mist", "birds", "flying cat", "galaxy", "tulip"):  # fmt: skip
        assert paint(name, steps=2).std() > 5, name


@pytest.mark.parametrize("ground", ["hills", "mountains", "city", "desert", "ocean", "forest"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_galaxy_over_any_ground_can_be_painted(ground: str, seed: int) -> None:
    assert paint(f"galaxy over {ground}", steps=1, seed=seed).std() > 5


@pytest.mark.parametrize("mood", PALETTES)
def test_every_palette_can_be_painted(mood: str) -> None:
    assert paint(f"{mood} mountains ocean", steps=2).std() > 5


@pytest.mark.parametrize("prompt", ["mountains at sunset", "an unheard of thought"])
def test_seed_moves_the_composition_not_only_the_grain(prompt: str) -> None:
    one, other = paint(prompt, seed=1), paint(prompt, seed=2)
    coarse = [
        np.asarray(Image.fromarray(p).convert("L").resize((16, 16)), dtype=float)
        for p in (one, other)
    ]
    assert np.abs(coarse[0] - coarse[1]).mean() > 6


def test_unknown_words_each_have_a_picture_of_their_own() -> None:
    pictures = [paint(word, seed=3).astype(float) for word in ("glimmerish", "thrumwick", "日落")]
    for i, one in enumerate(pictures):
        for other in pictures[i + 1 :]:
            assert np.abs(one - other).mean() > 10


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("subject", ["", " flower", " mountains"])
def test_colour_words_colour_the_picture(seed: int, subject: str) -> None:
    red = channel_means(paint(f"red{subject}", seed=seed))
    blue = channel_means(paint(f"blue{subject}", seed=seed))
    assert red[0] - red[2] > blue[0] - blue[2] + 15


def test_a_colour_before_a_subject_colours_that_subject() -> None:
    middle = (slice(150, 220), slice(100, 156))
    red, green = paint("red cat"), paint("green cat")
    assert (channel_means(red[middle]) - channel_means(green[middle]))[0] > 25
    assert read("red cat", None).tints.keys() == {"cat"}


def test_sunset_is_warm_and_night_is_dark_and_cool() -> None:
    sunset, night = channel_means(paint("sunset ocean")), channel_means(paint("night ocean"))
    assert sunset[0] > sunset[2]
    assert night[2] > night[0]
    assert sunset.sum() > 2 * night.sum()


def test_sunset_shows_a_bright_disc_over_dark_mountains() -> None:
    grey = paint("sunset over mountains").mean(axis=2)
    assert grey.max() > 235
    assert grey[-40:].mean() < 0.5 * grey[:100].mean()


def test_negative_stars_removes_the_bright_points_only() -> None:
    with_stars = paint("stars over mountains", "moon", seed=5).astype(int)
    without = paint("stars over mountains", "moon, stars", seed=5).astype(int)
    sky = slice(0, 90)

    def points(pixels: np.ndarray) -> int:
        grey = pixels[sky].mean(axis=2)
        around = (np.roll(grey, 4, 1) + np.roll(grey, -4, 1)) / 2
        return int((grey - around > 40).sum())

    assert points(with_stars) > 20
    assert points(without) == 0
    assert np.abs(with_stars[-60:] - without[-60:]).mean() < 4, "the mountains stay"


def test_negative_colour_takes_its_hue_out() -> None:
    red = channel_means(paint("sunset over mountains"))
    calm = channel_means(paint("sunset over mountains", "red"))
    assert red[0] - red[1:].mean() > 20
    assert calm[0] - calm[1:].mean() < 6, "the finish alone may be a little warm"


def test_unknown_negative_words_change_the_picture() -> None:
    plain, negated = paint("a thought"), paint("a thought", "wobble")
    assert np.abs(plain.astype(int) - negated).mean() > 3


def test_no_negative_prompt_is_the_same_as_an_empty_one() -> None:
    assert np.array_equal(paint("ocean", None), paint("ocean", ""))


@pytest.mark.parametrize("prompt", ["sunset over mountains", "night city", "a strange thought"])
def test_more_steps_give_finer_detail(prompt: str) -> None:
    energy = [fine_energy(paint(prompt, size=(512, 512), steps=n, seed=4)) for n in (1, 4, 25)]
    assert energy[0] < energy[1] < energy[2]


@pytest.mark.parametrize("prompt", ["sunset over mountains", "a strange thought"])
def test_guidance_raises_contrast(prompt: str) -> None:
    low, high = [
        np.mean([paint(prompt, guidance=g, seed=seed).std() for seed in range(4)])
        for g in (3.5, 15)
    ]
    assert high > low * 1.05


def test_low_guidance_strays_from_the_words() -> None:
    literal = paint("ocean at night", guidance=12).astype(int)
    near, far = (paint("ocean at night", guidance=g).astype(int) for g in (8, 0.5))
    assert np.abs(literal - far).mean() > 3 * np.abs(literal - near).mean()


def test_skies_are_dithered_against_banding() -> None:
    rows = paint("day", size=(512, 512))[10:60, :, 2].astype(int)
    assert (np.diff(rows, axis=1) != 0).mean() > 0.3


@pytest.mark.parametrize("prompt", ["", " ", "\ud800 half", "\x00", "🐈‍⬛" * 300, "a " * 5000])
def test_no_text_is_too_odd_to_paint(prompt: str) -> None:
    assert paint(prompt, prompt, steps=1).shape == (256, 256, 3)


@pytest.mark.parametrize(
    ("steps", "guidance", "seed"), [(1, 0.0, 0), (500, 100.0, 2**32 - 1), (0, -3.0, 2**64)]
)
def test_extreme_numbers_still_give_a_picture(steps: int, guidance: float, seed: int) -> None:
    assert paint("forest", steps=steps, guidance=guidance, seed=seed).std() > 5


def test_png_holds_the_pixels_and_no_metadata() -> None:
    pixels = paint("ocean", size=(272, 256))
    with Image.open(BytesIO(to_png(pixels))) as image:
        assert image.format == "PNG"
        assert image.info == {}
        assert np.array_equal(np.asarray(image), pixels)


def test_colour_of_one_feature_is_not_taken_by_a_removed_colour() -> None:
    plan = read("red cat in a blue forest", "red")
    assert plan.tints.keys() == {"forest"}
    assert "cat" in plan.features
