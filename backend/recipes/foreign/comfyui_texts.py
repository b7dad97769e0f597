"""The text that a node gives: typed, joined, replaced in, passed on. Pure.

None where the graph does not hold it: a language model wrote it, or it was drawn at random.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from backend.recipes.foreign.comfyui_graph import Graph, Link, matches
from backend.recipes.foreign.comfyui_switches import truth, ways
from backend.recipes.foreign.comfyui_triggers import toggled
from backend.recipes.foreign.comfyui_values import Values, agreed, whole

_JOINED_CHARS = 100_000  # what is joined from pieces could double with each node
_CHARS_A_STEP = 200

_TEXT = ("populated_text", "text", "prompt", "t5xxl", "text_g", "clip_l", "text_l")
_BOX = frozenset(
    {
        *("text", "string", "value", "prompt", "str", "multiline", "content", "txt", "strings"),
        *("input_text", "text_input", "text1", "string1", "input_string", "string_value"),
        *("wildcard_text", "anything", "any", "source", "input"),
    }
)
_PIECE = re.compile(r"(string|text|prompt|str|input)_?([a-h]|\d{1,2})")
_BETWEEN = ("delimiter", "separator", "delim", "sep")
_JOINS = re.compile(r"concat|join|combin|append|merge|string_?cat|prompt_?line|textcat", re.I)
_REPLACES = re.compile(r"replace", re.I)
_FIND = re.compile(r"(find|old|search|pattern|target)_?(\d?)(text|string)?")
_WITH = re.compile(r"(replace|new|replacement|replace_with)_?(\d?)(text|string)?")
_TEXTUAL = re.compile(
    r"text|string|prompt|wildcard|primitive|literal|constant|reroute|positive|negative|box|note",
    re.I,
)
_SHOWS = re.compile(r"show|display|preview|console|debug|print", re.I)
# What these make of their texts is not in the file.
_WRITES = re.compile(
    r"florence|llm|ollama|gpt|gemini|claude|deepseek|llama|qwen.?vl|caption|interrogat|tagger"
    r"|translat|describe|enhanc|textgenerate|promptgen|moondream|joy|blip|regex|substring|slice"
    r"|split|extract|datetime|load.*(text|file|line)|metadata|reader|random.?line|token|python|eval"
    r"|remove|dupli|sort|shuffle|filter|(prompt|text|value).?schedul|cycler|script|exec|api",
    re.I,
)
_WRITER_INPUTS = ("max_tokens", "max_new_tokens", "temperature", "top_p", "max_length", "llm",
                  "code", "expression", "formula")  # fmt: skip
_DRAWS = re.compile(r"wildcard|random|dynamic|DPR|DPC|\(LoraManager\)", re.I)
_WILD = re.compile(r"\{[^{}|]*+\|[^{}]*+\}|__[\w*/\-. ]{1,80}__|\$\$")
# WAS gives each of its texts at an output of its own; stylers give the good text before the bad.
_OUTPUTS = {
    "Text String": ("text", "text_b", "text_c", "text_d"),
    "SDXL Power Prompt - Positive (rgthree)": ("", "", "", "prompt_g", "prompt_l"),
    "SDXL Power Prompt - Simple / Negative (rgthree)": ("", "prompt_g", "prompt_l"),
}
_COMMENTED = ("Text Multiline",)  # WAS takes out lines that begin with #
_NO_TEXT = re.compile(
    r"name|path|file|image|model|mode|type|upload|url|font|style|preset|lang", re.I
)
_STYLED = {"positive": re.compile(r"(text_)?pos(itive)?(_prompt|_text)?(_g|_l)?"),
           "negative": re.compile(r"(text_)?neg(ative)?(_prompt|_text)?(_g|_l)?")}  # fmt: skip


class Texts:
    """Reads texts out of one graph."""

    def __init__(self, graph: Graph, values: Values) -> None:
        self._graph = graph
        self._values = values

    def text(self, value: object, role: str) -> str | None:
        """Return a text; `role`, positive or negative, is what it is for."""
        if isinstance(value, str):
            return value.strip()
        link = self._graph.link(value)
        if link is None:
            return None
        return self._graph.once(("text", *link, role), lambda: self._given(link, role))

    def _given(self, link: Link, role: str) -> str | None:
        graph, key = self._graph, link.key
        if (branches := ways(graph, link, self._values.constant)) is not None:
            return agreed([self.text(value, role) for value in branches])
        inputs, kind = graph.inputs(key), graph.kind(key)
        if not graph.spend(len(inputs)):
            return None
        if _SHOWS.search(kind):
            # What it showed last time stands beside what it is given now.
            given = [one for _name, one in graph.links(key)]
            return self.text([*given[0]], role) if given else self._boxed(inputs, role)
        if kind.startswith("TriggerWord Toggle"):
            return toggled(inputs)
        if _WRITES.search(kind) or any(name in inputs for name in _WRITER_INPUTS):
            return None
        if kind in _OUTPUTS and link.output < len(names := _OUTPUTS[kind]):
            return self.text(inputs.get(names[link.output]), role)
        if (styled := self._styled(inputs, link, role)) is not None:
            return self.text(inputs[styled], role)
        if _REPLACES.search(kind):
            return self._replaced(inputs, role)
        pieces = sorted((name for name in inputs if matches(_PIECE, name)), key=_by_number)
        if len(pieces) > 1 or (pieces and _JOINS.search(kind)):
            return self._of_pieces(inputs, pieces, kind, link.output, role)
        if len(inputs) > 1 and not _TEXTUAL.search(kind):
            # It has settings, and what it is for is not known: what it is given may not come out.
            inputs = {name: value for name, value in inputs.items() if not graph.link(value)}
        found = self._boxed(inputs, role)
        if found and kind in _COMMENTED:
            lines = found.split("\n")
            found = "\n".join(one for one in lines if not one.lstrip().startswith("#")).strip()
        if found and self.is_drawn(found, key):
            return None
        if found and "select" in inputs and "strings" in inputs:
            return self._line_of(found, inputs)
        return found

    def is_drawn(self, text: str, key: str) -> bool:
        """Whether a node draws one of the choices in its text, and does not say which."""
        draws = "populated_text" not in self._graph.inputs(key) and _DRAWS.search(
            self._graph.kind(key)
        )
        return bool(draws and _WILD.search(text))

    def _boxed(self, inputs: Mapping[str, object], role: str) -> str | None:
        """Return the text of a node that has one."""
        named = {name.casefold(): value for name, value in inputs.items()}
        names = [name for name in (*_TEXT, role, f"{role}_prompt") if name in named]
        names += [name for name in named if name in _BOX]
        unread = False
        for name in dict.fromkeys(names):
            if text := self.text(named[name], role):
                return text
            unread = unread or (text is None and self._graph.link(named[name]) is not None)
        if names:
            return None if unread else ""
        typed = [v for n, v in inputs.items() if isinstance(v, str) and not _NO_TEXT.search(n)]
        linked = [value for value in inputs.values() if self._graph.link(value)]
        only = typed if len(typed) == 1 and not linked else linked
        return self.text(only[0], role) if len(only) == 1 else None

    def _styled(self, inputs: Mapping[str, object], link: Link, role: str) -> str | None:
        """Return the name of one of the two texts that a node gives: by its output, or its use."""
        both = [[name for name in inputs if matches(pattern, name)] for pattern in _STYLED.values()]
        if not all(both):
            return None
        if max(map(len, both)) == 1 and link.output < 2 and len(self._graph.links(link.key)) == 0:
            return both[link.output][0]
        return both[role == "negative"][0]

    def _of_pieces(
        self, inputs: Mapping[str, object], pieces: list[str], kind: str, output: int, role: str
    ) -> str | None:
        between = next((inputs[name] for name in _BETWEEN if name in inputs), None)
        if between is None and not _JOINS.search(kind):
            # Either they are joined, or each has an output of its own.
            own = output > 0 and output < len(pieces)
            return self.text(inputs[pieces[output]], role) if own else None
        if between is None and "linebreak_addition" in inputs:
            between = "\n" if truth(inputs["linebreak_addition"]) else ""
        joint = self._values.constant(between, "delimiter")
        texts = [self.text(inputs[name], role) for name in pieces if inputs[name] is not None]
        if any(text is None for text in texts):
            return None
        joint = joint.replace("\\n", "\n")[:20] if isinstance(joint, str) else ", "
        return self._bounded(joint, [text[:_JOINED_CHARS] for text in texts if text])

    def _replaced(self, inputs: Mapping[str, object], role: str) -> str | None:
        named = {name.casefold(): value for name, value in inputs.items()}
        text = self.text(next((named[n] for n in ("text", "string") if n in named), None), role)
        if text is None or any(truth(v) for n, v in named.items() if "regex" in n):
            return None
        finds = {m[2]: name for name in named if (m := matches(_FIND, name))}
        news = {m[2]: name for name in named if (m := matches(_WITH, name))}
        for at in sorted(finds.keys() & news.keys()):
            # As they are: a blank that is replaced is no empty text.
            old, new = (self._exact(named[names[at]], role) for names in (finds, news))
            if old is None or new is None:
                return None
            if len(text) + text.count(old) * len(new) > _JOINED_CHARS * 10:
                return None
            text = text.replace(old, new) if old else text
            if not self._graph.spend(len(text) // _CHARS_A_STEP):
                return None
        return text.strip()

    def _exact(self, value: object, role: str) -> str | None:
        return value if isinstance(value, str) else self.text(value, role)

    def _line_of(self, text: str, inputs: Mapping[str, object]) -> str | None:
        at = whole(self._values.constant(inputs["select"], "select"))
        lines = text.split("\n")
        if at is None or truth(inputs.get("multiline")):
            return None if len(lines) > 1 else text
        return lines[at % len(lines)].strip()

    def _bounded(self, joint: str, texts: list[str]) -> str | None:
        joined, left = [], _JOINED_CHARS
        for text in texts:
            joined.append(text[:left])
            left -= len(text) + len(joint)
            if left <= 0:
                break
        text = joint.join(joined).strip()
        return text if self._graph.spend(len(text) // _CHARS_A_STEP) else None


def _by_number(name: str) -> tuple[int, str]:
    digits = re.sub(r"\D", "", name)
    return (int(digits) if digits else 0, name)
