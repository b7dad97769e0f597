"""Damaged and hostile files of other programs raise nothing and cost little."""

from __future__ import annotations

import gc
import json
import random
import struct
import time
import tracemalloc
import zlib
from collections.abc import Callable
from functools import cache

import pytest

from backend.recipes import foreign
from backend.recipes.foreign.a1111 import from_infotext
from backend.recipes.foreign.texts import MAX_TEXT_BYTES
from backend.recipes.recipe import Brought
from tests.unit import foreign_files as files
from tests.unit import foreign_notes as notes
from tests.unit.foreign_files import (
    A1111,
    COMFY,
    COMFY_FLUX,
    DREAM,
    FOOOCUS,
    FOOOCUS_TEXT,
    INVOKEAI,
    SD_METADATA,
    SWARMUI,
    WORKFLOW,
    commented,
    png,
    png_chunk,
    png_with,
    tagged,
)
from tests.unit.foreign_reading import A1111_READ, CONTAINERS, comfy, read

# Damage and malice


def every_file() -> dict[str, bytes]:
    found = {
        "a1111 png": png({"parameters": A1111}),
        "a1111 packed": png({"parameters": A1111}, files.chunk_packed),
        "comfyui png": png({"prompt": json.dumps(COMFY_FLUX), "workflow": json.dumps(WORKFLOW)}),
        "comfyui webp": tagged("WEBP", {0x0110: f"prompt:{json.dumps(COMFY)}"}),
        "workflow": png({"workflow": json.dumps(WORKFLOW)}, files.chunk_ztxt),
        "swarmui jpeg": commented("JPEG", files.utf16_le(json.dumps(SWARMUI))),
        "fooocus jpeg": tagged("JPEG", {0x9286: json.dumps(FOOOCUS), 0x927C: "fooocus"}),
        "fooocus png": png({"parameters": json.dumps(FOOOCUS), "fooocus_scheme": "fooocus"}),
        "invokeai png": png({"invokeai_metadata": json.dumps(INVOKEAI)}),
        "invokeai 2": png({"sd-metadata": json.dumps(SD_METADATA), "Dream": DREAM}),
        "dream": png({"Dream": DREAM}),
        "a1111 webp": commented("WEBP", files.utf16_be(A1111)),
        "a1111 hidden": files.stealth(A1111, size=(60, 64)),
        "novelai png": png({"Software": "NovelAI", "Comment": json.dumps(notes.NOVELAI_V4)}),
        "sdcpp jpeg": files.jpeg_with(b"\xfe", b"parameters\0" + notes.SDCPP.encode()),
        "midjourney": png({"Description": notes.MIDJOURNEY}),
    }
    return found


FILES = every_file()
each = pytest.mark.parametrize("name", FILES)


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """The log, where a failure that was caught would show."""
    return caplog


def swift(data: bytes, limit_s: float = 1.0) -> Brought | None:
    gc.disable()  # what it takes to look through all that other tests left is not the reader's
    try:
        start = time.process_time()
        found = foreign.read(data)
        assert time.process_time() - start < limit_s
    finally:
        gc.enable()
    return found


