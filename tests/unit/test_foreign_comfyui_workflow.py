"""The editor's form of a ComfyUI graph, alone in a file, is read as the editor would run it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backend.recipes.recipe import Brought
from tests.unit.comfy_graphs import MODEL, NEGATIVE, PROMPT, differing, graph
from tests.unit.foreign_files import png
from tests.unit.foreign_reading import read

Node = dict[str, Any]
MUTED, BYPASSED = 2, 4
INSIDE, OUTSIDE = -10, -20


def node(key: int, kind: str, values: object = None, /, mode: int = 0, **links: Any) -> Node:
    """A node of the editor's; an input is the number of a link, or (type, number)."""
    inputs = [
        {"name": name, "type": one[0], "link": one[1]} if isinstance(one, tuple)
        else {"name": name, "type": name.upper(), "link": one}
        for name, one in links.items()
    ]  # fmt: skip
    return {"id": key, "type": kind, "mode": mode, "widgets_values": values, "inputs": inputs}


NODES: dict[int, Node] = {
    1: node(1, "CheckpointLoaderSimple", [MODEL]),
    2: node(2, "CLIPTextEncode", [PROMPT], clip=10),
    3: node(3, "CLIPTextEncode", [NEGATIVE], clip=11),
    4: node(4, "EmptyLatentImage", [640, 832, 1]),
    5: node(5, "KSampler", [31337, "randomize", 24, 6.5, "euler", "karras", 1],
            model=12, positive=13, negative=14, latent_image=15),
    6: node(6, "VAEDecode", None, samples=16, vae=17),
    7: node(7, "SaveImage", ["out"], images=18),
}  # fmt: skip
LINKS = [
    *([10, 1, 1, 2, 0, "CLIP"], [11, 1, 1, 3, 0, "CLIP"], [12, 1, 0, 5, 0, "MODEL"]),
    *([13, 2, 0, 5, 1, "CONDITIONING"], [14, 3, 0, 5, 2, "CONDITIONING"]),
    *([15, 4, 0, 5, 3, "LATENT"], [16, 5, 0, 6, 0, "LATENT"], [17, 1, 2, 6, 1, "VAE"]),
    [18, 6, 0, 7, 0, "IMAGE"],
]


def workflow(
    *nodes: Node, links: list[list[Any]] = LINKS, more: list[list[Any]] | None = None, **rest: Any
) -> Brought:
    """Return what is read of the usual workflow with these nodes put in or replaced."""
    changed = {link[0]: link for link in [*links, *(more or [])]}
    every = {**NODES, **{one["id"]: one for one in nodes}}
    document = {"nodes": list(every.values()), "links": list(changed.values()), **rest}
    return read(png({"workflow": json.dumps(document)}))


def test_a_usual_workflow() -> None:
    assert differing(workflow()) == {}


def test_widgets_that_newer_files_name() -> None:
    texts = node(20, "Some New Encoder", ["x", 3, "fixed", PROMPT], clip=10)
    texts["inputs"] += [
        {"name": name, "widget": {"name": name}, "link": None} for name in ("style", "seed", "text")
    ]
    assert differing(workflow(texts, more=[[13, 20, 0, 5, 1, "CONDITIONING"]])) == {}


@pytest.mark.parametrize("values", [
    ["Sample", 13, 31337, True, 24, 6.5, "euler", "karras", 1, "Disabled"],
    [31337, None, 24, 6.5, "euler", "karras", 1, "auto", "true"],
    [31337, "fixed", 24, 6.5, "euler", "karras", 1, "auto", "true"],
])  # fmt: skip
def test_the_layouts_that_a_node_had_over_time(values: list[object]) -> None:
    sampler = {**NODES[5], "type": "KSampler (Efficient)", "widgets_values": values}
    assert differing(workflow(sampler)) == {}


def test_widgets_in_an_order_that_is_not_known_tell_nothing() -> None:
    sampler = {**NODES[5], "widgets_values": ["euler", 24, 6.5, "x", 31337, 1, 1]}
    names = ("num_steps", "guidance_scale", "seed", "sampler", "scheduler")
    assert differing(workflow(sampler), **dict.fromkeys(names)) == {}


def test_a_prompt_is_read_as_the_editor_sends_it() -> None:
    text = "/* tried: dawn */a lighthouse at dusk// more fog?"
    assert differing(workflow({**NODES[2], "widgets_values": [text]})) == {}
    drawn = {**NODES[2], "widgets_values": ["a {red|blue} lighthouse"]}
    assert differing(workflow(drawn), prompt=None) == {}


def test_a_setting_in_words_among_numbers_is_no_prompt() -> None:
    # HunyuanImageToVideo: width, height, length, batch size, and how the picture is used.
    between = node(20, "HunyuanImageToVideo", [720, 720, 53, 1, "v2 (replace)"], positive=14)
    more = [[14, 3, 0, 20, 0, "CONDITIONING"], [19, 20, 0, 5, 2, "CONDITIONING"]]
    sampler = node(5, "KSampler", NODES[5]["widgets_values"], model=12, positive=13, negative=19,
                   latent_image=15)  # fmt: skip
    assert differing(workflow(between, sampler, more=more)) == {}


def test_a_loader_with_all_texts_in_it() -> None:
    values = [MODEL, "Baked VAE", -1, "None", 1, 1, PROMPT, NEGATIVE, "none", "comfy", 640, 832, 1]
    loader = node(20, "Efficient Loader", values)
    more = [
        [12, 20, 0, 5, 0, "*"],
        [13, 20, 1, 5, 1, "*"],
        [14, 20, 2, 5, 2, "*"],
        [15, 20, 3, 5, 3],
    ]
    assert differing(workflow(loader, more=more)) == {}


