"""The prompts of ComfyUI graphs: typed, joined, replaced in, styled, or not told and left out."""

from __future__ import annotations

import pytest

from tests.unit.comfy_graphs import (
    NEGATIVE,
    PROMPT,
    differing,
    encode,
    graph,
    node,
    sampler,
    told,
)
from tests.unit.foreign_files import Json

BOXES = [
    node("DF_Text_Box", Text=PROMPT),
    node("Text Multiline", text=PROMPT),
    node("Text Multiline", text=f"# with rain\n{PROMPT}\n  # or snow"),
    node("PrimitiveString", value=PROMPT),
    node("CR Text", text=PROMPT),
    node("String Literal", string=PROMPT),
    node("StringConstantMultiline", string=PROMPT, strip_newlines=True),
    node("easy positive", positive=PROMPT),
    node("Simple String", STRING=PROMPT),
    node("JWStringMultiline", text=f"  {PROMPT}\n"),
    node("A box", what_to_draw=PROMPT),
    node("A box", inhalt=PROMPT, width=3, font="a.ttf"),
    node("ShowText|pysssss", text=["31", 0], text_0="what it showed last time"),
    node("easy showAnything", anything=["31", 0], text="what it showed last time"),
    node("PreviewAny", source=["31", 0]),
    node("Text to Console", text=["31", 0], label="prompt: "),
    node("ImpactWildcardProcessor", wildcard_text="a {lighthouse|tower} at dusk",
         populated_text=PROMPT, mode="populate", seed=3),
    node("easy wildcards", text="a __building__", populated_text=PROMPT, seed=3),
    node("DPRandomGenerator", text=PROMPT, seed=3, autorefresh="No"),
    node("ImpactStringSelector", strings=f"none\n{PROMPT}\nmore", multiline=False, select=4),
    node("StringConcatenate", string_a="a lighthouse", string_b="at dusk", delimiter=" "),
    node("Text Concatenate", text_a="a lighthouse ", text_c=["32", 0], delimiter=" ",
         clean_whitespace="true"),
    node("JoinStrings", string1="a lighthouse", string2=["32", 0], delimiter=["33", 0]),
    node("JoinStringMulti", inputcount=2, string_1="a lighthouse", string_2="at dusk",
         delimiter=" ", return_list=False),
    node("CR Text Concatenate", text1="a lighthouse", text2="at dusk", separator=" "),
    node("easy promptConcat", prompt1="a lighthouse", prompt2="at dusk", separator=" "),
    node("StringReplace", string="a tower at dusk", find="tower", replace="lighthouse"),
    node("Text Find and Replace", text="a tower at dusk", find="tower", replace="lighthouse"),
    node("String Replace (mtb)", string="a lighthouse at_dusk", old="_", new=" ", use_regex=False),
    node("CR Text Replace", text="an x at y", find1="an x", replace1="a lighthouse",
         find2="y", replace2="dusk", find3="", replace3=""),
    node("Reroute", text=["31", 0]),
]  # fmt: skip

PARTS: dict[str, Json] = {
    "n31": node("Text Multiline", text=PROMPT),
    "n32": node("Text Multiline", text="at dusk"),
    "n33": node("PrimitiveString", value=" "),
}


@pytest.mark.parametrize("box", BOXES, ids=lambda box: str(box["class_type"]))
def test_a_prompt_from_another_node(box: Json) -> None:
    nodes = graph(n2=encode(["30", 0]), n30=box, **PARTS)
    assert differing(told(nodes)) == {}


