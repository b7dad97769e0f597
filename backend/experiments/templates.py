"""Prompts with choices in them, read: `choices` says what they can become.

The syntax is that of `dynamicprompts` (A1111's extension, ComfyUI's node, InvokeAI), read by its
parser; its generators are not used: they cannot count, and list a million in seconds. Pure.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from backend.errors import InvalidInput
from backend.experiments.choices import Choice, Node, Sequel, Text
from backend.said import msg

Wildcards = Callable[[str], Sequence[str] | None]
"""The lines of the file, or files, of that name; None where there is none."""

TEMPLATE_MAX_CHARS = 10_000
DEPTH_MAX = 8
"""Files within files."""

COUNT_MAX = 10**100
"""Texts of a template: their numbers are kept with the images."""

_ROWS_MAX = 20_000
"""Options times those that are taken of them at once: counting these costs time."""

_WEIGHT_MAX = 1e9

_PLACEHOLDERS = {
    "#": "\ufdd0",
    "%": "\ufdd1",
    "$": "\ufdd2",
    "//": "\ufdd3",
    "/*": "\ufdd4",
    "\\{": "\ufdd5",
    "\\}": "\ufdd6",
    "\\|": "\ufdd7",
}
_LONE = re.compile(r"#|%(?!\{)|(?<!\$)\$(?![${])|//|/\*|\\[{}|]")
_BACK = {sign: text.removeprefix("\\") for text, sign in _PLACEHOLDERS.items()}
_HINTED = re.compile(r"\{[^{}|]*+\|[^{}]*+\}|__[\w./* -]+?__")
_PARSING = threading.Lock()
_OPTION = r"[^{}|$%#:\\~!@\t]*"
_PLAIN = re.compile(rf"\{{({_OPTION}(?:\|{_OPTION})*)\}}")
_NEEDS_PARSER = re.compile(r"[{$%#\\\t]|__")


def looks_like_one(prompt: str) -> bool:
    """Whether a prompt holds what a template would read, so that the switch is offered."""
    return bool(_HINTED.search(prompt))


def template(text: str, wildcards: Wildcards) -> Node:
    """Return what a template can become: its `count`, and `number(i)` of them.

    Weights (`{2::red|blue}`) say how often a text is drawn, not what is counted and listed.
    Raises: InvalidInput, with the place where it cannot be read, or a file's name.
    """
    if len(text) > TEMPLATE_MAX_CHARS:
        raise InvalidInput(
            msg("A template holds at most {most} characters.", most=TEMPLATE_MAX_CHARS),
            msg("Shorten it."),
        )
    try:
        node = plain_choices(text) or _Reader(wildcards).node(_parsed(text))
        if node.count > COUNT_MAX:
            raise InvalidInput(
                msg("This template makes more prompts than can be numbered."),
                msg("Make it simpler."),
            )
        return node
    except RecursionError as error:
        raise InvalidInput(
            msg("The braces of this template are nested too deeply."), msg("Make it simpler.")
        ) from error


@lru_cache(maxsize=256)
def _parsed(text: str) -> Any:
    """Return the parser's tree. Raises: InvalidInput with the place."""
    from dynamicprompts.parser.parse import parse  # noqa: PLC0415  # with pyparsing: 60 ms
    from pyparsing import ParseBaseException  # noqa: PLC0415

    guarded = _guarded(text)
    try:
        with _PARSING:  # it keeps its state in the grammar
            return parse(guarded)
    except ParseBaseException as error:
        raise InvalidInput(
            msg(
                "This template cannot be read from character {place} on: \u201c{text}\u201d.",
                place=str(error.loc + 1),
                text=_restored(guarded[error.loc :])[:30],
            ),
            msg("Close each brace; one that is meant as such stands after a backslash."),
        ) from error
    except (ValueError, ArithmeticError) as error:
        raise InvalidInput(
            msg("This template cannot be read."), msg("Look at the numbers in its braces.")
        ) from error


def _guarded(text: str) -> str:
    return _LONE.sub(lambda found: _PLACEHOLDERS[found[0]], text)


def _restored(text: str) -> str:
    return re.sub("[\ufdd0-\ufdd7]", lambda found: _BACK[found[0]], text)


