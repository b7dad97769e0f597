"""ComfyUI's API: a filled workflow under an id of ours, and what is asked until its image is there.

The answers have the shapes that ComfyUI's own sources give them (server.py, execution.py,
comfy_execution/jobs.py of Comfy-Org/ComfyUI in 2026).
"""

from __future__ import annotations

import json

import pytest

from backend.errors import BadAnswer, InvalidInput, LookupFailed, PlaygroundError, Refused
from backend.providers.answers import PARTS_MAX
from backend.providers.comfyui import ComfyUi
from backend.types import Answered, GenerationRequest, Link, Ticket, WireCall
from tests.unit.comfy_graphs import encode, graph, sampler

RUN = "3f0f8b8e5d3c4f539a390d4f6a1c2b7e"
JOB = "3f0f8b8e-5d3c-4f53-9a39-0d4f6a1c2b7e"
OTHER = "00000000-5d3c-4f53-9a39-0d4f6a1c2b7e"
MARKED = graph(n2=encode("{{prompt}}, oil painting"), n5=sampler(seed="{{seed}}"))
COMFY = ComfyUi().with_workflows({"portrait": json.dumps(MARKED)})
TAKEN_OUT = WireCall("POST", "/queue", {"delete": [JOB]})
QUEUED = {"prompt_id": JOB, "number": 5, "node_errors": {}}


def as_body(document: object) -> bytes:
    return json.dumps(document).encode()


def at(path: str, wait_s: float = 1.0) -> Ticket:
    return Ticket(WireCall("GET", path), TAKEN_OUT, wait_s)


def follow(path: str, document: object) -> Answered:
    return COMFY.follow(at(path), as_body(document))


def ended(outputs: object, *messages: object, how: str = "success") -> dict[str, object]:
    status = {"status_str": how, "completed": how == "success", "messages": list(messages)}
    item = [5, JOB, MARKED, {"client_id": RUN}, ["7"]]
    return {JOB: {"prompt": item, "outputs": outputs, "status": status, "meta": {}}}


# --- what is sent -----------------------------------------------------------------------------


def test_a_request_is_the_workflow_filled_in_under_our_own_id() -> None:
    call = COMFY.build(GenerationRequest("portrait", "a fox", {}, seed=7), RUN)
    assert call == WireCall(
        "POST",
        "/prompt",
        {
            "prompt": graph(n2=encode("a fox, oil painting"), n5=sampler(seed=7)),
            "prompt_id": JOB,
            "client_id": RUN,
        },
    )


def test_a_workflow_that_is_gone_is_said_so() -> None:
    with pytest.raises(InvalidInput, match="There is no workflow landscape any more"):
        COMFY.build(GenerationRequest("landscape", "a"), RUN)


def test_each_workflow_is_a_model_whose_version_changes_with_it() -> None:
    (model,) = COMFY.own_models()
    assert (model.id, [spec.name for spec in model.params]) == ("portrait", ["prompt", "seed"])
    other = ComfyUi().with_workflows({"portrait": json.dumps({**MARKED, "9": encode("x")})})
    assert other.own_models()[0].version != model.version
    again = ComfyUi().with_workflows({"portrait": json.dumps(MARKED)})
    assert again.own_models() == [model]


# --- what is asked ----------------------------------------------------------------------------


def test_an_image_is_asked_for_until_it_is_there() -> None:
    first = COMFY.parse(as_body(QUEUED))
    assert first == at(f"/history/{JOB}?asked=0")
    assert COMFY.follow(first, b"{}") == at(f"/history/{JOB}?asked=1")
    image = {"filename": "fox 1&2_.png", "subfolder": "a/b", "type": "output"}
    began = ["execution_start", {"prompt_id": JOB, "timestamp": 1_700_000_000_000}]
    done = ["execution_success", {"prompt_id": JOB, "timestamp": 1_700_000_004_250}]
    made = COMFY.follow(first, as_body(ended({"7": {"images": [image]}}, began, done)))
    assert made == Link("/view?filename=fox+1%262_.png&subfolder=a%2Fb&type=output", 4.25)


