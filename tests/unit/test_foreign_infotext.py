"""Infotexts as their inventor does not write them: line breaks, few pairs, one line, braces."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from backend.recipes import foreign
from backend.recipes.foreign.a1111 import as_written
from tests.unit import foreign_files as files
from tests.unit.foreign_files import commented, png
from tests.unit.foreign_reading import containers, read, some

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


@pytest.mark.parametrize("negative", ["", "people"])
def test_a_template_above_the_pairs_is_no_negative_prompt(negative: str) -> None:
    # As SD.Next writes it, which has a line for the negative prompt even where it is empty.
    texts = f"a tram\nNegative prompt: {negative}\nTemplate: a {{tram|bus}}\nNegative template: x"
    found = read(png({"parameters": f"{texts}\n{PAIRS}, App: SD.Next"}))
    assert some(found, "prompt", "negative_prompt") == ["a tram", negative or None]
    assert found.values["Template"] == "a {tram|bus}\nNegative template: x"


def test_no_steps_are_those_of_a_service_that_takes_none() -> None:
    told = "Steps: 0, Sampler: GPT-Image-2, CFG scale: 0, Seed: 7, Size: 1536x1024"
    found = read(png({"parameters": f"a tram\n{told}"}))
    assert some(found, *NUMBERS) == [None, None, 7, 1536, 1024]
    turbo = read(png({"parameters": "a tram\nSteps: 1, CFG scale: 0, Seed: 7"}))
    assert some(turbo, *NUMBERS) == [1, 0, 7, None, None]


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
    "small letters": (f"a tram in fog. negative prompt: people, text. {PAIRS}", ".", "."),
    "another order": (
        "a tram in fog. Negative prompt: people, text. Sampler: Euler, Seed: 31337, Steps: 24, "
        "CFG scale: 6.5, Size: 640x832, Model: harbour",
        ".",
        ".",
    ),
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


@pytest.mark.parametrize("label", ["Parameters                      : ", "Parameters: "])
def test_a_text_as_exiftool_prints_it(label: str) -> None:
    printed = f"{label}a tram, 3.5 m wide.Negative prompt: people.Steps: 24, Seed: 31337, CFG: 6"
    for data in (png({"parameters": printed}), commented("JPEG", files.utf16_be(printed))):
        found = read(data)
        wanted = ["a tram, 3.5 m wide", "people", 24, 31337]
        assert some(found, "prompt", "negative_prompt", "num_steps", "seed") == wanted
    whole = read(png({"parameters": f"{label}a.Steps: 5\nSteps: 24, Seed: 31337, CFG: 6"}))
    assert some(whole, "prompt", "num_steps") == ["a.Steps: 5", 24]


def test_what_exiftool_printed_is_told_as_written_without_its_label() -> None:
    printed = f"Parameters                      : a quay at dusk.Negative prompt: fog.{PAIRS}"
    told = as_written(printed)
    assert (told["Prompt"], told["Negative prompt"]) == ("a quay at dusk", "fog")
    assert told == as_written(f"a quay at dusk\nNegative prompt: fog\n{PAIRS}")


def test_a_value_in_brackets_goes_to_where_they_close() -> None:
    pairs = "Steps: 4, Layers: [7, {8}, ], Seed: 3, Size: 64x64, X: [9"
    found = read(png({"parameters": f"a\n{pairs}"}))
    assert some(found, "Layers", "seed", "X") == ["[7, {8}, ]", 3, "[9"]


@pytest.mark.parametrize(
    "swap",
    [("CFG scale", "CFG Scale"), ("CFG scale", "Cfg scale"), ("Seed", "seed"), ("Model:", "model:"),
     ("Size", "size"), ("Sampler", "sampler")],
)  # fmt: skip
def test_names_in_any_capitals(swap: tuple[str, str]) -> None:
    found = read(png({"parameters": f"a\n{PAIRS.replace(*swap)}"}))
    assert (some(found, *NUMBERS), found.model) == (SAID, "harbour")


@pytest.mark.parametrize(
    "settings",
    [
        PAIRS.replace("Size: 640x832", "Width: 640, Height: 832"),
        PAIRS.replace("640x832", "640 x 832"),
        PAIRS.replace("CFG scale", "CFG"),
        PAIRS.replace("CFG scale", "Guidance Scale"),
        "Sampler: Euler, Steps: 24, CFG scale: 6.5, Seed: 31337, Size: 640x832, Model: harbour",
        f"{PAIRS},",
        f"  {PAIRS}  ",
    ],
)
def test_settings_in_other_words_and_orders(settings: str) -> None:
    found = read(png({"parameters": f"a\n{settings}"}))
    assert (found.values["prompt"], found.model) == ("a", "harbour")
    assert some(found, *NUMBERS) == SAID


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


@containers
@pytest.mark.parametrize("prompt", ["a tram in fog", "\u8a69, a tram"])
def test_a_comment_that_was_read_in_the_wrong_order_and_saved_is_turned(
    kind: str, prompt: str
) -> None:
    text = f"{prompt}\nNegative prompt: people\n{PAIRS}"
    wrong = text.encode("utf-16-be").decode("utf-16-le")
    found = read(commented(kind, bytes(8) + wrong.encode()))
    assert some(found, "prompt", "negative_prompt", "seed") == [prompt, "people", 31337]
    # Letters that are so by themselves, without any settings in them.
    assert foreign.read(commented(kind, bytes(8) + ("\u4e00" * 80).encode())) is None
