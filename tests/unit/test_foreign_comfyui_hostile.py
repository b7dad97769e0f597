"""Hostile ComfyUI graphs cost a bounded amount of work, whatever leads where, and raise nothing."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Callable
from functools import cache

import pytest

from backend.recipes import foreign
from tests.unit.comfy_graphs import differing, graph, node, told
from tests.unit.foreign_files import Json, png

pytestmark = pytest.mark.wide

SECONDS = 4.0
"""Most CPU time for one file; the slowest here takes one; without bounds it takes for ever."""

SAMPLER = {"seed": 1, "steps": 4, "positive": ["1", 0], "negative": ["1", 0], "model": ["1", 0]}


def many(count: int, make: Callable[[int], Json], **sampler: object) -> Json:
    inputs = {**SAMPLER, "latent_image": ["1", 0], **sampler}
    ends = {"s": node("KSampler", **inputs), "v": node("SaveImage", images=["s", 0])}
    return ends | {str(n): make(n) for n in range(1, count)}


def switch(n: int) -> Json:
    return node("ComfySwitchNode", switch=[str(n + 2), 0], on_true=[str(n + 1), 0],
                on_false=[str(n + 3), 0])  # fmt: skip


def join(n: int) -> Json:
    pieces = {f"string_{i}": [str(n + i), 0] for i in range(1, 21)}
    return node("StringConcatenate", **pieces) if n < 80 else node("P", value="lol" * 20_000)


def replace(n: int) -> Json:
    linked: object = [str(n + 1), 0] if n < 80 else "a" * 1000
    return node("StringReplace", string=linked, find="a", replace="a" * 32)


def texted(make: Callable[[int], Json]) -> Callable[[int], Json]:
    """Its first node encodes what the others make."""
    return lambda n: node("CLIPTextEncode", text=["2", 0]) if n == 1 else make(n)


def itself(count: int) -> Json:
    """The smallest of all: a node whose every input is itself, asked for every value."""
    inputs = {f"k{i}": ["a", 0] for i in range(count)}
    asked = {n: ["a", 0] for n in ("seed", "steps", "cfg", "positive", "latent_image", "width")}
    return {"s": node("KSampler", **asked), "a": node("X", **inputs)}


LINKED = {"seed": ["1", 0], "steps": ["1", 0], "cfg": ["1", 0]}
GRAPHS: dict[str, Callable[[], Json]] = {
    "itself": lambda: itself(60),
    "itself, large": lambda: itself(100_000),
    "all to all": lambda: many(300, lambda n: node(
        "X", **{f"value_{i}": [str((n * 7 + i) % 300), 0] for i in range(200)}), **LINKED),
    "switches": lambda: many(2_000, switch, **LINKED),
    "wide switches": lambda: many(300, lambda n: node(
        "ImpactSwitch", select=["1", 0], **{f"input{i}": [str(n + i), 0] for i in range(200)})),
    "joins": lambda: many(120, texted(join)),
    "replacements": lambda: many(90, texted(replace)),
    "one replacement": lambda: many(3, texted(lambda n: node(
        "StringReplace", string="a" * 2_000_000, find="a", replace="b" * 2_000_000))),
    "merges": lambda: many(3_000, lambda n: node(
        "ModelMergeSimple", model1=[str(n + 1), 0], model2=[str(n + 2), 0], ratio=0.6)),
    "loras": lambda: many(50_000, lambda n: node(
        "LoraLoader", lora_name=f"l{n}", model=[str(n + 1), 0])),
    "sizes": lambda: many(3_000, lambda n: node(
        "EmptyLatentImage", width=[str(n + 1), 0], height=[str(n + 2), 0])),
    "100,000 inputs": lambda: many(2, lambda n: node("X", **{f"x{i}": 1 for i in range(100_000)})),
    "100,000 samplers": lambda: {
        str(n): node("KSampler", seed=1, steps=1, latent_image=[str(n + 1), 0])
        for n in range(100_000)
    },
    "100,000 savers": lambda: {
        str(n): node("SaveImage", images=[str(n + 1), 0]) for n in range(100_000)
    },
    "savers of a web": lambda: {
        **{str(n): node("SaveImage", images=["l0", 0]) for n in range(3_000)},
        **{f"l{n}": node("LatentComposite", samples_to=[f"l{n + 1}", 0],
                         samples_from=[f"l{n + 2}", 0]) for n in range(5_000)},
    },
    "long ways of many": lambda: {
        **{f"k{n}": node("KSampler", seed=1, steps=1, model=["l9", 0], latent_image=["l0", 0])
           for n in range(64)},
        **{f"l{n}": node("Latent", samples=[f"l{n + 1}", 0]) for n in range(50_000)},
    },
    "names that patterns stumble over": lambda: {
        "s": node("KSampler", seed=1, steps=1, positive=["p", 0], **{
            name: ["p", 0] for name in ("image" + "1" * 90 + "!", "images" + "_a" * 40 + "!",
                                        "a_" * 45 + "!", "ratio" * 15, "size" * 20, "x" * 10**6)}),
        "p": node("__" * 100 + "load" * 100_000, prompt="{" * 10**6, dimensions="1x" * 10**6),
    },
    "wildcards": lambda: many(
        3, texted(lambda n: node("Wildcard", text="{a" * 10**6 + "__" * 10**6))),
    "choices without an end": lambda: many(
        3, texted(lambda n: node("Prompt (LoraManager)", text="{" + "|" * 10**6))),
    "trigger words": lambda: many(200, texted(lambda n: node(
        "TriggerWord Toggle (LoraManager)", toggle_trigger_words=[
            {"text": "a", "active": True, "items": [{"text": "b", "active": True}] * 60}] * 60))),
    "stacks": lambda: {"s": node("KSampler", seed=1, steps=1, model=["1", 0]), **{
        str(n): node("easy loraStack", num_loras=[str(n + 1), 0], lora_stack=[str(n + 1), 0],
                     loras=[{"name": "x" * 90}] * 90, model=[str(n + 1), 0]) for n in range(900)}},
    "classes that are none": lambda: {
        str(n): {"class_type": [1] * 20_000, "inputs": {"images": ["1", 0]}} for n in range(50)
    },
    "numbers without end": lambda: many(
        2, lambda n: node("X"), seed="9" * 10**6, steps=10**30, cfg=1e308),
    "links to nowhere": lambda: many(
        2, lambda n: node("X", text=["1" * 10**5, 10**20], cond=[10**400, 0], a=["1", "1"])),
}  # fmt: skip


def subgraph(key: str, nodes: list[Json], count: int = 0) -> Json:
    links = [{"id": n, "origin_id": -10, "origin_slot": 0, "target_id": 1, "target_slot": n}
             for n in range(count)]  # fmt: skip
    return {"id": key, "nodes": nodes, "links": links, "inputs": [{"name": "i"}] * 50}


def editor(nodes: list[Json], *subgraphs: Json, links: object = ()) -> Json:
    return {"nodes": nodes, "links": list(links) if isinstance(links, range | list) else [],
            "definitions": {"subgraphs": list(subgraphs)}}  # fmt: skip


WORKFLOWS: dict[str, Callable[[], Json]] = {
    "a subgraph in itself": lambda: editor(
        [{"id": 1, "type": "A"}], subgraph("A", [{"id": n, "type": "A"} for n in range(40)])),
    "subgraphs without end": lambda: editor([{"id": 1, "type": "g0"}], *(
        subgraph(f"g{depth}", [
            {"id": n, "type": f"g{depth + 1}",
             "inputs": [{"name": f"i{i}", "link": i} for i in range(100)]} for n in range(10)])
        for depth in range(30))),
    "a wide one, often": lambda: editor(
        [{"id": n, "type": "A"} for n in range(20_000)],
        subgraph("A", [{"id": 1, "type": "K", "widgets_values": list(range(10_000)),
                        "inputs": [{"name": f"n{i}", "link": i} for i in range(10_000)]}], 10_000)),
    "reroutes": lambda: editor(
        [{"id": 0, "type": "KSampler", "inputs": [{"name": f"n{i}", "link": 1}
                                                   for i in range(50_000)]},
         *({"id": n, "type": "Reroute", "inputs": [{"name": "", "link": n + 1}]}
           for n in range(1, 19_000))],
        links=[[n, n, 0, n - 1, 0, "*"] for n in range(1, 19_000)]),
    "a ring of set and get": lambda: editor(
        [{"id": 0, "type": "KSampler", "inputs": [{"name": "model", "link": 1}]},
         {"id": 2, "type": "GetNode", "widgets_values": ["a"]},
         {"id": 3, "type": "SetNode", "widgets_values": ["a"], "inputs": [{"link": 3}]}],
        links=[[1, 2, 0, 0, 0, "*"], [3, 2, 0, 3, 0, "*"]]),
    "getters": lambda: editor(
        [*({"id": n, "type": "GetNode", "widgets_values": ["x" * 1000]} for n in range(5_000)),
         {"id": 9_999, "type": "KSampler",
          "inputs": [{"name": f"a{i}", "link": i} for i in range(5_000)]}],
        links=[[i, i, 0, 9_999, 0, "*"] for i in range(5_000)]),
}  # fmt: skip


@cache
def file_of(name: str) -> bytes:
    key, make = ("prompt", GRAPHS[name]) if name in GRAPHS else ("workflow", WORKFLOWS[name])
    return png({key: json.dumps(make())})


@pytest.mark.parametrize("name", [*GRAPHS, *WORKFLOWS])
def test_the_work_for_one_file_is_bounded(name: str, caplog: pytest.LogCaptureFixture) -> None:
    data = file_of(name)
    start = time.process_time()
    found = foreign.read(data)
    took = time.process_time() - start
    assert took < SECONDS, took
    assert found is None or found.source == "comfyui"
    assert not caplog.records


@pytest.mark.parametrize("name", ["joins", "replacements", "one replacement", "all to all"])
def test_the_memory_for_one_file_is_bounded(name: str) -> None:
    data = file_of(name)
    tracemalloc.start()
    foreign.read(data)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 120_000_000, peak


@pytest.mark.parametrize("depth", [30, 90, 5_000])
def test_long_ways_are_followed_or_given_up(depth: int) -> None:
    """A hundred nodes on one way are more than any real graph has; beyond, nothing is told."""
    ways = {f"n{n}": node("Text Multiline", text=[str(n + 1), 0]) for n in range(100, 100 + depth)}
    ways[f"n{100 + depth}"] = node("Text Multiline", text="a lighthouse at dusk")
    nodes = graph(n2=node("CLIPTextEncode", text=["100", 0], clip=["1", 1]), **ways)
    other = {} if depth < 95 else {"prompt": None}
    assert differing(told(nodes), **other) == {}


def test_a_large_graph_is_read_to_its_end() -> None:
    """What stands beside costs little: the budget is for the ways that are followed."""
    beside = {f"n{n}": node("Note", text="x" * 100, a=1, b=2) for n in range(100, 20_000)}
    assert differing(told(graph(**beside))) == {}
