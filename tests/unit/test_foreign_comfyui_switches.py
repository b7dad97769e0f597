"""Of a ComfyUI switch the branch that ran is read; where the graph does not tell it, nothing is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.comfy_graphs import (
    MODEL,
    NEGATIVE,
    PROMPT,
    differing,
    encode,
    graph,
    loader,
    node,
    sampler,
    told,
)
from tests.unit.foreign_files import Json

GOOD, BAD, CHOICE = ["20", 0], ["21", 0], ["22", 0]
Switch = Callable[[object, object], Json]

SWITCHES: dict[str, Switch] = {
    "ComfyUI, true": lambda a, b: node("ComfySwitchNode", switch=True, on_true=a, on_false=b),
    "ComfyUI, false": lambda a, b: node("ComfySwitchNode", switch=False, on_true=b, on_false=a),
    "KJ": lambda a, b: node("LazySwitchKJ", switch=False, on_false=a, on_true=b),
    "Easy, if": lambda a, b: node("easy ifElse", boolean=True, on_true=a, on_false=b),
    "Easy, index": lambda a, b: node("easy anythingIndexSwitch", index=1, value0=b, value1=a),
    "Easy, index 0": lambda a, b: node("easy textIndexSwitch", index=0, text0=a, text1=b),
    "Easy, image": lambda a, b: node("easy imageSwitch", image_a=b, image_b=a, boolean=False),
    "Easy, text": lambda a, b: node("easy textSwitch", input=2, text1=b, text2=a),
    "Easy, cond": lambda a, b: node("easy conditioningIndexSwitch", index=0, cond0=a, cond1=b),
    "Impact": lambda a, b: node("ImpactSwitch", select=2, sel_mode=False, input1=b, input2=a),
    "Impact, latent": lambda a, b: node("LatentSwitch", select=1, latent1=a, latent2=b),
    "Impact, branch": lambda a, b: node(
        "ImpactConditionalBranch", cond=False, tt_value=b, ff_value=a
    ),
    "Impact, images": lambda a, b: node(
        "ImageMaskSwitch", select=2, images1=b, images2_opt=a, mask1_opt=b
    ),
    "rgthree, first": lambda a, b: node("Any Switch (rgthree)", any_01=a, any_02=b),
    "rgthree, muted": lambda a, b: node("Any Switch (rgthree)", any_01=["99", 0], any_02=a),
    "Comfyroll, text": lambda a, b: node("CR Text Input Switch", Input=2, text1=b, text2=a),
    "Comfyroll, model": lambda a, b: node("CR Model Input Switch", Input=1, model1=a, model2=b),
    "Comfyroll, both": lambda a, b: node(
        "CR Switch Model and CLIP", Input=2, model1=b, clip1=b, model2=a, clip2=a
    ),
    "Comfyroll, process": lambda a, b: node(
        "CR Img2Img Process Switch", Input="txt2img", txt2img=a, img2img=b
    ),
    "WAS": lambda a, b: node("Text Input Switch", boolean=True, text_a=a, text_b=b),
    "WAS, old": lambda a, b: node(
        "Conditioning Input Switch", boolean_number=0, conditioning_a=b, conditioning_b=a
    ),
    "Logic": lambda a, b: node("If ANY return A else B-🔬", ANY=True, IF_TRUE=a, IF_FALSE=b),
    "Crystools": lambda a, b: node("Switch any [Crystools]", on_true=b, on_false=a, boolean=False),
    "a word": lambda a, b: node("AnySwitch", select="input2", input1=b, input2=a),
    "unnamed pack": lambda a, b: node("Chooser", select=2, value_1=b, value_2=a),
    "within one": lambda a, b: node("ComfySwitchNode", switch=CHOICE, on_true=a, on_false=b),
}
each = pytest.mark.parametrize("switch", SWITCHES.values(), ids=SWITCHES)

CHOSEN = node("PrimitiveBoolean", value=True)


@each
def test_a_prompt_through_a_switch_of_texts(switch: Switch) -> None:
    nodes = graph(
        n2=encode(["23", 0]),
        n20=node("PrimitiveStringMultiline", value=PROMPT),
        n21=node("PrimitiveStringMultiline", value="not used"),
        n22=CHOSEN,
        n23=switch(GOOD, BAD),
    )
    assert differing(told(nodes)) == {}


@each
def test_a_prompt_through_a_switch_of_conditionings(switch: Switch) -> None:
    nodes = graph(
        n5=sampler(positive=["23", 0]),
        n20=encode(PROMPT),
        n21=encode("not used"),
        n22=CHOSEN,
        n23=switch(GOOD, BAD),
    )
    assert differing(told(nodes)) == {}


@each
def test_a_model_through_a_switch(switch: Switch) -> None:
    nodes = graph(
        n5=sampler(model=["23", 0]),
        n20=node("LoraLoaderModelOnly", lora_name="ink", strength_model=1, model=["1", 0]),
        n21=loader("other.safetensors"),
        n22=CHOSEN,
        n23=switch(GOOD, BAD),
    )
    assert differing(told(nodes), lora=["ink"]) == {}


@each
def test_a_seed_and_steps_through_a_switch(switch: Switch) -> None:
    nodes = graph(
        n5=sampler(seed=["23", 0], steps=["24", 0]),
        n20=node("PrimitiveInt", value=31337),
        n21=node("PrimitiveInt", value=4),
        n22=CHOSEN,
        n23=switch(GOOD, BAD),
        n24=switch(24, 4) if "on_true" in switch(0, 0)["inputs"] else node("INTConstant", value=24),
    )
    assert differing(told(nodes)) == {}


@each
def test_latents_and_pictures_through_a_switch(switch: Switch) -> None:
    nodes = graph(
        n4=None,
        n5=sampler(latent_image=["23", 0]),
        n20=node("EmptyLatentImage", width=640, height=832, batch_size=1),
        n21=node("EmptyLatentImage", width=64, height=64, batch_size=1),
        n22=CHOSEN,
        n23=switch(GOOD, BAD),
        n7=node("SaveImage", images=["33", 0]),
        n33=switch(["6", 0], ["36", 0]),
        n35=sampler(seed=1, steps=2),
        n36=node("VAEDecode", samples=["35", 0]),
    )
    assert differing(told(nodes)) == {}


UNKNOWN: dict[str, Switch] = {
    "computed": lambda a, b: node("ComfySwitchNode", switch=CHOICE, on_true=a, on_false=b),
    "index computed": lambda a, b: node("ImpactSwitch", select=CHOICE, input1=a, input2=b),
    "no such input": lambda a, b: node("ImpactSwitch", select=7, input1=a, input2=b),
    "negated": lambda a, b: node("ComfySwitchNode", switch=["24", 0], on_true=a, on_false=b),
}
unknown = pytest.mark.parametrize("switch", UNKNOWN.values(), ids=UNKNOWN)
COMPUTED = node("ImpactCompare", cmp="a > b", a=["1", 0], b=["2", 0])
NEGATED = node("LogicNot", value=True)


@unknown
def test_where_the_choice_is_not_told_the_value_is_left_out(switch: Switch) -> None:
    nodes = graph(
        n2=encode(["23", 0]),
        n20=node("PrimitiveStringMultiline", value=PROMPT),
        n21=node("PrimitiveStringMultiline", value="another"),
        n22=COMPUTED,
        n24=NEGATED,
        n23=switch(GOOD, BAD),
    )
    assert differing(told(nodes), prompt=None) == {}


@pytest.mark.parametrize("name", ["computed", "index computed", "negated"])
def test_where_all_ways_say_the_same_it_does_not_matter_which(name: str) -> None:
    nodes = graph(
        n2=encode(["23", 0]),
        n20=node("PrimitiveStringMultiline", value=PROMPT),
        n21=node("Text Multiline", text=PROMPT),
        n22=COMPUTED,
        n24=NEGATED,
        n23=UNKNOWN[name](GOOD, BAD),
    )
    assert differing(told(nodes)) == {}


def test_a_switch_that_decides_another_switch() -> None:
    nodes = graph(
        n2=encode(["23", 0]),
        n3=encode(["24", 0]),
        n20=node("Text Multiline", text=PROMPT),
        n21=node("Text Multiline", text=NEGATIVE),
        n22=node("easy int", value=2),
        n25=node("ImpactSwitch", select=1, input1=["22", 0], input2=["26", 0]),
        n26=node("easy int", value=1),
        n23=node("ImpactSwitch", select=["25", 0], input1=BAD, input2=GOOD),
        n24=node("ImpactSwitch", select=["26", 0], input1=BAD, input2=GOOD),
    )
    found = told(nodes)
    assert differing(found) == {} and found.model == MODEL


def test_a_first_live_input_passes_over_a_switch_with_nothing_in_it() -> None:
    nodes = graph(
        n2=encode(["23", 0]),
        n20=node("Any Switch (rgthree)"),
        n21=node("Text Multiline", text=PROMPT),
        n23=node("Any Switch (rgthree)", any_01=["20", 0], any_02=["21", 0]),
    )
    assert differing(told(nodes)) == {}


def test_picking_frames_is_no_switch() -> None:
    nodes = graph(
        n7=node("SaveImage", images=["20", 0]),
        n20=node("VHS_SelectEveryNthImage", images=["6", 0], select_every_nth=2, skip=0),
        n21=node("VHS_SelectImages", images=["6", 0], indexes="0"),
    )
    assert differing(told(nodes)) == {}