def plain_choices(text: str) -> Node | None:
    """Return what a template is whose braces hold plain options alone, None for any other.

    As the parser reads it, which takes a millisecond for two options; most of what people type is
    like that.
    """
    guarded = _guarded(text)
    if _NEEDS_PARSER.search(_PLAIN.sub("", guarded)) or "__" in guarded:
        return None
    parts: list[Node] = []
    for at, piece in enumerate(_PLAIN.split(guarded)):
        if at % 2:
            options = dict.fromkeys(Text(_restored(o.lstrip(" \n\r"))) for o in piece.split("|"))
            parts.append(Choice(tuple(options)))
        elif piece:
            parts.append(Text(_restored(piece)))
    return Sequel(tuple(parts))


class _Reader:
    """Makes nodes of the parser's commands; each file is read once for a template."""

    def __init__(self, wildcards: Wildcards) -> None:
        self._wildcards = wildcards
        self._files: dict[str, Choice] = {}

    def node(self, command: Any, above: tuple[str, ...] = ()) -> Node:
        """Return what a command can become; `above` are the files that it stands in."""
        from dynamicprompts import commands  # noqa: PLC0415

        if getattr(command, "sampling_method", None) is not None:
            raise InvalidInput(
                msg("The signs ~, ! and @ after a brace are not known here."),
                msg("Take them away."),
            )
        match command:
            case commands.LiteralCommand(literal=text):
                return Text(_restored(text))
            case commands.SequenceCommand(tokens=tokens):
                return Sequel(tuple(self.node(token, above) for token in tokens))
            case commands.VariantCommand():
                return self._choice(command, above)
            case commands.WildcardCommand(wildcard=name):
                return self._file(name, command.variables, above)
        raise InvalidInput(
            msg("Variables and wrappers of templates are not known here."),
            msg("Write the text in place of them."),
        )

    def _choice(self, command: Any, above: tuple[str, ...]) -> Choice:
        options: dict[Node, float] = {}
        for variant in command.variants:
            node = self.node(variant.value, above)
            weight = min(max(0.0, variant.weight), _WEIGHT_MAX)
            options[node] = options.get(node, 0.0) + weight  # what stands there twice is one
        most = len(options)
        low, high = min(command.min_bound, most), min(command.max_bound, most)
        if not 0 <= low <= high:
            raise InvalidInput(
                msg("The numbers before $$ fall."), msg("Write the smaller one first.")
            )
        if high > 1 and high * most > _ROWS_MAX:
            raise InvalidInput(
                msg("Of {count} options too many are taken at once.", count=most),
                msg("Take at most {most}.", most=_ROWS_MAX // most),
            )
        weights = tuple(options.values())
        if len(set(weights)) == 1 and weights[0]:
            weights = ()
        return Choice(tuple(options), low, high, _restored(command.separator), weights)

    def _file(self, name: Any, variables: Any, above: tuple[str, ...]) -> Choice:
        if not isinstance(name, str) or variables:
            raise InvalidInput(
                msg("A wildcard's name holds no braces."), msg("Write it as __name__.")
            )
        name = _restored(name).strip()
        if name in above:
            raise InvalidInput(
                msg("The wildcard file {name} contains itself.", name=name),
                msg("Take that line out of it."),
            )
        if name in self._files:
            return self._files[name]
        if len(above) >= DEPTH_MAX:
            raise InvalidInput(
                msg("Wildcard files name each other more than {most} deep.", most=DEPTH_MAX),
                msg("Make them simpler."),
            )
        lines = self._wildcards(name)
        if lines is None:
            raise InvalidInput(
                msg("There is no wildcard file {name}.", name=name),
                msg(
                    "Write one of that name on the Experiments page, under Wildcard files, or take"
                    " __{name}__ away.",
                    name=name,
                ),
            )
        if not lines:
            raise InvalidInput(
                msg("The wildcard file {name} is empty.", name=name),
                msg("Give it at least one line."),
            )
        within = (*above, name)
        options = (
            self.node(_parsed(line), within) if _special(line) else Text(line) for line in lines
        )
        self._files[name] = made = Choice(tuple(dict.fromkeys(options)))
        return made


def _special(line: str) -> bool:
    return "{" in line or "__" in line or "$" in line or "\\" in line
