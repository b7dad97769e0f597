"""What a sampler was told to draw, and to avoid: the texts behind its conditionings. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from backend.recipes.foreign.comfyui_graph import Graph, Link, matches
from backend.recipes.foreign.comfyui_switches import ways
from backend.recipes.foreign.comfyui_texts import Texts
from backend.recipes.foreign.comfyui_values import Values, real

_TEXTS = ("populated_text", "wildcard_text", "text", "prompt", "user_prompt", "positive_prompt",
          "t5xxl", "text_g", "text_l", "prompt_g", "prompt_l", "clip_g", "clip_l", "llama", "bert",
          "mt5xl", "qwen25_7b", "tags",
          "lyrics", "Text", "string", "value")  # fmt: skip
_CONDITIONING = re.compile(r"((conditioning|cond)_?(\d{1,2}|to|from|[a-d])?|clip_regions|any\w*)")
_BEFORE = re.compile(r"trigger_words\d{0,2}")  # LoRA Manager puts them before the prompt
_PART = {
    role: re.compile(rf"{role}_?([A-Z]|\d{{1,2}}|cond\w*)") for role in ("positive", "negative")
}
_ALIASES = {
    role: (role, role[:3], f"{role}_prompt", f"{role}_conditioning", "text_embeds")
    for role in ("positive", "negative")
}
_WHOLE = re.compile(r"pipe|context|tuple|loader|sampler", re.IGNORECASE)  # gives more than texts
_EMPTY = re.compile("ZeroOut")
_PIPED = ("model", "clip", "vae", "positive", "negative")
_CONTEXT = ("context", "model", "clip", "vae", "positive", "negative")
_OUTPUTS = {
    "FromBasicPipe": _PIPED,
    "FromBasicPipe_v2": ("pipe", *_PIPED),
    "FromDetailerPipe": _PIPED,
    "FromDetailerPipe_v2": ("pipe", *_PIPED),
    "FromDetailerPipe_SDXL": ("pipe", *_PIPED),
    "Context (rgthree)": _CONTEXT,
    "Context Big (rgthree)": _CONTEXT,
    "Context Switch (rgthree)": _CONTEXT,
    "Context Switch Big (rgthree)": _CONTEXT,
    "Context Merge (rgthree)": _CONTEXT,
    "Context Merge Big (rgthree)": _CONTEXT,
    "Efficient Loader": ("model", "positive", "negative"),
    "easy pipeOut": ("pipe", "model", "positive", "negative"),
    "easy fullLoader": ("pipe", "model", "vae", "clip", "positive", "negative"),
    "ttN pipeLoader": ("pipe", "model", "positive", "negative"),
}
"""What the outputs of nodes give, by the packs' own sources: the use of a link may be the other."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a conditioning was made from. `texts` is None where the graph does not tell all."""

    texts: tuple[str, ...] | None = None
    guidance: int | float | None = None
    beside: str = ""  # FLUX's second, short text

    @property
    def text(self) -> str | None:
        """Return the texts as one, None where they are not told."""
        return None if self.texts is None else ", ".join(dict.fromkeys(t for t in self.texts if t))


class Prompts:
    """Reads the prompts out of one graph."""

    def __init__(self, graph: Graph, values: Values, texts: Texts) -> None:
        self._graph, self._values, self._texts = graph, values, texts

    def of(self, value: object, role: str) -> Said:
        """Return what was said by a text or a link, to draw (positive) or to avoid (negative)."""
        if isinstance(value, str):
            return Said((value.strip(),))
        link = self._graph.link(value)
        if link is None:
            return Said()
        return self._graph.once(("said", *link, role), lambda: self._said(link, role)) or Said()

    def of_node(self, key: str, role: str) -> Said:
        """Return what a sampler or guider was told."""
        return self.of([key, -1], role)

    def _said(self, link: Link, role: str) -> Said:
        graph, key = self._graph, link.key
        if (branches := ways(graph, link, self._values.constant)) is not None:
            said = [self.of(value, role) for value in branches]
            return said[0] if said and all(one == said[0] for one in said) else Said()
        inputs, kind = graph.inputs(key), graph.kind(key)
        if not graph.spend(len(inputs)):
            return Said()
        if _EMPTY.search(kind):
            return Said(())
        role = self._role(link, inputs, role)
        aliases = ("cond1",) if "cfg_conds" in inputs and role == "positive" else _ALIASES[role]
        named = next((name for name in aliases if inputs.get(name) is not None), None)
        if named is not None:
            return self._with_guidance(self.of(inputs[named], role), inputs)
        if "guider" in inputs:
            return self.of(inputs["guider"], role)
        if role == "negative" and link.output < 0 and "conditioning" in inputs:
            return Said(())  # a guider that has none
        own = self._own(key, role)
        ways_on = [n for n in inputs if matches(_CONDITIONING, n) or matches(_PART[role], n)]
        before = [self.of(inputs[n], role) for n in ways_on if graph.link(inputs[n])]
        if own is None and not before:
            through = graph.pipes(key) or self._only(key)
            return self.of([*through[0]], role) if through else Said()
        parts = [*before, *([own] if own is not None else [])]
        texts: tuple[str, ...] | None = ()
        for part in parts:
            texts = None if texts is None or part.texts is None else texts + part.texts
        guidance = next((one.guidance for one in parts if one.guidance is not None), None)
        beside = next((one.beside for one in parts if one.beside), "")
        return self._with_guidance(Said(texts, guidance, beside), inputs)

    def _role(self, link: Link, inputs: Mapping[str, object], role: str) -> str:
        names = _OUTPUTS.get(self._graph.kind(link.key), ())
        if not names and "model" not in inputs and not _WHOLE.search(self._graph.kind(link.key)):
            both = (self._graph.link(inputs.get(name)) for name in ("positive", "negative"))
            names = ("positive", "negative") if all(both) else ()
        given = names[link.output] if 0 <= link.output < len(names) else role
        return given if given in ("positive", "negative") else role

    def _own(self, key: str, role: str) -> Said | None:
        """Return the texts that a node encodes itself, None where it encodes none."""
        inputs = self._graph.inputs(key)
        names = [name for name in _TEXTS if name in inputs]
        if "populated_text" in names and inputs["populated_text"] not in (None, ""):
            names = ["populated_text"]
        if not names or (names == ["value"] and not isinstance(inputs["value"], str)):
            return None
        beside = ""
        if "t5xxl" in names and "guidance" in inputs:  # FLUX draws by the long one
            names.remove("t5xxl")
            beside = ", ".join(filter(None, (self._texts.text(inputs[n], role) for n in names)))
            names = ["t5xxl"]
        before = [n for n in inputs if matches(_BEFORE, n) and inputs[n] is not None]
        texts = [self._texts.text(inputs[name], role) for name in (*before, *names)]
        texts = [None if text and self._texts.is_drawn(text, key) else text for text in texts]
        if "t5xxl" in names and not any(texts) and beside:
            return Said((beside,))
        told = tuple(text for text in texts if text is not None)
        said = told if len(told) == len(texts) else None
        return Said(said, beside="" if said and beside in said else beside)

    def _only(self, key: str) -> list[Link]:
        links = [
            link
            for name, link in self._graph.links(key)
            if not re.match(r"(clip|vae|model|image|pixels|control|mask|lora)", name)
        ]
        return links if len(links) == 1 else []

    def _with_guidance(self, said: Said, inputs: Mapping[str, object]) -> Said:
        guidance = real(self._values.constant(inputs.get("guidance"), "guidance"))
        if guidance is None:
            return said
        return Said(said.texts, guidance, said.beside)
