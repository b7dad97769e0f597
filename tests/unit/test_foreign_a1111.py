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
from tests.unit.foreign_reading import A1111_READ, chunks, comments, containers, read, some

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


# Prompts that look like something else

BRACES = (
    "{{golden hour}}, a cliff",
    "{red|green} boat",
    '{"subject": "a tram", "mood": "quiet"}',
    '{"prompt": {"a": 1}}',
    "[1, 2]",
    "{",
    '"quoted"',
)
PAIRS = "Steps: 24, Sampler: Euler, CFG scale: 6.5, Seed: 31337, Size: 640x832, Model: harbour"
SAID = [24, 6.5, 31337, 640, 832]
NUMBERS = ("num_steps", "guidance_scale", "seed", "width", "height")


@pytest.mark.parametrize("prompt", BRACES)
def test_a_prompt_may_begin_with_a_brace_or_be_json(prompt: str) -> None:
    text = f"{prompt}\nNegative prompt: {prompt}\n{PAIRS}"
    for data in (png({"parameters": text}), commented("JPEG", files.utf16_be(text))):
        found = read(data)
        assert some(found, "prompt", "negative_prompt") == [prompt, prompt]
        assert (some(found, *NUMBERS), found.model) == (SAID, "harbour")


def test_a_prompt_in_braces_without_settings_is_a_prompt_and_cut_json_is_none() -> None:
    assert read(png({"parameters": "{{golden hour}}"})).values == {"prompt": "{{golden hour}}"}
    assert foreign.read(png({"parameters": '{"sui_image_params": {"prompt": "a'})) is None
    assert foreign.read(commented("JPEG", files.utf8_as_ascii("{{golden hour}}"))) is None


# Line breaks

BROKEN = {
    "a value with lines": (
        "Steps: 24, Sampler: Euler, Seed: 31337, CFG scale: 6.5, Comment: a first line,\n"
        "a second line\n, Size: 640x832, Model: harbour, Clip skip: 2"
    ),
    "a pair a line": (
        "Steps: 24\nSampler: Euler\nCFG scale: 6.5\nSeed: 31337\nSize: 640x832\nModel: harbour"
    ),
    "a comma at each end": (
        "Steps: 24, Sampler: Euler,\nCFG scale: 6.5, Seed: 31337,\nSize: 640x832, Model: harbour"
    ),
    "windows lines": (
        "Steps: 24, Comment: one\r\ntwo\r\n, CFG scale: 6.5, Seed: 31337, "
        "Size: 640x832, Model: harbour"
    ),
    "within quotes": (
        'Steps: 24, Hires prompt: "a,\nb: c\n", CFG scale: 6.5, Seed: 31337, '
        "Size: 640x832, Model: harbour"
    ),
    "blank lines": "Steps: 24, CFG scale: 6.5,\n\nSeed: 31337, Size: 640x832, Model: harbour",
}


@pytest.mark.parametrize("settings", BROKEN.values(), ids=BROKEN.keys())
def test_settings_may_hold_line_breaks(settings: str) -> None:
    found = read(png({"parameters": f"a tram\nin fog\nNegative prompt: people\n{settings}"}))
    assert some(found, "prompt", "negative_prompt") == ["a tram\nin fog", "people"]
    assert (some(found, *NUMBERS), found.model) == (SAID, "harbour")
    assert "Template" not in found.values


def test_a_template_below_is_still_a_template() -> None:
    text = f"a\n{PAIRS}\nTemplate: a {{x|y}}, Seed: 3\nNegative Template: b"
    found = read(png({"parameters": text}))
    assert found.values["seed"] == 31337
    assert found.values["Template"] == "a {x|y}, Seed: 3\nNegative Template: b"


# Few pairs


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("Steps: 24, Seed: 31337", {"num_steps": 24, "seed": 31337}),
        ("Steps: 24", {"num_steps": 24}),
        ("Seed: 31337, Size: 640x832", {"seed": 31337, "width": 640, "height": 832}),
        ("CFG scale: 6.5", {"guidance_scale": 6.5}),
        ("Steps: 24, Model: harbour", {"num_steps": 24}),
        ("Steps: 24,", {"num_steps": 24}),
    ],
)
def test_one_or_two_pairs_are_enough(line: str, wanted: dict[str, object]) -> None:
    found = read(png({"parameters": f"a tram\nNegative prompt: people\n{line}"}))
    assert found.values == {"prompt": "a tram", "negative_prompt": "people", **wanted}


