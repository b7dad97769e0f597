"""Whatever nodes stand between: a value of a ComfyUI graph is what the graph says, or left out."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.comfy_graphs import MODEL, NEGATIVE, PROMPT, TOLD, graph, node, told
from tests.unit.foreign_files import Json

Link = list[object]
Put = Callable[..., Link]

DECOYS = {
    "prompt": node("CLIPTextEncode", text="WRONG"),
    "negative_prompt": node("CLIPTextEncode", text="WRONG"),
    "model": node("CheckpointLoaderSimple", ckpt_name="WRONG.safetensors"),
    "size": node("EmptyLatentImage", width=8, height=8, batch_size=1),
    "seed": node("PrimitiveInt", value=-8),
    "image": node("LoadImage", image="WRONG.png"),
}


def switched(put: Put, right: Link, wrong: Link, draw: Any) -> Link:
    kind = draw(st.integers(0, 5))
    yes = draw(st.booleans())
    flag: object = yes if draw(st.booleans()) else put("PrimitiveBoolean", value=yes)
    both = {"on_true": right if yes else wrong, "on_false": wrong if yes else right}
    if kind == 0:
        return put("ComfySwitchNode", switch=flag, **both)
    if kind == 1:
        return put("easy ifElse", boolean=flag, **both)
    at = draw(st.integers(1, 3))
    inputs = {f"input{n}": right if n == at else wrong for n in range(1, 4)}
    chosen: object = at if draw(st.booleans()) else put("easy int", value=at)
    if kind == 2:
        return put("ImpactSwitch", select=chosen, sel_mode=False, **inputs)
    if kind == 3:
        values = {name.replace("input", "value"): one for name, one in inputs.items()}
        return put("easy anythingIndexSwitch", index=chosen, **values)
    if kind == 4:
        return put("Any Switch (rgthree)", any_01=["none", 0], any_02=right, any_03=wrong)
    # What it goes by is reckoned: only what both ways agree on may be told.
    reckoned = put("ImpactCompare", cmp="a > b", a=right, b=wrong)
    return put("ComfySwitchNode", switch=reckoned, **both)


def between(put: Put, role: str, link: Link, draw: Any) -> Link:
    """Return a link to something that passes on what `link` brings, for this use."""
    if draw(st.integers(0, 2)) == 0:
        return switched(put, link, put(DECOYS[role]["class_type"], **DECOYS[role]["inputs"]), draw)
    if role in ("prompt", "negative_prompt"):
        which, output = ("positive", 3) if role == "prompt" else ("negative", 4)
        wrong = put("CLIPTextEncode", text="WRONG")
        both = {"positive": wrong, "negative": wrong, which: link}
        if draw(st.booleans()):
            applied = put("ControlNetApplyAdvanced", **both, strength=1, image=["none", 0])
            return [applied[0], int(role != "prompt")]
        pipe = put("ToBasicPipe", model=["1", 0], **both)
        return [put("FromBasicPipe", basic_pipe=pipe)[0], output]
    if role == "model":
        return put("ModelSamplingSD3", shift=3, model=link)
    if role == "size":
        return put("RepeatLatentBatch", samples=link, amount=2)
    if role == "seed":
        return put("Reroute", any=link)
    return put("ImageSharpen", image=link, alpha=1)


@st.composite
def graphs(draw: Any) -> Json:
    nodes = graph()
    names = iter(range(100, 10_000))

    def put(kind: str, /, **inputs: object) -> Link:
        name = str(next(names))
        nodes[name] = node(kind, **inputs)
        return [name, 0]

    sampler, saver = nodes["5"]["inputs"], nodes["7"]["inputs"]
    places = [("prompt", sampler, "positive"), ("negative_prompt", sampler, "negative"),
              ("model", sampler, "model"), ("size", sampler, "latent_image"),
              ("seed", sampler, "seed"), ("image", saver, "images")]  # fmt: skip
    sampler["seed"] = put("PrimitiveInt", value=sampler["seed"])
    for _ in range(draw(st.integers(0, 8))):
        role, inputs, name = draw(st.sampled_from(places))
        inputs[name] = between(put, role, inputs[name], draw)
    keys = list(nodes)
    random.Random(draw(st.integers(0, 99))).shuffle(keys)
    return {key: nodes[key] for key in keys}


@given(graphs())
def test_what_is_read_is_what_the_graph_says(nodes: Json) -> None:
    found = told(nodes)
    assert found.model in (MODEL, "")
    assert {name: value for name, value in found.values.items() if value != TOLD.get(name)} == {}
    assert "WRONG" not in repr(found)


@given(graphs())
def test_with_choices_that_are_told_nothing_is_missing(nodes: Json) -> None:
    if any(one["class_type"] == "ImpactCompare" for one in nodes.values()):
        return
    found = told(nodes)
    assert (found.model, dict(found.values)) == (MODEL, TOLD)
    assert (found.values["prompt"], found.values["negative_prompt"]) == (PROMPT, NEGATIVE)