UNTOLD = [
    node("Florence2Run", text_input=PROMPT, image=["40", 0], max_new_tokens=1024),
    node("OllamaGenerate", prompt=PROMPT, model="llama3"),
    node("TextGenerate", prompt=PROMPT, max_length=512, clip=["1", 1]),
    node("AILab_QwenVL_GGUF_PromptEnhancer", prompt_text=PROMPT, max_tokens=9),
    node("ShowText|pysssss", text=["41", 0], text_0=PROMPT),
    node("WD14Tagger|pysssss", image=["40", 0], tags=PROMPT),
    node("DPRandomGenerator", text="a {red|blue} tower", seed=3),
    node("easy wildcards", text="a __building__ at dusk", seed=3),
    node("Text Random Line", text="one\ntwo", seed=3),
    node("RegexReplace", string=PROMPT, regex_pattern="a", replace="b"),
    node("String Replace (mtb)", string=PROMPT, old="a", new="b", use_regex=True),
    node("StringConcatenate", string_a=PROMPT, string_b=["41", 0], delimiter=" "),
    node("GoogleTranslateTextNode", text=PROMPT, from_translate="en", to_translate="de"),
    node("Load Text File", file_path="prompt.txt", dictionary_name="x"),
    node("Prompt Reader", image="photo.png", parameter_index=0),
    node("LoadImage", image="photo.png"),
    node("Power Puter (rgthree)", outputs={"outputs": ["STRING"]}, code="a + b", a=["41", 0]),
    node("Power Puter (rgthree)", outputs={"outputs": ["STRING"]}, code="'at dusk'.upper()"),
]


@pytest.mark.parametrize("writer", UNTOLD, ids=lambda one: str(one["class_type"]))
def test_what_the_graph_does_not_hold_is_left_out(writer: Json) -> None:
    other = node("Florence2Run", image=["40", 0], task="caption", max_new_tokens=9)
    nodes = graph(n2=encode(["30", 0]), n30=writer, n40=node("LoadImage", image="a.png"), n41=other)
    assert differing(told(nodes), prompt=None) == {}


STYLERS = [
    (node("SDXLPromptStyler", text_positive=PROMPT, text_negative=NEGATIVE, style="base"), 0, 1),
    (node("SDXLPromptStylerAdvanced", text_positive_g=PROMPT, text_positive_l=PROMPT,
          text_negative=NEGATIVE, style="base"), 2, 5),
    (node("easy stylesSelector", styles="x", positive=["34", 0], negative=NEGATIVE), 0, 1),
    (node("PromptPair", positive_prompt=PROMPT, negative_prompt=NEGATIVE), 0, 1),
    (node("Text String", text=NEGATIVE, text_b=PROMPT, text_c="", text_d=""), 1, 0),
]  # fmt: skip


@pytest.mark.parametrize(("styler", "good", "bad"), STYLERS, ids=lambda one: str(one)[:40])
def test_a_node_that_gives_both_texts(styler: Json, good: int, bad: int) -> None:
    nodes = graph(n2=encode(["30", good]), n3=encode(["30", bad]), n30=styler,
                  n34=node("Text Multiline", text=PROMPT))  # fmt: skip
    assert differing(told(nodes)) == {}


def test_several_texts_that_may_be_joined_or_not_are_told_by_their_outputs_alone() -> None:
    texts = node("Some Texts", text_1="either", text_2=NEGATIVE)
    nodes = graph(n2=encode(["30", 0]), n3=encode(["30", 1]), n30=texts)
    assert differing(told(nodes), prompt=None) == {}


def test_two_texts_of_one_encoder_are_both_the_prompt() -> None:
    two = node("CLIPTextEncodeSDXL", width=9, height=9, text_g=PROMPT, text_l="film grain")
    assert differing(told(graph(n2=two)), prompt=f"{PROMPT}, film grain") == {}
    same = node("CLIPTextEncodeSDXL", width=9, height=9, text_g=PROMPT, text_l=PROMPT)
    assert differing(told(graph(n2=same))) == {}
    three = node("CLIPTextEncodeSD3", clip_l="grain", clip_g=PROMPT, t5xxl=PROMPT)
    assert differing(told(graph(n2=three)), prompt=f"{PROMPT}, grain") == {}