def test_now_and_then_the_line_is_asked_whether_it_still_waits() -> None:
    step: Answered = COMFY.parse(as_body(QUEUED))
    for _ in range(10):
        assert isinstance(step, Ticket) and step.poll.path.startswith("/history/")
        step = COMFY.follow(step, b"{}")
    assert step == at(f"/queue?of={JOB}")
    entry = [5, JOB, MARKED, {"client_id": RUN}, ["7"]]
    for line in ("queue_running", "queue_pending"):
        waits = {"queue_running": [], "queue_pending": [], line: [[4, OTHER, {}, {}, []], entry]}
        assert COMFY.follow(step, as_body(waits)) == at(f"/history/{JOB}?asked=0")


def test_what_is_neither_there_nor_in_line_is_asked_for_once_more_and_then_gone() -> None:
    empty = {"queue_running": [[4, OTHER, {}, {}, []]], "queue_pending": []}
    last = follow(f"/queue?of={JOB}", empty)
    assert last == at(f"/history/{JOB}?asked=last", wait_s=0)
    image = {"filename": "a.png", "subfolder": "", "type": "output"}
    assert isinstance(follow(f"/history/{JOB}?asked=last", ended({"7": {"images": [image]}})), Link)
    with pytest.raises(Refused, match="knows nothing of this image") as caught:
        follow(f"/history/{JOB}?asked=last", {})
    assert not caught.value.maybe_charged


def test_a_long_line_of_large_workflows_is_looked_through() -> None:
    others = [[n, OTHER, {key: [1] for key in "abcdefgh"}, {}, []] for n in range(9_000)]
    line: dict[str, list[object]] = {"queue_running": [], "queue_pending": [*others]}
    assert sum(map(as_body(line).count, b",[{")) > PARTS_MAX
    asked = f"/queue?of={JOB}"
    assert follow(asked, line) == at(f"/history/{JOB}?asked=last", wait_s=0)
    line["queue_pending"].append([9_000, JOB, MARKED, {"client_id": RUN}, ["7"]])
    assert follow(asked, line) == at(f"/history/{JOB}?asked=0")


def test_a_lost_answer_is_no_doubt_the_line_is_asked_at_once() -> None:
    assert COMFY.lost(RUN) == at(f"/queue?of={JOB}", wait_s=0)


@pytest.mark.parametrize("id", ["", None, 7, "a", JOB.upper(), f"{JOB}/x", JOB.replace("-", "")])
def test_an_id_that_is_none_is_not_asked_for(id: object) -> None:
    with pytest.raises(BadAnswer, match="names no job"):
        COMFY.parse(as_body({**QUEUED, "prompt_id": id}))


@pytest.mark.parametrize(
    ("path", "document"),
    [
        (f"/history/{JOB}?asked=3", {OTHER: {}}),
        (f"/history/{JOB}?asked=3", []),
        (f"/queue?of={JOB}", {}),
        (f"/queue?of={JOB}", {"queue_running": [], "pending": [[5, JOB, {}, {}, []]]}),
        ("/elsewhere", {}),
    ],
)
def test_an_answer_of_another_shape_is_a_bad_one(path: str, document: object) -> None:
    with pytest.raises(BadAnswer):
        follow(path, document)


# --- what was made ----------------------------------------------------------------------------


def test_a_saved_image_comes_before_one_that_was_only_shown() -> None:
    shown = {"filename": "temp.png", "subfolder": "", "type": "temp"}
    saved = {"filename": "saved.png", "subfolder": "", "type": "output"}
    path = f"/history/{JOB}?asked=0"
    made = follow(path, ended({"3": {"images": [shown]}, "7": {"images": [saved, shown]}}))
    assert made == Link("/view?filename=saved.png&subfolder=&type=output")
    made = follow(path, ended({"3": {"images": [shown]}}))
    assert made == Link("/view?filename=temp.png&subfolder=&type=temp")


@pytest.mark.parametrize(
    "outputs",
    [{}, None, [], {"7": {}}, {"7": {"text": ["a"]}}, {"7": {"images": [{"filename": ""}, 7]}}],
)
def test_a_workflow_without_an_image_says_what_it_needs(outputs: object) -> None:
    with pytest.raises(Refused, match="without an image") as caught:
        follow(f"/history/{JOB}?asked=0", ended(outputs))
    assert "Save Image" in caught.value.hint and not caught.value.maybe_charged


