"""Other programs read what is written into an image."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sd_parsers
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from backend.images import metadata, pictures
from backend.images.infotext import infotext
from backend.types import GenerationRequest
from tests.unit.image_files import FILES, LABEL, each, exotic, put, record, three
from tests.unit.provider_answers import told


def a1111_reads(text: str) -> tuple[str, str, dict[str, str]]:
    """Split an infotext by the rules of the program that invented it."""
    *lines, last = text.strip().split("\n")
    pairs = re.findall(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)', last)
    assert len(pairs) >= 3
    parts: tuple[list[str], list[str]] = ([], [])
    negative = False
    for line in map(str.strip, lines):
        if line.startswith("Negative prompt:"):
            negative, line = True, line[16:].strip()
        parts[negative].append(line)
    values = {k: json.loads(v) if v.startswith('"') else v for k, v in pairs}
    return "\n".join(parts[0]), "\n".join(parts[1]), values


# Other programs


OPEN: list[Image.Image] = []


def fields(data: bytes) -> tuple[str, str, str | None, dict[str, object], dict[str, object]]:
    # sd-parsers remembers the last comment by id(image), and ids are used again: it gave one
    # image the text of another until each image was made to stay.
    OPEN.append(Image.open(io.BytesIO(data)))
    found = sd_parsers.ParserManager().parse(OPEN[-1])
    assert found is not None
    (sampler,) = found.samplers
    model = sampler.model.name if sampler.model else None
    return (
        found.full_prompt,
        found.full_negative_prompt,
        model,
        sampler.parameters,
        found.metadata,
    )


@each
def test_sd_parsers_reads_all_that_was_asked_for(make: Callable[[], bytes], tmp_path: Path) -> None:
    path = tmp_path / "image"
    path.write_bytes(put(make()))
    prompt, negative, model, parameters, rest = fields(path.read_bytes())
    assert (prompt, negative, model) == ("a flying cat", "blurry", LABEL)
    assert parameters == {"cfg_scale": "3.5", "seed": "42", "steps": "4"}
    assert (rest["Size"], rest["Version"]) == ("96x64", "sentry-block-playground 0.1.0")


@three
@exotic
def test_other_readers_see_exotic_prompts_whole(make: Callable[[], bytes], prompt: str) -> None:
    data = put(make(), record(prompt, negative=prompt))
    got, negative, _model, parameters, _rest = fields(data)
    assert got == negative == prompt.strip()
    assert parameters["seed"] == "42"
    text = infotext(record(prompt, prompt), model_label=LABEL, app_version="0.1.0")
    _prompt, _negative, values = a1111_reads(text)
    assert values["Steps"] == "4"


def test_the_infotext_is_what_the_field_writes() -> None:
    assert infotext(record(), model_label=LABEL, app_version="0.1.0") == (
        "a flying cat\n"
        "Negative prompt: blurry\n"
        "Steps: 4, Sampler: Unknown, CFG scale: 3.5, Seed: 42, Size: 96x64, "
        "Model: FLUX.1 schnell, Version: sentry-block-playground 0.1.0"
    )


def test_negative_prompt_within_a_line_of_the_prompt_stays_in_it() -> None:
    """sd-parsers splits at the words wherever they stand; A1111, who made the rule, does not."""
    text = infotext(
        record('a sign "Negative prompt: no"', "blurry"), model_label=LABEL, app_version="1"
    )
    assert a1111_reads(text)[:2] == ('a sign "Negative prompt: no"', "blurry")
    found = metadata.read(put(FILES["jpeg"](), record('a sign "Negative prompt: no"', "blurry")))
    assert found is not None
    assert found.record.request.prompt == 'a sign "Negative prompt: no"'


@pytest.mark.parametrize("label", ["SDXL, 1.0", "a: b", "two\nlines", 'a "b", ☃'])
def test_values_with_marks_of_the_format_are_quoted(label: str) -> None:
    text = infotext(record(), model_label=label, app_version="1")
    assert len(text.split("\n")) == 3
    assert a1111_reads(text)[2]["Model"] == label
    assert f"Model: {json.dumps(label, ensure_ascii=False)}, " in text


def test_what_a_model_lacks_is_left_out() -> None:
    bare = replace(record(), request=GenerationRequest("m", "p", {"guidance_scale": 9.0}))
    text = infotext(bare, model_label="Seedream 3.0", app_version="1")
    assert text == (
        "p\nSteps: 0, Sampler: Unknown, CFG scale: 9, Size: 1x1, Model: Seedream 3.0, "
        "Version: sentry-block-playground 1"
    )


@three
@pytest.mark.parametrize(
    "values", [{}, {"guidance_scale": 2.5}, {"num_steps": 30}, {"style": "ink, wash"}]
)
def test_models_that_take_little_are_still_read(
    make: Callable[[], bytes], values: dict[str, str | float]
) -> None:
    about = replace(record(), request=GenerationRequest("m", "a cat", values))
    prompt, negative, model, parameters, _rest = fields(put(make(), about))
    assert (prompt, negative, model) == ("a cat", "", LABEL)
    assert "seed" not in parameters
    text = infotext(about, model_label=LABEL, app_version="1")
    assert text.split("\n")[-1].startswith("Steps: ")
    assert ("Style" in a1111_reads(text)[2]) == ("style" in values)


@three
@pytest.mark.parametrize("prompt", ["nul\0nul", "lone \ud83d surrogate", "\udc00☃\ud800"])
def test_text_that_should_never_come_this_far_does_no_harm(
    make: Callable[[], bytes], prompt: str
) -> None:
    data = put(make(), record(prompt, prompt))
    pictures.verify(data)
    assert metadata.read(data) is None  # refused: no database would take it
    assert fields(data)[3]["seed"] == "42"
    assert "\0" not in infotext(record(prompt), model_label=LABEL, app_version="1")


def test_an_endless_inference_time_is_noted_as_unknown() -> None:
    found = metadata.read(put(FILES["png rgb"](), replace(record(), seconds=float("nan"))))
    assert found is not None
    assert found.record.seconds is None


# What another program wrote before us


WEB_UI = (
    "a cat\nNegative prompt: people\nSteps: 20, Sampler: DPM++ 2M, Schedule type: Karras, "
    'CFG scale: 7, Seed: 1, Size: 512x512, Model hash: 879db523c3, Lora hashes: "fox: aa, b: c", '
    "Clip skip: 2, Model: dreamshaper_8, Version: v1.10.1"
)


def after(text: str, **values: Any) -> dict[str, str]:
    """Return what our infotext says, as A1111 reads it, of a PNG that had `text` in it."""
    info = PngInfo()
    info.add_text("parameters", text)
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG", pnginfo=info)
    request = GenerationRequest("m", "a cat", {"width": 64, "height": 64, **values}, seed=5)
    data = metadata.embed(
        file.getvalue(), replace(record(), request=request), model_label="M", app_version="1"
    )
    with Image.open(io.BytesIO(data)) as image:
        return a1111_reads(image.info["parameters"])[2]


def test_what_it_knew_and_we_do_not_is_kept() -> None:
    assert after(WEB_UI) == {
        "Steps": "20",
        "Sampler": "DPM++ 2M",
        "Schedule type": "Karras",
        "CFG scale": "7",
        "Seed": "5",
        "Size": "64x64",
        "Model": "M",
        "Model hash": "879db523c3",
        "Lora hashes": "fox: aa, b: c",
        "Clip skip": "2",
        "Version": "sentry-block-playground 1",
    }


def test_what_we_know_is_ours() -> None:
    said = after(WEB_UI, num_steps=8, sampler="euler", scheduler="simple", guidance_scale=1.5)
    assert [said[name] for name in ("Steps", "Sampler", "Schedule type", "CFG scale")] == [
        "8",
        "euler",
        "simple",
        "1.5",
    ]


def test_sd_server_s_own_text_gives_what_can_be_told_apart() -> None:
    encoded = told("sdapi_txt2img")["images"][0]
    with Image.open(io.BytesIO(base64.b64decode(encoded))) as image:
        said = after(image.info["parameters"])
    assert (said["Steps"], said["RNG"], said["Guidance"]) == ("1", "cuda", "3.500000")
    assert said["Seed"] == "5" and "SDCPP" not in said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a cat",
        "Steps: 5, Sampler: x",
        "a\nSteps: 5, Sampler: x, Seed: 3, Odd: y, Version: sentry-block-playground 0.1",
        "x" * 100_000,
        "\n" * 1000,
        'Steps: "' * 2000,
    ],
)
def test_a_text_of_another_kind_adds_nothing(text: str) -> None:
    assert after(text) == after("")


def test_what_it_wrote_cannot_end_a_line_or_grow_for_ever() -> None:
    many = "a\n" + ", ".join(f"Name {n}: {'v' * 150}" for n in range(500))
    assert len(after(many)) < 60 and len(str(after(many))) < 10_000