@each
def test_files_cut_anywhere_are_read_as_far_as_they_go(
    name: str, quiet: pytest.LogCaptureFixture
) -> None:
    data = FILES[name]
    whole = foreign.read(data)
    for cut in range(0, len(data), max(1, len(data) // 250)):
        found = swift(data[:cut])
        assert found is None or found.source == (whole and whole.source)
    assert not quiet.records


@each
def test_flipped_bits_raise_nothing(name: str, quiet: pytest.LogCaptureFixture) -> None:
    data, rng = FILES[name], random.Random(name)
    for _ in range(250):
        bad = bytearray(data)
        for _ in range(rng.randint(1, 6)):
            at = rng.randrange(len(bad))
            bad[at] ^= 1 << rng.randrange(8)
        swift(bytes(bad))
    assert not quiet.records


def test_flipped_letters_within_the_texts_raise_nothing(quiet: pytest.LogCaptureFixture) -> None:
    """PNG's checksums hide its texts from flipped bits, so these are damaged beforehand."""
    rng = random.Random(7)
    texts = {
        "parameters": [A1111, json.dumps(SWARMUI), json.dumps(FOOOCUS), FOOOCUS_TEXT],
        "prompt": [json.dumps(COMFY), json.dumps(COMFY_FLUX)],
        "workflow": [json.dumps(WORKFLOW)],
        "invokeai_metadata": [json.dumps(INVOKEAI)],
        "sd-metadata": [json.dumps(SD_METADATA)],
        "Dream": [DREAM],
    }
    for key, variants in texts.items():
        for text in variants:
            for _ in range(150):
                bad = list(text)
                for _ in range(rng.randint(1, 4)):
                    at = rng.randrange(len(bad))
                    bad[at] = rng.choice('{}[]",:0-9eN\\\n\0é😀 ')
                swift(png({key: "".join(bad)}))
    assert not quiet.records


JUNK = [
    None,
    True,
    -1,
    1e999,
    "x",
    [],
    {},
    [[]],
    ["3", 0],
    ["3"],
    [None, 0],
    {"a": 1},
    "NaN",
    2**80,
]


def mutated(value: object, rng: random.Random) -> object:
    """Return a copy with some values of another kind."""
    if rng.random() < 0.06:
        return rng.choice(JUNK)
    if isinstance(value, dict):
        return {key: mutated(item, rng) for key, item in value.items()}
    return [mutated(item, rng) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("key", "document"),
    [
        ("prompt", COMFY),
        ("prompt", COMFY_FLUX),
        ("workflow", WORKFLOW),
        ("parameters", SWARMUI),
        ("parameters", FOOOCUS),
        ("parameters", {"prompt": COMFY, "workflow": WORKFLOW}),
        ("invokeai_metadata", INVOKEAI),
        ("sd-metadata", SD_METADATA),
        ("Comment", notes.NOVELAI_V4),
        ("parameters", notes.RUINED),
        ("parameters", notes.EASY),
        ("parameters", notes.DRAW_THINGS),
        ("parameters-json", notes.STABILITY_MATRIX),
        ("Nmkdiffusers", notes.NMKD),
        ("parameters", notes.SPACE),
        ("parameters", notes.MFLUX),
        ("comment", notes.WANGP),
        ("parameters", notes.SWARMUI_BY_SHAPE),
        ("prompt", notes.COMFY_STACKS),
    ],
)
def test_values_of_any_other_kind_raise_nothing(
    key: str, document: files.Json, quiet: pytest.LogCaptureFixture
) -> None:
    rng = random.Random(3)
    for _ in range(400):
        swift(png({key: json.dumps(mutated(document, rng))}))
    assert not quiet.records


def links(count: int, make: Callable[[int], files.Json]) -> str:
    sampler = {"seed": 1, "steps": 4, "positive": ["1", 0], "negative": ["1", 0], "model": ["1", 0]}
    nodes = {"s": {"class_type": "KSampler", "inputs": {**sampler, "latent_image": ["1", 0]}}}
    nodes |= {str(n): {"class_type": "N", "inputs": make(n)} for n in range(1, count)}
    return json.dumps(nodes)


MEGA = "x" * 5_000_000
XMP = "XML:com.adobe.xmp"
JOB = "Job ID: a7421d2f-b262-44f9-977c-ac23e9c7d3e3"


@cache
def hostile() -> dict[str, bytes]:
    bomb = zlib.compress(b" " * 100_000_000, 1)
    broken = zlib.compress(b" " * 7_900_000, 9)[:-8] + b"rubbish!"
    pairs = "Steps: 4, Seed: 1, Size: 64x64"
    huge = {"seed": 1, "steps": 4, "positive": ["t", 0]}
    return {
        "zTXt bomb": png_with(png_chunk(b"zTXt", b"parameters\0\0" + bomb)),
        "iTXt bombs": png_with(*[png_chunk(b"iTXt", b"prompt\0\1\0\0\0" + bomb)] * 20),
        "bombs that break": png_with(
            *[png_chunk(b"zTXt", b"t%d\0\0" % n + broken) for n in range(2_000)]
        ),
        "bombs of one name that break": png_with(
            *[png_chunk(b"iTXt", b"prompt\0\1\0\0\0" + broken)] * 2_000
        ),
        "endless empty blocks": png_with(
            png_chunk(b"zTXt", b"parameters\0\0x\x9c" + b"\0\0\0\xff\xff" * 4_000_000)
        ),
        "texts with wrong checksums": png_with(
            *[png_chunk(b"tEXt", b"a\0" + MEGA.encode())[:-1] + b"x"] * 6
        ),
        "xmp without ends": png({XMP: "<exif:UserComment><![CDATA[" * 30_000}),
        "xmp of names": png({XMP: " dc:description='" * 50_000}),
        "xmp of spaces": png({XMP: "<dc:description>" + " " * 900_000}),
        "midjourney of spaces": png({"Description": " " * 5_000_000 + "Job ID: x"}),
        "midjourney of dashes": png({"Description": "--a " * 1_000_000 + JOB}),
        "mochi of keys": png({"Description": "; Steps: " * 10_000 + "Generator: Mochi Diffusion"}),
        "artroom of braces": png({"Description": "Artroom Settings: {" + "} " * 2_000_000}),
        "comments": files.saved("JPEG")[:2]
        + b"\xff\xfe\0\x05a\0b" * 60_000
        + files.saved("JPEG")[2:],
        "5 MB inline": png({"parameters": "a. Steps: 1, " * 400_000}),
        "settings of lists": png(
            {"parameters": ("Steps: 1, Seed: 1, a: " + "[" * 90_000 + "\n") * 50}
        ),
        "civitai": png({"parameters": "a\nSteps: 1, Seed: 1, Civitai resources: [" + "[" * 90_000}),
        "many captions": png(
            {
                "Software": "NovelAI",
                "Comment": json.dumps(
                    {"v4_prompt": {"caption": {"char_captions": [{"char_caption": "a"}] * 300_000}}}
                ),
            }
        ),
        "stealth of nothing": files.stealth("a" * 2_000)[:-40],
        "broken zlib": png_with(png_chunk(b"zTXt", b"parameters\0\0rubbish")),
        "no text": png_with(png_chunk(b"iTXt", b"parameters\0")),
        "no separator": png_with(png_chunk(b"iTXt", b"parameters\0\0\0en")),
        "no keyword": png_with(png_chunk(b"tEXt", b"")),
        "many chunks": png_with(png_chunk(b"tEXt", b"parameters\0") * 100_000),
        "deep json": png({"parameters": '{"prompt":' * 500_000}),
        "deep list": png({"prompt": '{"1":' + "[" * 2_000_000}),
        "long number": png({"parameters": '{"prompt": ' + "9" * 100_000 + "}"}),
        "not finite": png({"parameters": '{"prompt": "a", "seed": NaN, "steps": -Infinity}'}),
        "lone surrogate": png({"parameters": '{"prompt": "\\ud800", "steps": 3}'}),
        "many values": png({"parameters": json.dumps({f"k{n}": n for n in range(200_000)})}),
        "5 MB prompt": png({"parameters": f"{MEGA}\n{pairs}"}),
        "5 MB line": png({"parameters": f"{pairs}, {MEGA}"}),
        "5 MB of colons": png({"parameters": "a: b, " * 800_000}),
        "5 MB of lines": png({"parameters": "Steps: 1\n" * 550_000}),
        "5 MB of words": png({"parameters": "ab " * 1_600_000}),
        "5 MB of quotes": png({"parameters": 'a: "\\"' * 10_000 + "\n" + 'a: "\\"' * 9_000}),
        "lists": png({"parameters": 'a\nSteps: 1, Seed: 1, a: [{"a": ' + '[{"a": ' * 8_000}),
        "5 MB Dream": png({"Dream": '"' * 5_000_000 + "\n"}),
        "5 MB spaces": png({"Dream": '"a"' + " " * 5_000_000 + "\n"}),
        "5 MB brackets": png({"Dream": '"' + "[" * 5_000_000 + '"'}),
        "5 MB JSON": png({"invokeai_metadata": json.dumps({"positive_prompt": MEGA})}),
        "ring": png({"prompt": links(2, lambda n: {"text": ["1", 0], "conditioning": ["1", 0]})}),
        "chain": png({"prompt": links(20_000, lambda n: {"conditioning": [str(n + 1), 0]})}),
        "web": png(
            {
                "prompt": links(
                    200, lambda n: {f"conditioning_{i}": [str(n + i), 0] for i in range(1, 9)}
                )
            }
        ),
        "doubling": png(
            {
                "prompt": links(
                    60,
                    lambda n: {
                        "text": [str(n + 1), 0],
                        "string_a": [str(n + 1), 0],
                        "string_b": [str(n + 1), 0] if n < 50 else "lol" * 10_000,
                    },
                )
            }
        ),
        "samplers": png(
            {"prompt": links(9_000, lambda n: {"seed": n, "steps": 1, "samples": [str(n + 1), 0]})}
        ),
        "5 MB node": png(
            {
                "prompt": json.dumps(
                    {
                        "s": {"class_type": "KSampler", "inputs": huge},
                        "t": {"class_type": "CLIPTextEncode", "inputs": {"text": MEGA}},
                    }
                )
            }
        ),
        "exif loop": commented("JPEG", b"").replace(b"Exif\0\0MM", b"Exif\0\0II"),
        "webp length": FILES["a1111 webp"][:4] + b"\xff\xff\xff\x7f" + FILES["a1111 webp"][8:],
    }


def test_hostile_files_are_survived_in_bounded_time(quiet: pytest.LogCaptureFixture) -> None:
    for name, data in hostile().items():
        start = time.process_time()
        foreign.read(data)
        took = time.process_time() - start
        assert took < 10, (name, took)  # a quarter of a second; what is not bounded takes minutes
        assert not quiet.records, name


@pytest.mark.parametrize(
    "name", ["zTXt bomb", "iTXt bombs", "deep list", "many values", "5 MB of lines", "doubling"]
)
def test_hostile_files_take_little_memory(name: str) -> None:
    data = hostile()[name]
    tracemalloc.start()
    foreign.read(data)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 120_000_000, (name, peak)


@pytest.mark.parametrize("name", ["5 MB prompt", "5 MB JSON", "5 MB node"])
def test_a_prompt_of_5_mb_is_read_so_that_it_can_be_refused_in_words(name: str) -> None:
    assert read(hostile()[name]).values["prompt"] == MEGA


def test_texts_longer_than_what_is_read_are_passed_over() -> None:
    for chunk in (files.chunk_text, files.chunk_packed):
        text = "x" * (MAX_TEXT_BYTES + 1)
        assert foreign.read(png({"parameters": text}, chunk)) is None


def test_a_text_with_a_wrong_checksum_is_not_believed() -> None:
    data = png({"parameters": A1111})
    at = data.index(b"fox")
    assert foreign.read(data[:at] + b"b" + data[at + 1 :]) is None


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF"])
def test_what_is_no_image_is_nothing(data: bytes) -> None:
    assert foreign.read(data) is None


@pytest.mark.parametrize("kind", ["PNG", *CONTAINERS])
def test_images_without_texts_are_nothing(kind: str) -> None:
    assert foreign.read(files.saved(kind)) is None


def test_a_mistake_of_ours_is_logged_and_ends_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(data: bytes) -> dict[str, str]:
        raise KeyError("inside")

    monkeypatch.setattr(foreign, "texts", broken)
    assert foreign.read(FILES["a1111 png"]) is None
    assert "cannot be read" in caplog.text


def test_two_texts_alike_are_read_from_the_first() -> None:
    data = png_with(files.chunk_itxt("parameters", A1111), files.chunk_itxt("parameters", "no"))
    assert read(data) == A1111_READ


def test_exif_pointing_anywhere_raises_nothing(quiet: pytest.LogCaptureFixture) -> None:
    data, rng = FILES["a1111 webp"], random.Random(1)
    at = data.index(b"MM\0*") if b"MM\0*" in data else data.index(b"II*\0")
    for _ in range(400):
        bad = bytearray(data)
        struct.pack_into(
            ">I", bad, at + 4 + rng.randrange(60), rng.choice([0, 1, 2**31, 2**32 - 1])
        )
        swift(bytes(bad))
    assert not quiet.records


def test_reading_looks_at_no_more_nodes_than_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.recipes.foreign.comfyui_graph.STEPS_MAX", 0)
    assert comfy(COMFY).values.get("prompt", "") == ""


def test_infotext_is_read_without_an_image_too() -> None:
    assert from_infotext(A1111) == A1111_READ
