"""A workflow with marks: what it takes, what goes where, what is said where a mark is missing."""

from __future__ import annotations

import json

import pytest

from backend.errors import SettingsError
from backend.providers.comfyui_workflow import MARKS, Workflow, read_workflow
from tests.unit.comfy_graphs import Json, encode, graph, node, sampler

ALL = graph(
    n2=encode("{{prompt}}, oil painting"),
    n3=encode("{{negative_prompt}}"),
    n4=node("EmptyLatentImage", width="{{width=832}}", height="{{ height = 1216 }}", batch_size=1),
    n5=sampler(
        seed="{{seed}}",
        steps="{{steps=12}}",
        cfg="{{cfg=1.5}}",
        sampler_name="{{sampler=dpmpp_2m}}",
        scheduler="{{scheduler}}",
    ),
)


def read(document: object) -> Workflow:
    return read_workflow("portrait", json.dumps(document))


def refused(document: object) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        read(document)
    return caught.value


# --- what it takes ----------------------------------------------------------------------------


def test_its_marks_are_what_the_form_asks_for_and_begins_with() -> None:
    assert [(spec.name, spec.default) for spec in read(ALL).params] == [
        ("prompt", None),
        ("negative_prompt", None),
        ("width", 832),
        ("height", 1216),
        ("num_steps", 12),
        ("guidance_scale", 1.5),
        ("sampler", "dpmpp_2m"),
        ("scheduler", "normal"),
        ("seed", None),
    ]


def test_values_go_where_their_marks_are_numbers_as_numbers() -> None:
    given = {
        "prompt": "a fox",
        "negative_prompt": "text",
        "width": 512,
        "height": 640,
        "num_steps": 8,
        "guidance_scale": 2.5,
        "sampler": "euler",
        "scheduler": "karras",
        "seed": 2**32 - 1,
    }
    assert read(ALL).filled(given) == graph(
        n2=encode("a fox, oil painting"),
        n3=encode("text"),
        n4=node("EmptyLatentImage", width=512, height=640, batch_size=1),
        n5=sampler(seed=2**32 - 1, steps=8, cfg=2.5, sampler_name="euler", scheduler="karras"),
    )


def test_what_is_not_given_is_as_the_form_begins() -> None:
    filled = read(ALL).filled({"prompt": "a", "negative_prompt": None, "seed": None})
    assert filled["3"]["inputs"]["text"] == ""
    assert filled["5"]["inputs"]["steps"] == 12 and filled["5"]["inputs"]["seed"] == 0


@pytest.mark.parametrize("prompt", ["{{seed}}", "\\1 \\g<0>", '"}, "x": {"', "{{prompt}}", "{0}"])
def test_a_value_is_never_read_as_a_mark_or_as_json(prompt: str) -> None:
    filled = read(ALL).filled({"prompt": prompt})
    assert filled["2"]["inputs"]["text"] == f"{prompt}, oil painting"


def test_marks_within_texts_and_lists_and_the_same_mark_twice() -> None:
    marked = {
        **graph(n2=encode("{{prompt}}"), n5=sampler(seed="{{seed}}")),
        "8": node("ShowText", text="seed {{seed}}, {{prompt}} {{their_own}}"),
        "9": node("Listed", values=["{{prompt}}", {"deep": "{{seed}}"}]),
    }
    filled = read(marked).filled({"prompt": "a", "seed": 5})
    assert filled["8"]["inputs"]["text"] == "seed 5, a {{their_own}}"
    assert filled["9"]["inputs"]["values"] == ["a", {"deep": 5}]


def test_the_file_may_be_the_whole_request_and_stays_as_it_was() -> None:
    whole = json.dumps({"prompt": ALL, "client_id": "x"})
    workflow = read_workflow("portrait", whole)
    before = json.dumps(workflow.nodes)
    workflow.filled({"prompt": "a"})
    assert workflow.nodes == ALL and json.dumps(workflow.nodes) == before


# --- what is missing --------------------------------------------------------------------------