@pytest.mark.parametrize(
    "two",
    [
        node("SDXL Power Prompt - Positive (rgthree)", prompt_g=PROMPT, prompt_l="film grain"),
        node("CLIPTextEncodeKandinsky5", clip_l="film grain", qwen25_7b=PROMPT),
        node("CLIPTextEncodeSDXL", text_g=["31", 3], text_l=["31", 4]),
    ],
    ids=lambda two: str(two["class_type"]),
)  # fmt: skip
def test_two_texts_by_the_names_of_other_encoders(two: Json) -> None:
    both = node("SDXL Power Prompt - Positive (rgthree)", prompt_g=PROMPT, prompt_l="film grain")
    found = told(graph(n2=two, n31=both))
    assert set(str(found.values["prompt"]).split(", ")) == {PROMPT, "film grain"}


def test_fluxs_short_second_text_stands_beside_the_prompt() -> None:
    two = node("CLIPTextEncodeFlux", clip_l="tags", t5xxl=PROMPT, guidance=6.5)
    assert differing(told(graph(n2=two)), prompt_clip_l="tags") == {}


def test_lora_managers_encoder_has_trigger_words_and_draws() -> None:
    group = [{"text": "ink", "active": False}, {"text": "on paper", "active": True}]
    words = [
        {"text": "in ink", "active": True},
        {"text": "off", "active": False},
        {"text": "ink, on paper", "active": True, "strength": 1.2, "items": group},
        "broken",
    ]
    toggle = "TriggerWord Toggle (LoraManager)"
    nodes: dict[str, Json] = {
        "n31": node("PrimitiveString", value="in ink"),
        "n32": node(toggle, trigger_words=["1", 2], orinalMessage="x,,y"),
        "n33": node(toggle, toggle_trigger_words={"__value__": words}, orinalMessage="x,,y",
                    allow_strength_adjustment=True),
    }  # fmt: skip

    def read(text: str, words: object) -> dict[str, object]:
        two = node("Prompt (LoraManager)", text=text, clip=["1", 1], trigger_words1=words)
        return dict(told(graph(n2=two, **nodes)).values)

    assert read(PROMPT, None)["prompt"] == PROMPT
    assert read(PROMPT, ["31", 0])["prompt"] == f"in ink, {PROMPT}"
    assert "prompt" not in read(PROMPT, ["32", 0])
    assert read(PROMPT, ["33", 0])["prompt"] == f"in ink, (on paper:1.20), {PROMPT}"
    assert "prompt" not in read("a {red|blue} tower", None)


def test_texts_that_are_combined_with_one_that_is_not_told_are_not_told() -> None:
    nodes = graph(
        n5=sampler(positive=["30", 0]),
        n30=node("ConditioningConcat", conditioning_to=["2", 0], conditioning_from=["31", 0]),
        n31=encode(["32", 0]),
        n32=node("OllamaGenerate", prompt="write one"),
    )
    assert differing(told(nodes), prompt=None) == {}


def test_boxes_are_told_beside_the_whole() -> None:
    nodes = graph(
        n5=sampler(positive=["30", 0]),
        n30=node("GLIGENTextBoxApply", conditioning_to=["2", 0], text="a moon", width=64, x=0),
    )
    assert differing(told(nodes), prompt=f"{PROMPT}, a moon") == {}


def test_nodes_between_the_text_and_the_sampler() -> None:
    between: dict[str, Json] = {
        "n5": sampler(positive=["30", 0], negative=["30", 1]),
        "n30": node("ControlNetApplyAdvanced", positive=["31", 0], negative=["32", 0], strength=1),
        "n31": node("ReferenceLatent", conditioning=["33", 0], latent=["4", 0]),
        "n32": node("ConditioningSetTimestepRange", conditioning=["3", 0], start=0, end=1),
        "n33": node("unCLIPConditioning", conditioning=["2", 0], strength=1),
    }
    assert differing(told(graph(**between))) == {}


def test_outputs_that_are_exchanged_are_followed() -> None:
    applied = node("ControlNetApplyAdvanced", positive=["3", 0], negative=["2", 0], strength=1)
    nodes = graph(n5=sampler(positive=["30", 1], negative=["30", 0]), n30=applied)
    assert differing(told(nodes)) == {}
