"""A ComfyUI graph beside other texts, and in every wrapping in which it is found."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from backend.catalogue.load import load_catalogue
from backend.recipes import link
from backend.recipes.fitting import fit
from tests.unit import foreign_files as files
from tests.unit.comfy_graphs import (
    MODEL,
    NEGATIVE,
    PROMPT,
    differing,
    encode,
    graph,
    node,
    sampler,
    told,
)
from tests.unit.foreign_files import A1111, SWARMUI, commented, png, tagged
from tests.unit.foreign_reading import containers, read

SAVED = f"{PROMPT}\nNegative prompt: {NEGATIVE}\nSteps: 24, Sampler: Euler, CFG scale: 6.5, "
PLACEHOLDERS = [
    "unknown\nNegative prompt: unknown\nSteps: 24, Sampler: euler_normal, CFG scale: 6.5, "
    "Seed: 0, Size: 512x512, Model hash: aabbccddee, Model: first_in_the_list, Version: ComfyUI",
    "Steps: 20, Sampler: Euler, CFG scale: 7.0, Seed: 0, Size: 512x512, Version: ComfyUI",
    "unknown\nNegative prompt: unknown\nSteps: 24, Seed: 0, Model: x",
    "n/a",
    "None",
    "null",
    "{}",
    "[]",
    "",
    " ",
    '{"version": 3}',
    "undefined",
    A1111,
]


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_the_graph_decides_beside_a_text_that_does_not_agree_with_it(text: str) -> None:
    assert differing(told(graph(), parameters=text)) == {}


UNTOLD = {
    "n2": encode(["20", 0]),
    "n20": node("OllamaGenerate", prompt="write a prompt"),
    "n4": node("VAEEncode", pixels=["21", 0]),
    "n21": node("LoadImage", image="photo.png"),
    "n1": node("Somebody's Loader", settings="x"),
}


def test_a_text_that_agrees_with_the_graph_tells_what_that_does_not() -> None:
    saved = f"{SAVED}Seed: 31337, Size: 640x832, Model: harbour_v2.safetensors, Version: ComfyUI"
    assert differing(told(graph(**UNTOLD), parameters=saved)) == {}


def test_a_text_of_another_run_tells_nothing() -> None:
    saved = f"{SAVED}Seed: 99, Size: 640x832, Model: harbour_v2.safetensors, Version: ComfyUI"
    nothing = {"prompt": None, "width": None, "height": None, "model": ""}
    assert differing(told(graph(**UNTOLD), parameters=saved), **nothing) == {}


def test_where_the_graph_tells_nothing_the_text_does() -> None:
    nodes = {"1": node("LoadImage", image="photo.png"), "2": node("SaveImage", images=["1", 0])}
    assert told(nodes, parameters=A1111).source == "a1111"


def test_another_programs_own_format_goes_before_a_graph_that_it_left() -> None:
    assert told(graph(), parameters=json.dumps(SWARMUI)).source == "swarmui"
    invokeai = json.dumps(files.INVOKEAI)
    assert told(graph(), invokeai_metadata=invokeai).source == "invokeai"


def test_what_the_graph_does_not_tell_is_named() -> None:
    assert told(graph()).left_out == ()
    assert told({"5": sampler()}).left_out == ()
    untold = {**UNTOLD, "n5": sampler(seed=["22", 0]), "n22": node("Random Number", seed=3)}
    assert told(graph(**untold)).left_out == ("prompt", "seed")
    saved = f"{SAVED}Seed: 31337, Model: x, Version: ComfyUI"
    assert told(graph(**UNTOLD), parameters=saved).left_out == ()


def test_where_several_pictures_were_saved_what_differs_is_named() -> None:
    nodes = graph(
        n20=sampler(positive=["21", 0], seed=5),
        n21=encode("another"),
        n22=node("VAEDecode", samples=["20", 0]),
        n23=node("SaveImage", images=["22", 0]),
    )
    found = told(nodes)
    assert found.left_out == ("prompt", "seed")
    assert differing(found, prompt=None, seed=None) == {}


def test_a_person_is_told_what_was_left_out() -> None:
    found = told(graph(**UNTOLD))
    for one in (found, link.decode(link.encode(found))):  # the page takes it from a link
        taken = fit(one, load_catalogue())
        assert taken.text.endswith("Left out, as the file does not say for sure: prompt.")
    assert "Left out" not in fit(told(graph()), load_catalogue()).text


# Wrappings

ONCE = json.dumps(graph())
WORKFLOW = json.dumps({"nodes": [], "links": []})
WRAPPED: dict[str, str] = {
    "as it is": ONCE,
    "as a text": json.dumps(ONCE),
    "as a text twice": json.dumps(json.dumps(ONCE)),
    "texts within": json.dumps({"prompt": ONCE, "workflow": WORKFLOW}),
    "a text of texts": json.dumps(json.dumps({"prompt": ONCE, "workflow": WORKFLOW})),
    "objects within": json.dumps({"prompt": graph(), "workflow": {"nodes": []}}),
    "with other things": json.dumps({"version": 1, **graph(), "extraMetadata": "{}"}),
    "as it is sent": json.dumps({"client_id": "x", "prompt": graph(), "extra_data": {}}),
    "as the editor has it": json.dumps({"output": graph(), "workflow": {"nodes": []}}),
    "request in a text": json.dumps({"prompt": json.dumps({"prompt": graph()})}),
    "with blanks around": f"\n  {ONCE} \n",
}
each = pytest.mark.parametrize("text", WRAPPED.values(), ids=WRAPPED)


@each
@containers
def test_a_graph_in_the_comment_in_every_wrapping(kind: str, text: str) -> None:
    for encoded in (files.utf16_be, files.utf16_le, files.utf8_as_ascii, files.bare):
        assert differing(read(commented(kind, encoded(text)))) == {}


@each
@pytest.mark.parametrize("key", ["prompt", "parameters"])
def test_a_graph_in_a_png_in_every_wrapping(key: str, text: str) -> None:
    assert differing(read(png({key: text}))) == {}


TAGS: dict[str, Callable[[str], dict[int, str]]] = {
    "model and make": lambda text: {0x0110: f"prompt:{text}", 0x010F: f"workflow:{WORKFLOW}"},
    "capitals": lambda text: {0x010F: f"Prompt: {text}", 0x010E: f"Workflow: {WORKFLOW}"},
    "description": lambda text: {0x010E: f"prompt:{text}"},
    "comment": lambda text: {0x9286: f"Prompt:{text}"},
}


@pytest.mark.parametrize("tags", TAGS.values(), ids=TAGS)
@containers
def test_a_graph_in_the_tags_meant_for_cameras(
    kind: str, tags: Callable[[str], dict[int, str]]
) -> None:
    for text in (ONCE, json.dumps(ONCE)):
        assert differing(read(tagged(kind, tags(text)))) == {}


def test_a_prompt_that_is_json_but_no_graph_is_a_prompt() -> None:
    text = json.dumps({"subject": "a tram", "mood": "quiet"})
    found = read(png({"prompt": json.dumps(graph(n2=encode(text)))}))
    assert differing(found, prompt=text) == {}
    fooocus = {**files.FOOOCUS, "prompt": text}
    found = read(png({"parameters": json.dumps(fooocus)}))
    assert (found.source, found.values["prompt"]) == ("fooocus", text)


def test_a_graph_beside_broken_json_in_the_other_place() -> None:
    assert differing(told(graph(), workflow='{"nodes": [')) == {}
    model = {"ckpt_name": MODEL}
    broken = {"prompt": "{not json", "workflow": json.dumps({
        "nodes": [{"id": 1, "type": "CheckpointLoaderSimple", "widgets_values": [MODEL]},
                  {"id": 5, "type": "KSampler", "widgets_values": [7, "fixed", 4, 1, "a", "b", 1],
                   "inputs": [{"name": "model", "link": 1}]}],
        "links": [[1, 1, 0, 5, 0, "MODEL"]],
    })}  # fmt: skip
    found = read(png(broken))
    assert (found.model, found.values["seed"]) == (model["ckpt_name"], 7)


def test_a_sampler_alone_is_read() -> None:
    found = told({"5": sampler()})
    assert (found.values["seed"], found.values.get("prompt")) == (31337, None)
