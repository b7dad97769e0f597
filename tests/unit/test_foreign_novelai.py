"""NovelAI's settings, in the open and hidden in the alpha channel as others hide theirs too."""

from __future__ import annotations

import gzip
import io
import json
import time
from collections.abc import Callable

import pytest
from PIL import Image

from backend.recipes import foreign
from tests.unit import foreign_files as files
from tests.unit import foreign_notes as notes
from tests.unit.foreign_files import commented, png
from tests.unit.foreign_reading import MAIN, chunks, comments, containers, read, some

NOVELAI_MAIN = ["a tram in fog, {{rain}}", "people", 832, 1216, 28, 5.5, 1702945580]


def novelai(comment: files.Json, source: str = "NovelAI Diffusion V4.5 4BDE2A90") -> dict[str, str]:
    return {
        "Title": "NovelAI generated image",
        "Description": "a tram in fog, {{rain}}",
        "Software": "NovelAI",
        "Source": source,
        "Comment": json.dumps(comment),
    }


@chunks
def test_novelai_in_png(chunk: Callable[[str, str], bytes]) -> None:
    found = read(png(novelai(notes.NOVELAI), chunk))
    assert (found.source, found.model) == ("novelai", "NovelAI Diffusion V4.5")
    assert some(found, *MAIN) == NOVELAI_MAIN
    assert some(found, "sampler", "signed_hash") == ["k_euler_ancestral", None]


def test_novelai_4_says_what_is_where_in_the_picture() -> None:
    found = read(png(novelai(notes.NOVELAI_V4)))
    assert some(found, "prompt", "negative_prompt") == ["two boats", "fog"]
    assert found.values["character_prompts"] == ["a red one"]


def test_novelai_of_its_first_version_keeps_the_prompt_beside_the_comment() -> None:
    comment = {"steps": 50, "scale": 11.0, "seed": 3, "uc": "text"}
    found = read(png(novelai(comment, "Stable Diffusion 1D44365E")))
    assert (found.model, found.values["prompt"]) == ("Stable Diffusion", "a tram in fog, {{rain}}")


@containers
@comments
def test_novelai_in_the_exif_comment(kind: str, comment: Callable[[str], bytes]) -> None:
    outer = {**novelai(notes.NOVELAI), "Generation time": "3.1"}
    found = read(commented(kind, comment(json.dumps(outer))))
    assert (found.source, found.model) == ("novelai", "NovelAI Diffusion V4.5")
    assert some(found, *MAIN) == NOVELAI_MAIN


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("size", [(200, 130), (400, 64), (160, 121), (64, 400)])
def test_texts_hidden_in_the_alpha_channel_are_read(packed: bool, size: tuple[int, int]) -> None:
    found = read(files.stealth(json.dumps(novelai(notes.NOVELAI)), packed=packed, size=size))
    assert (found.source, some(found, *MAIN)) == ("novelai", NOVELAI_MAIN)
    assert read(files.stealth(files.A1111, packed=packed, size=size)).source == "a1111"


def test_blanks_in_the_models_name_are_looked_through_once() -> None:
    source = "NovelAI" + " " * 500_000 + "Diffusion" + " 4BDE2A90"
    start = time.process_time()
    found = read(png(novelai(notes.NOVELAI, source)))
    assert found.model.startswith("NovelAI ") and found.model.endswith("Diffusion")
    assert time.process_time() - start < 2


def in_colours(text: str, size: tuple[int, int], mode: str) -> bytes:
    """A PNG that hides `text` in red, green and blue in turn, down the columns."""
    body = gzip.compress(text.encode())
    whole = b"stealth_rgbcomp" + (8 * len(body)).to_bytes(4, "big") + body
    bits = [int(bit) for byte in whole for bit in f"{byte:08b}"]
    picture = Image.effect_mandelbrot(size, (-3, -2.5, 2, 2.5), 60).convert(mode)
    width, height = size
    pixels = bytearray(picture.tobytes())
    samples = len(mode)
    for at, bit in enumerate(bits):
        pixel, colour = divmod(at, 3)
        one = samples * (pixel % height * width + pixel // height) + colour
        pixels[one] = pixels[one] & 254 | bit
    out = io.BytesIO()
    Image.frombytes(mode, size, bytes(pixels)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("size", [(200, 130), (400, 33), (64, 400)])
def test_texts_hidden_in_the_colours_are_read(mode: str, size: tuple[int, int]) -> None:
    found = read(in_colours(json.dumps(files.SWARMUI), size, mode))
    assert (found.source, found.values["seed"]) == ("swarmui", 1802250214)
    assert read(in_colours(files.A1111, size, mode)).source == "a1111"
    plain = Image.effect_mandelbrot(size, (-3, -2.5, 2, 2.5), 60).convert(mode)
    out = io.BytesIO()
    plain.save(out, "PNG")
    assert foreign.read(out.getvalue()) is None


@pytest.mark.parametrize("text", ["a" * 3_000, "{", '{"Comment": "{"}', '{"a": []}', "[]"])
def test_hidden_texts_that_are_nothing_raise_nothing(
    text: str, caplog: pytest.LogCaptureFixture
) -> None:
    foreign.read(files.stealth(text))
    data = files.stealth(files.A1111)
    for cut in range(0, len(data), 97):
        foreign.read(data[:cut] + data[cut + 40 :])
    assert not caplog.records


def test_what_stands_in_the_open_goes_before_what_is_hidden() -> None:
    hidden = files.stealth(files.A1111)
    open_text = files.chunk_itxt("parameters", notes.SDCPP)
    assert read(hidden[:33] + open_text + hidden[33:]).source == "sdcpp"