@pytest.mark.parametrize(
    "line",
    [
        "Model: Kate",
        "mood: calm, light: low",
        "Steps: two, and a dance",
        "Seed: of doubt",
        "Size: big",
        "a Size: 640x832",
        "Sampler: old, Seed: 3, then more",
    ],
)
def test_a_prompts_own_colons_are_no_settings(line: str) -> None:
    assert read(png({"parameters": f"a tram\n{line}"})).values == {"prompt": f"a tram\n{line}"}


# All in one line

ONE_LINE = {
    "with points": (f"a tram in fog. Negative prompt: people, text. {PAIRS}", ".", "."),
    "with commas": (f"a tram in fog, Negative prompt: people, text, {PAIRS}", "", ""),
    "with blanks": (f"a tram in fog Negative prompt: people, text {PAIRS}", "", ""),
    "negative prompt apart": (f"a tram in fog\nNegative prompt: people, text. {PAIRS}", "", "."),
}


@pytest.mark.parametrize(("text", "one", "other"), ONE_LINE.values(), ids=ONE_LINE.keys())
def test_prompt_and_settings_may_share_a_line(text: str, one: str, other: str) -> None:
    found = read(png({"parameters": text}))
    told = some(found, "prompt", "negative_prompt")
    assert told == [f"a tram in fog{one}", f"people, text{other}"]
    assert (some(found, *NUMBERS), found.model) == (SAID, "harbour")


def test_one_line_without_a_negative_prompt() -> None:
    found = read(png({"parameters": f"a tram in fog. {PAIRS}"}))
    assert some(found, "prompt", "negative_prompt") == ["a tram in fog.", None]
    assert some(found, *NUMBERS) == SAID


def test_the_words_within_a_prompt_split_nothing_where_the_settings_have_a_line() -> None:
    """Their inventor reads them at the beginning of a line alone, and made the picture so."""
    text = f"a sign: Negative prompt: no. Steps: up\n{PAIRS}"
    prompt = "a sign: Negative prompt: no. Steps: up"
    assert read(png({"parameters": text})).values["prompt"] == prompt


@pytest.mark.parametrize(
    "swap",
    [("CFG scale", "CFG Scale"), ("CFG scale", "Cfg scale"), ("Seed", "seed"), ("Model:", "model:"),
     ("Size", "size"), ("Sampler", "sampler")],
)  # fmt: skip
def test_names_in_any_capitals(swap: tuple[str, str]) -> None:
    found = read(png({"parameters": f"a\n{PAIRS.replace(*swap)}"}))
    assert (some(found, *NUMBERS), found.model) == (SAID, "harbour")


CHECKPOINT = '{"type":"checkpoint","modelVersionId":1,"modelName":"Harbour, XL","versionName":"v2"}'
LORA = '{"type":"lora","weight":0.8,"modelName":"Rain"}'


@pytest.mark.parametrize(
    ("resources", "model"),
    [
        (f"[{LORA},{CHECKPOINT}]", "Harbour, XL"),
        (f"[{CHECKPOINT}]", "Harbour, XL"),
        (f"[{CHECKPOINT},{CHECKPOINT}]", ""),
        (f"[{LORA}]", ""),
        ('[{"type":"checkpoint","modelName":5}]', ""),
        ("[1, null, {}]", ""),
        ("{}", ""),
        ("[[[[", ""),
    ],
)
def test_civitais_only_checkpoint_is_the_model(resources: str, model: str) -> None:
    text = f"a\nSteps: 24, Seed: 3, Size: 64x64, Civitai resources: {resources}"
    assert read(png({"parameters": text})).model == model
    named = read(png({"parameters": f"{text}, Model: other"}))
    assert named.model == "other" or "[[[[" in resources


SCRIPTS = {
    "emoji": "😀" * 3_000,
    "signs": "猫" * 3_000,
    "signs whose low byte is zero": "最" * 3_000 + "猫",
    "wide blanks": "\u3000。" * 3_000 + "猫",
    "latin": "a\u0100" * 900,
}


@containers
@pytest.mark.parametrize("encoding", [files.utf16_be, files.utf16_le])
@pytest.mark.parametrize("prompt", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_the_order_of_bytes_is_told_whatever_the_script(
    kind: str, encoding: Callable[[str], bytes], prompt: str
) -> None:
    found = read(commented(kind, encoding(f"{prompt}\n{PAIRS}")))
    assert found.values["prompt"] == prompt.strip()