def test_a_workflow_without_a_prompt_is_told_where_to_put_it() -> None:
    plain = graph(n5=sampler(seed="{{seed}}"))
    plain["2"]["_meta"] = {"title": "Positive"}
    error = refused(plain)
    assert error.message == "The workflow portrait has no mark {{prompt}}."
    assert error.hint == (
        'Open it in a text editor. In node 2 ("Positive") make it "text": "{{prompt}}".'
    )


def test_a_text_that_no_encoder_takes_is_named_where_there_is_no_other() -> None:
    error = refused({"4": node("MyPromptNode", prompt="a"), "5": sampler(seed="{{seed}}")})
    assert 'In node 4 ("MyPromptNode") make it "prompt": "{{prompt}}".' in error.hint
    error = refused({"5": sampler(seed="{{seed}}")})
    assert error.hint == "Write {{prompt}} in place of the prompt, in a text editor."


@pytest.mark.parametrize(
    ("nodes", "line"),
    [
        ({"5": sampler()}, 'In node 5 ("KSampler") make it "seed": "{{seed}}".'),
        (
            {"3": node("Any", seed=1), "5": node("KSamplerAdvanced", noise_seed=9)},
            'In node 5 ("KSamplerAdvanced") make it "noise_seed": "{{seed}}".',
        ),
    ],
)
def test_a_fixed_seed_is_told_where_to_put_its_mark(nodes: Json, line: str) -> None:
    error = refused({"2": encode("{{prompt}}"), **nodes})
    assert error.message == "The workflow portrait has no mark {{seed}}." and line in error.hint


def test_a_workflow_whose_seed_comes_from_elsewhere_needs_no_mark() -> None:
    linked = read({"2": encode("{{prompt}}"), "5": sampler(seed=["9", 0])})
    assert [spec.name for spec in linked.params] == ["prompt"]


@pytest.mark.parametrize("mark", ["{{stpes}}", "{{Prompt}}", "{{ steps_ = 3 }}"])
def test_an_unknown_mark_is_refused_with_those_that_there_are(mark: str) -> None:
    error = refused(graph(n2=encode("{{prompt}}"), n5=sampler(seed="{{seed}}", steps=mark)))
    assert mark in error.message and all(f"{{{{{name}}}}}" in error.hint for name in MARKS)


@pytest.mark.parametrize("begins", ["x", "0", "-1", "12.5", "1e9", "9" * 5_000, "NaN"])
def test_a_beginning_that_cannot_be_is_refused(begins: str) -> None:
    steps = f"{{{{steps={begins}}}}}"
    error = refused(graph(n2=encode("{{prompt}}"), n5=sampler(seed="{{seed}}", steps=steps)))
    assert "the mark {{steps}} begins with what it cannot be" in error.message
    assert error.hint == "It must be from 1 to 150." and len(error.message) < 500


def test_a_text_that_is_too_long_to_begin_with_is_refused() -> None:
    marked = graph(n2=encode("{{prompt}}"), n5=sampler(seed="{{seed}}"))
    marked["5"]["inputs"]["sampler_name"] = f"{{{{sampler={'x' * 101}}}}}"
    assert refused(marked).hint == "It can have at most 100 characters."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no JSON"),
        ("[]", "is no JSON"),
        ("nonsense", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        (" " * 1_000_001, "is no JSON"),
        ('{"nodes": [], "links": []}', "that ComfyUI's editor keeps"),
        ("{}", "none that ComfyUI can run"),
        ('{"1": {"class_type": "A"}}', "none that ComfyUI can run"),
        ('{"1": {"class_type": "A", "inputs": []}}', "none that ComfyUI can run"),
        ('{"1": {"class_type": "A", "inputs": {}}, "2": 7}', "none that ComfyUI can run"),
    ],
)
def test_a_file_of_another_kind_is_told_how_to_be_exported(text: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_workflow("portrait", text)
    assert "The workflow portrait" in caught.value.message and said in caught.value.message
    assert "Export (API)" in caught.value.hint


def test_depths_that_nobody_writes_are_left_alone() -> None:
    deep: object = "{{prompt}}"
    for _ in range(200):
        deep = [deep]
    marked = {"2": encode("{{prompt}}"), "3": node("Any", value=deep)}
    assert read(marked).filled({"prompt": "a"})["3"]["inputs"]["value"] == deep