def test_times_that_nobody_can_mean_are_left_out() -> None:
    saved = {"7": {"images": [{"filename": "saved.png", "subfolder": "", "type": "output"}]}}
    for begun, over in ((1, 10**400), (10**400, 1), (5, 1), (0, 10**60)):
        times = (
            ["execution_start", {"timestamp": begun}],
            ["execution_success", {"timestamp": over}],
        )
        made = follow(f"/history/{JOB}?asked=0", ended(saved, *times))
        assert made == Link("/view?filename=saved.png&subfolder=&type=output", None)


OUT_OF_MEMORY = {
    "node_id": "5",
    "node_type": "KSampler",
    "exception_type": "torch.OutOfMemoryError",
    "exception_message": "Allocation on device",
    "traceback": [],
}


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (
            ["execution_error", OUT_OF_MEMORY],
            'The workflow failed in ComfyUI. It says: "KSampler: Allocation on device".',
        ),
        (["execution_error", {"prompt_id": JOB}], "The workflow failed in ComfyUI."),
        (["execution_interrupted", {}], "The workflow was stopped in ComfyUI."),
        (["execution_error"], "The workflow failed in ComfyUI."),
    ],
)
def test_a_workflow_that_failed_says_why_and_costs_nothing(message: object, said: str) -> None:
    began = ["execution_start", {"prompt_id": JOB, "timestamp": 1}]
    with pytest.raises(Refused) as caught:
        follow(f"/history/{JOB}?asked=0", ended({}, began, message, how="error"))
    assert caught.value.message == said and caught.value.hint == "Nothing was charged."


# --- what is refused and offered ----------------------------------------------------------------


def test_a_refused_workflow_names_its_nodes() -> None:
    wrong = {
        "type": "value_not_in_list",
        "message": "Value not in list",
        "details": "ckpt_name: 'gone.safetensors' not in []",
        "extra_info": {"input_name": "ckpt_name"},
    }
    body = {
        "error": {
            "type": "prompt_outputs_failed_validation",
            "message": "Prompt outputs failed validation",
            "details": "",
            "extra_info": {},
        },
        "node_errors": {
            "1": {
                "errors": [wrong],
                "dependent_outputs": ["7"],
                "class_type": "CheckpointLoaderSimple",
            }
        },
    }
    error = COMFY.explain(400, {}, as_body(body))
    said = "CheckpointLoaderSimple: Value not in list (ckpt_name: 'gone.safetensors' not in [])"
    assert isinstance(error, Refused) and said in error.message
    body["node_errors"] = {}
    assert "Prompt outputs failed validation" in COMFY.explain(400, {}, as_body(body)).message


def test_a_failure_of_the_server_is_in_doubt_so_that_it_is_asked() -> None:
    error: PlaygroundError = COMFY.explain(504, {}, b"<html>Gateway Time-out</html>")
    assert error.maybe_charged and COMFY.lost(RUN) is not None


def test_a_test_finds_out_whether_it_is_comfyui() -> None:
    assert COMFY.models_call() == WireCall("GET", "/system_stats")
    stats = {"system": {"os": "posix", "comfyui_version": "0.3.60"}, "devices": []}
    assert COMFY.parse_models(as_body(stats)) == COMFY.own_models()
    with pytest.raises(LookupFailed, match="not ComfyUI"):
        COMFY.parse_models(b"{}")


def test_samplers_and_schedulers_are_asked_for_in_both_ways_of_writing_them() -> None:
    required = {
        "sampler_name": [["euler", "dpmpp_2m"], {"tooltip": "The algorithm used"}],
        "scheduler": ["COMBO", {"options": ["normal", "karras"]}],
        "seed": ["INT", {"default": 0}],
    }
    body = as_body({"KSampler": {"input": {"required": required}}})
    calls = COMFY.choices_calls()
    assert {call.path for call in calls.values()} == {"/object_info/KSampler"}
    assert COMFY.parse_choices("sampler", body) == ("euler", "dpmpp_2m")
    assert COMFY.parse_choices("scheduler", body) == ("normal", "karras")
    for strange in (
        b"{}",
        as_body({"KSampler": {"input": {"required": {"scheduler": ["COMBO"]}}}}),
    ):
        with pytest.raises(LookupFailed):
            COMFY.parse_choices("scheduler", strange)