def test_reroutes_and_values_in_nodes_of_their_own() -> None:
    found = workflow(
        *(node(20, "Reroute", None, **{"": 30}), node(21, "Reroute (rgthree)", None, **{"": 31})),
        node(22, "PrimitiveNode", [31337, "randomize"]),
        {**NODES[5], "widgets_values": [1, "fixed", 24, 6.5, "euler", "karras", 1],
         "inputs": [*NODES[5]["inputs"], {"name": "seed", "link": 32, "widget": {"name": "seed"}}]},
        more=[[13, 20, 0, 5, 1, "*"], [30, 21, 0, 20, 0, "*"], [31, 2, 0, 21, 0, "*"],
              [32, 22, 0, 5, 4, "INT"]],
    )  # fmt: skip
    assert differing(found) == {}


def test_set_and_get() -> None:
    found = workflow(
        node(20, "SetNode", ["good"], CONDITIONING=30),
        node(21, "GetNode", ["good"]),
        node(22, "SetNode", ["other"], CONDITIONING=14),
        more=[[30, 2, 0, 20, 0, "*"], [13, 21, 0, 5, 1, "*"]],
    )
    assert differing(found) == {}


def bypassed(mode: int) -> Node:
    lora = node(20, "LoraLoader", ["ink", 1, 1], mode, model=("MODEL", 30), clip=("CLIP", 31))
    return {**lora, "outputs": [{"type": "MODEL"}, {"type": "CLIP"}]}


def test_what_is_bypassed_passes_on_what_fits() -> None:
    more = [[12, 20, 0, 5, 0, "MODEL"], [30, 1, 0, 20, 0, "MODEL"], [31, 1, 1, 20, 1, "CLIP"]]
    assert differing(workflow(bypassed(0), more=more), lora=["ink"]) == {}
    assert differing(workflow(bypassed(BYPASSED), more=more)) == {}


def test_what_is_muted_stays_out() -> None:
    more = [[12, 20, 0, 5, 0, "MODEL"], [30, 1, 0, 20, 0, "MODEL"]]
    assert differing(workflow(bypassed(MUTED), more=more), model="") == {}
    second = {
        **NODES[5],
        "id": 20,
        "mode": MUTED,
        "widgets_values": [1, "fixed", 2, 3, "a", "b", 1],
    }
    saver = node(21, "SaveImage", ["x"], MUTED, images=30)
    assert differing(workflow(second, saver, more=[[30, 20, 0, 21, 0, "*"]])) == {}


def linked(one: int, origin: int, output: int, target: int, slot: int) -> dict[str, Any]:
    return {"id": one, "origin_id": origin, "origin_slot": output, "target_id": target,
            "target_slot": slot, "type": "*"}  # fmt: skip


PROMPT_GRAPH = {
    "id": "0000-prompt",
    "inputs": [{"name": "clip"}, {"name": "text"}],
    "outputs": [{"name": "CONDITIONING"}],
    "nodes": [node(1, "CLIPTextEncode", ["its own"], clip=1, text=2)],
    "links": [linked(1, INSIDE, 0, 1, 0), linked(2, INSIDE, 1, 1, 1), linked(3, 1, 0, OUTSIDE, 0)],
}


def subgraphs(*graphs: object) -> dict[str, Any]:
    return {"definitions": {"subgraphs": list(graphs)}}


def test_a_subgraph_with_a_text_given_from_outside() -> None:
    use = node(20, "0000-prompt", [], clip=10, text=30)
    text = node(21, "PrimitiveStringMultiline", [PROMPT])
    found = workflow(use, text, **subgraphs(PROMPT_GRAPH),
                     more=[[13, 20, 0, 5, 1, "*"], [30, 21, 0, 20, 1, "STRING"]])  # fmt: skip
    assert differing(found) == {}


def test_a_subgraph_used_twice_with_texts_of_its_uses() -> None:
    def use(key: int, text: str) -> Node:
        one = node(key, "0000-prompt", [text], clip=10)
        one["inputs"].append({"name": "text", "widget": {"name": "text"}, "link": None})
        return one

    found = workflow(use(20, PROMPT), use(21, NEGATIVE), **subgraphs(PROMPT_GRAPH),
                     more=[[13, 20, 0, 5, 1, "*"], [14, 21, 0, 5, 2, "*"]])  # fmt: skip
    assert differing(found) == {}


def test_a_subgraph_within_a_subgraph() -> None:
    outer = {
        "id": "0001-outer",
        "inputs": [{"name": "clip"}],
        "outputs": [{"name": "a"}, {"name": "b"}],
        "nodes": [
            node(7, "0000-prompt", [], clip=1, text=2),
            node(8, "Text Multiline", [PROMPT]),
            node(9, "CLIPTextEncode", [NEGATIVE], clip=1),
        ],
        "links": [linked(1, INSIDE, 0, 7, 0), linked(2, 8, 0, 7, 1), linked(3, 7, 0, OUTSIDE, 0),
                  linked(4, 9, 0, OUTSIDE, 1)],
    }  # fmt: skip
    use = node(20, "0001-outer", [], clip=10)
    found = workflow(use, **subgraphs(PROMPT_GRAPH, outer),
                     more=[[13, 20, 0, 5, 1, "*"], [14, 20, 1, 5, 2, "*"]])  # fmt: skip
    assert differing(found) == {}


def test_a_graph_that_ran_goes_before_the_editors() -> None:
    other = {"nodes": [{**NODES[2], "widgets_values": ["changed since"]}], "links": []}
    texts = {"workflow": json.dumps(other), "prompt": json.dumps(graph())}
    assert differing(read(png(texts))) == {}
