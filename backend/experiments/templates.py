"""Prompts with choices in them: counted by formula, and number i made without making the others.

The syntax is that of `dynamicprompts` (A1111's extension, ComfyUI's node, InvokeAI), read by its
parser; its generators are not used: they cannot count, and list a million in seconds. Pure.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import count
from math import factorial, prod
from typing import Any

from backend.errors import InvalidInput
from backend.said import msg

Wildcards = Callable[[str], Sequence[str] | None]
"""The lines of the file, or files, of that name; None where there is none."""

TEMPLATE_MAX_CHARS = 10_000
DEPTH_MAX = 8
"""Files within files."""

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
_HINTED = re.compile(r"\{[^{}]*\|[^{}]*\}|__[\w./* -]+?__")
_PARSING = threading.Lock()


def looks_like_one(prompt: str) -> bool:
    """Whether a prompt holds what a template would read, so that the switch is offered."""
    return bool(_HINTED.search(prompt))


@dataclass(frozen=True)
class Text:
    """A piece that does not vary."""

    text: str
    count = 1

    def number(self, _: int) -> str:
        return self.text


@dataclass(frozen=True)
class Sequel:
    """Pieces one after the other; the last varies fastest."""

    parts: tuple[Node, ...]

    @cached_property
    def count(self) -> int:
        return prod(part.count for part in self.parts)

    def number(self, index: int) -> str:
        made = []
        for part in reversed(self.parts):
            index, own = divmod(index, part.count)
            made.append(part.number(own))
        return "".join(reversed(made))


@dataclass(frozen=True)
class Choice:
    """From `low` to `high` of the options, in any order, with `between` between them."""

    options: tuple[Node, ...]
    low: int = 1
    high: int = 1
    between: str = ","

    @cached_property
    def count(self) -> int:
        counts = [option.count for option in self.options]
        return sum(_orders(counts, size) for size in range(self.low, self.high + 1))

    def number(self, index: int) -> str:
        for size in range(self.low, self.high + 1):
            here = _orders([option.count for option in self.options], size)
            if index < here:
                return self.between.join(_chosen(list(self.options), size, index))
            index -= here
        raise IndexError(index)


Node = Text | Sequel | Choice


def template(text: str, wildcards: Wildcards) -> Node:
    """Return what a template can become: its `count`, and `number(i)` of them.

    Raises: InvalidInput, with the place where it cannot be read, or a file's name.
    """
    if len(text) > TEMPLATE_MAX_CHARS:
        raise InvalidInput(
            msg("A template holds at most {most} characters.", most=TEMPLATE_MAX_CHARS),
            msg("Shorten it."),
        )
    try:
        return _node(_parsed(text), wildcards, ())
    except RecursionError as error:
        raise InvalidInput(
            msg("The braces of this template are nested too deeply."), msg("Make it simpler.")
        ) from error


def _orders(counts: Sequence[int], size: int) -> int:
    """Return how many ways there are to put `size` of the options, each of so many, in a row."""
    sums = [1] + [0] * size  # the elementary symmetric polynomials, up to the size
    for own in counts:
        for n in range(size, 0, -1):
            sums[n] += sums[n - 1] * own
    return factorial(size) * sums[size]


def _chosen(options: list[Node], size: int, index: int) -> list[str]:
    """Return the texts of row `index` of those that `_orders` counts."""
    made = []
    for left in range(size - 1, -1, -1):
        for at in count():
            rest = options[:at] + options[at + 1 :]
            follow = _orders([option.count for option in rest], left)
            here = options[at].count * follow
            if index < here:
                own, index = divmod(index, follow)
                made.append(options[at].number(own))
                options = rest
                break
            index -= here
    return made


@lru_cache(maxsize=256)
def _parsed(text: str) -> Any:
    """Return the parser's tree. Raises: InvalidInput with the place."""
    from dynamicprompts.parser.parse import parse  # noqa: PLC0415  # with pyparsing: 60 ms
    from pyparsing import ParseBaseException  # noqa: PLC0415

    guarded = _LONE.sub(lambda found: _PLACEHOLDERS[found[0]], text)
    try:
        with _PARSING:  # it keeps its state in the grammar
            return parse(guarded)
    except ParseBaseException as error:
        raise InvalidInput(
            msg(
                "This template cannot be read from character {place} on: {text}",
                place=str(error.loc + 1),
                text=_restored(guarded[error.loc :])[:30],
            ),
            msg("Close each brace; one that is meant as such stands after a backslash."),
        ) from error
    except (ValueError, ArithmeticError) as error:
        raise InvalidInput(
            msg("This template cannot be read."), msg("Look at the numbers in its braces.")
        ) from error


def _restored(text: str) -> str:
    return re.sub("[\ufdd0-\ufdd7]", lambda found: _BACK[found[0]], text)


def _node(command: Any, wildcards: Wildcards, above: tuple[str, ...]) -> Node:
    from dynamicprompts import commands  # noqa: PLC0415

    if getattr(command, "sampling_method", None) is not None:
        raise InvalidInput(
            msg("The signs ~, ! and @ after a brace are not known here."), msg("Take them away.")
        )
    match command:
        case commands.LiteralCommand(literal=text):
            return Text(_restored(text))
        case commands.SequenceCommand(tokens=tokens):
            return Sequel(tuple(_node(token, wildcards, above) for token in tokens))
        case commands.VariantCommand():
            options = dict.fromkeys(
                _node(variant.value, wildcards, above) for variant in command.variants
            )
            most = len(options)
            low, high = min(command.min_bound, most), min(command.max_bound, most)
            if not 0 <= low <= high:
                raise InvalidInput(
                    msg("The numbers before $$ fall."), msg("Write the smaller one first.")
                )
            return Choice(tuple(options), low, high, _restored(command.separator))
        case commands.WildcardCommand(wildcard=name):
            return _file(name, command.variables, wildcards, above)
    raise InvalidInput(
        msg("Variables and wrappers of templates are not known here."),
        msg("Write the text in place of them."),
    )


def _file(name: Any, variables: Any, wildcards: Wildcards, above: tuple[str, ...]) -> Node:
    if not isinstance(name, str) or variables:
        raise InvalidInput(msg("A wildcard's name holds no braces."), msg("Write it as __name__."))
    name = _restored(name).strip()
    if name in above:
        raise InvalidInput(
            msg("The wildcard file {name} contains itself.", name=name),
            msg("Take that line out of it."),
        )
    if len(above) >= DEPTH_MAX:
        raise InvalidInput(
            msg("Wildcard files name each other more than {most} deep.", most=DEPTH_MAX),
            msg("Make them simpler."),
        )
    lines = wildcards(name)
    if lines is None:
        raise InvalidInput(
            msg("There is no wildcard file {name}.", name=name),
            msg(
                "Put {name}.txt into the folder wildcards of the data folder, or take"
                " __{name}__ away.",
                name=name,
            ),
        )
    if not lines:
        raise InvalidInput(
            msg("The wildcard file {name} is empty.", name=name), msg("Give it at least one line.")
        )
    return Choice(
        tuple(
            dict.fromkeys(
                _node(_parsed(line), wildcards, (*above, name)) if _special(line) else Text(line)
                for line in lines
            )
        )
    )


def _special(line: str) -> bool:
    return "{" in line or "__" in line or "$" in line or "\\" in line
