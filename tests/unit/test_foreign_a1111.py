"""What AUTOMATIC1111 and this program write into an image is read back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from PIL import Image

from backend.images import metadata
from backend.recipes import foreign
from backend.recipes.recipe import Brought
from backend.types import GenerationRequest, ImageRecord
from tests.unit import foreign_files as files
from tests.unit.foreign_files import (
    A1111,
    COMMENTS,
    commented,
    png,
)
from tests.unit.foreign_reading import A1111_READ, chunks, comments, containers, read

# Ours


def test_our_own_image_is_read_by_its_exact_request_not_by_its_infotext() -> None:
    request = GenerationRequest("m/x", "a, b: c\nSteps: 9", {"width": 640, "style": None}, 7)
    about = ImageRecord(
        id="ab" * 16,
        run_id="cd" * 16,
        request=request,
        created=datetime(2026, 1, 1, tzinfo=UTC),
        seconds=1.0,
        price_usd=None,
        format="png",
        width_px=40,
        height_px=24,
        sha256="",
    )
    for kind in ("PNG", "JPEG", "WEBP"):
        data = metadata.embed(files.saved(kind), about, model_label="X", app_version="1")
        values = {"prompt": "a, b: c\nSteps: 9", "width": 640, "seed": 7}
        assert read(data) == Brought("own", "m/x", values)


@chunks
def test_infotext_in_every_kind_of_png_text(chunk: Callable[[str, str], bytes]) -> None:
    assert read(png({"parameters": A1111}, chunk)) == A1111_READ


@containers
@comments
def test_infotext_in_every_spelling_of_the_comment(
    kind: str, comment: Callable[[str], bytes]
) -> None:
    assert read(commented(kind, comment(A1111))) == A1111_READ


@containers
@pytest.mark.parametrize("comment", COMMENTS)
def test_emoji_and_other_scripts_survive_every_encoding(
    kind: str, comment: Callable[[str], bytes]
) -> None:
    text = "猫 🐈‍⬛ قطة café\nSteps: 4, Seed: 1, Size: 64x64"
    assert read(commented(kind, comment(text))).values["prompt"] == "猫 🐈‍⬛ قطة café"


def test_emoji_in_png_texts_that_can_hold_them() -> None:
    text = "猫 🐈‍⬛ café\nSteps: 4, Seed: 1, Size: 64x64"
    for chunk in (files.chunk_itxt, files.chunk_packed, files.chunk_raw):
        assert read(png({"parameters": text}, chunk)).values["prompt"] == "猫 🐈‍⬛ café"
    latin = "caf\u00e9\nSteps: 4, Seed: 1, Size: 64x64"
    for chunk in (files.chunk_text, files.chunk_ztxt):
        assert read(png({"parameters": latin}, chunk)).values["prompt"] == "café"


def test_exif_within_a_png_is_read_too() -> None:
    exif = Image.Exif()
    exif[0x0131] = "a converter"
    exif.get_ifd(0x8769)[0x9286] = files.utf16_be(A1111)
    assert read(files.saved("PNG", exif=exif)) == A1111_READ


INFOTEXTS: dict[str, tuple[str, dict[str, object]]] = {
    "no sampler": ("a\nSteps: 4, Seed: 1, Size: 64x64", {"prompt": "a", "num_steps": 4}),
    "no negative prompt": ("a\nb\nSteps: 4, Seed: 1, Size: 64x64", {"prompt": "a\nb"}),
    "negative prompt only": (
        "Negative prompt: ugly\nSteps: 4, Seed: 1, Size: 64x64",
        {"prompt": None, "negative_prompt": "ugly"},
    ),
    "long negative prompt": (
        "a\nNegative prompt: b\nc, d\nSteps: 4, Seed: 1, Size: 64x64",
        {"prompt": "a", "negative_prompt": "b\nc, d"},
    ),
    "pairs only": ("Steps: 4, Seed: 1, Size: 64x64", {"prompt": None, "seed": 1}),
    "prompt only": ("a cat, sitting", {"prompt": "a cat, sitting", "seed": None}),
    "a prompt like pairs": (
        "mood: calm, light: low, style: oil",
        {"prompt": "mood: calm, light: low, style: oil"},
    ),
    "words within a line": (
        'a sign "Negative prompt: no"\nNegative prompt: b\nSteps: 4, Seed: 1, Size: 64x64',
        {"prompt": 'a sign "Negative prompt: no"', "negative_prompt": "b"},
    ),
    "pairs within the prompt": (
        "a\nSteps: 9, Seed: 9, Size: 9x9\nSteps: 4, Seed: 1, Size: 64x64",
        {"prompt": "a\nSteps: 9, Seed: 9, Size: 9x9", "num_steps": 4},
    ),
    "windows lines": ("a\r\nSteps: 4, Seed: 1, Size: 64x64\r\n", {"prompt": "a", "height": 64}),
    "forge flux": (
        "a\nSteps: 20, Sampler: Euler, Schedule type: Simple, CFG scale: 1, "
        "Distilled CFG Scale: 3.5, Seed: 1, Size: 64x64, Model: flux1-dev-bnb-nf4-v2",
        {"guidance_scale": 3.5, "CFG scale": "1", "Schedule type": "Simple"},
    ),
    "hires": (
        'a\nSteps: 4, Seed: 1, Size: 64x64, Hires prompt: "b, c: \\"d\\"\\ne", Hires upscale: 2',
        {"Hires prompt": 'b, c: "d"\ne', "Hires upscale": "2", "width": 64},
    ),
    "civitai": (
        "a\nSteps: 30, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 832x1216, "
        "Created Date: 2024-05-05T10:22:33.4455Z, Civitai resources: "
        '[{"type":"checkpoint","modelVersionId":128713,"modelName":"A, B: C"}], '
        'Civitai metadata: {}, Hashes: {"model": "ab", "vae": "cd"}, Version: v1',
        {
            "Civitai resources": '[{"type":"checkpoint","modelVersionId":128713,'
            '"modelName":"A, B: C"}]',
            "Hashes": '{"model": "ab", "vae": "cd"}',
            "Created Date": "2024-05-05T10:22:33.4455Z",
            "Version": "v1",
        },
    ),
    "template below": (
        "a red cat\nSteps: 4, Seed: 1, Size: 64x64\nTemplate: a {red|blue} cat\nmore",
        {"prompt": "a red cat", "Template": "a {red|blue} cat\nmore", "seed": 1},
    ),
    "ours": (
        "a\nSteps: 4, Sampler: Unknown, Seed: 1, Size: 64x64, Model: SDXL 1.0",
        {"Sampler": None},
    ),
    "not numbers": (
        "a\nSteps: many, Seed: -1, CFG scale: NaN, Size: big, Sampler: x",
        {"num_steps": "many", "seed": -1, "guidance_scale": "NaN", "width": None, "Size": "big"},
    ),
    "unclosed quote": ('a\nSteps: 4, Seed: 1, Size: 64x64, X: "y, Z: z', {"X": '"y', "Z": "z"}),
    "unclosed list": ("a\nSteps: 4, Seed: 1, Size: 64x64, X: [1, Z: z", {"X": "[1", "Z": "z"}),
}


@pytest.mark.parametrize(("text", "wanted"), INFOTEXTS.values(), ids=INFOTEXTS.keys())
def test_infotexts_of_every_kind(text: str, wanted: dict[str, object]) -> None:
    found = read(png({"parameters": text}))
    assert {name: found.values.get(name) for name in wanted} == wanted
    assert found.source == "a1111"


@containers
@pytest.mark.parametrize("text", ["Nice photo of a cat", "Created with GIMP", "", "{broken", "42"])
def test_any_cameras_comment_is_no_prompt(kind: str, text: str) -> None:
    assert foreign.read(commented(kind, files.utf8_as_ascii(text))) is None
