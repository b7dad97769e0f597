"""Draws ARCHITECTURE.md's picture of the packages from the contract: `make picture`.

The rows are the layers in pyproject.toml, the words each package's own: the first sentence of its
docstring. So the picture says nothing that `lint-imports` and the code do not say.
"""

from __future__ import annotations

import ast
import re
import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "assets" / "architecture.svg"

# Everything below in SVG units; the picture is as wide as a page of text shows without scaling.
WIDTH, MARGIN, GAP, PAD = 960, 24, 12, 14
ARROW = 36  # the column left of the rows
NAME_PX, LINE_PX = 20, 18
CHAR_PX = 6.9  # of a 13 px sans-serif, on the wide side: no browser's font runs out of its box

_STYLE = """
text { font: 13px system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif }
text { fill: #566074 }
.ground { fill: #f6f7f9 } .room { fill: #fff; stroke: #c9cedb }
.title { font-size: 16px; font-weight: 600; fill: #1b2130 }
.after { font-size: 13px; font-weight: 400; fill: #566074 }
.name { font: 600 14px ui-monospace, "SF Mono", Consolas, monospace; fill: #3446ab }
.arrow { fill: none; stroke: #6b7488; stroke-width: 1.5; stroke-linecap: round }
@media (prefers-color-scheme: dark) {
text, .after { fill: #a5aec0 } .ground { fill: #12151c } .room { fill: #1a1e28; stroke: #3d4557 }
.title { fill: #e8ebf2 } .name { fill: #a9b6ff } .arrow { stroke: #8b95a9 }
}"""


@dataclass(frozen=True)
class Room:
    """A package, or a module beside packages, and its rule in one sentence."""

    name: str
    rule: str


@dataclass(frozen=True)
class House:
    """A package whose rooms stand in rows; each imports from the rows below it alone."""

    name: str
    rule: str
    rows: tuple[tuple[Room, ...], ...]


def houses(root: Path) -> list[House]:
    """Return the packages that a contract of layers orders, the one that no other imports first."""
    contracts = _contracts(root)
    found = {
        container: House(
            container,
            rule(root, container),
            tuple(
                tuple(Room(name, rule(root, f"{container}.{name}")) for name in _rooms(layer))
                for layer in contract["layers"]
            ),
        )
        for contract in contracts
        if contract["type"] == "layers"
        for container in contract["containers"]
    }
    below = {
        source
        for contract in contracts
        if contract["type"] == "forbidden" and found.keys() & set(contract["forbidden_modules"])
        for source in contract["source_modules"]
    }
    return sorted(found.values(), key=lambda house: house.name in below)


def held(root: Path) -> list[str]:
    """Return what the contract holds, in its own words."""
    return [contract["name"] for contract in _contracts(root)]


def rule(root: Path, module: str) -> str:
    """Return the first sentence of a module's docstring. Raises: ValueError where there is none."""
    path = root.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    first = re.match(r".+?[.](?=\s|$)", " ".join(text.split("\n\n")[0].split()))
    if first is None:
        raise ValueError(f"{module} does not begin with a sentence that says what it is")
    return first[0].rstrip(".")


def draw(root: Path) -> str:
    """Return the picture as an SVG document, the same for the same contract and docstrings."""
    parts: list[str] = []
    y = MARGIN
    for house in houses(root):
        y = _draw_house(parts, house, y) + MARGIN
    parts.append(_text(MARGIN, y + 12, "title", "What is held"))
    for line in held(root):
        y += LINE_PX + 4
        parts.append(_text(MARGIN, y + 14, "", line))
    height = y + 14 + MARGIN
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'width="{WIDTH}" height="{height}" role="img" aria-labelledby="what">',
            '<title id="what">The packages and what each is for; imports lead downward.</title>',
            f"<style>{_STYLE}\n</style>",
            f'<rect class="ground" width="{WIDTH}" height="{height}" rx="12"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _draw_house(parts: list[str], house: House, y: int) -> int:
    parts.append(_text(MARGIN, y + 12, "title", house.name, house.rule))
    y += 28
    top = y
    left = MARGIN + ARROW
    for row in house.rows:
        width = (WIDTH - left - MARGIN - GAP * (len(row) - 1)) // len(row)
        said = [_wrapped(room.rule, int((width - 2 * PAD) / CHAR_PX)) for room in row]
        height = 2 * PAD + NAME_PX + LINE_PX * max(map(len, said)) - 4
        for at, (room, lines) in enumerate(zip(row, said, strict=True)):
            x = left + at * (width + GAP)
            box = f'x="{x}" y="{y}" width="{width}" height="{height}"'
            parts.append(f'<rect class="room" {box} rx="8"/>')
            parts.append(_text(x + PAD, y + PAD + 11, "name", room.name))
            for number, line in enumerate(lines, 1):
                parts.append(_text(x + PAD, y + PAD + 11 + NAME_PX * number, "", line))
        y += height + GAP
    x, bottom = MARGIN + ARROW // 3, y - GAP
    arrow = f"M{x} {top + 4}V{bottom - 4}m-5 -6l5 6l5 -6"
    parts.append(f'<path class="arrow" d="{arrow}"/>')
    return bottom


def _wrapped(text: str, chars: int) -> list[str]:
    """Return the fewest lines, as even as can be: no last one of a single word."""
    lines = textwrap.wrap(text, chars)
    while len(narrower := textwrap.wrap(text, chars - 1)) == len(lines):
        lines, chars = narrower, chars - 1
    return lines


def _text(x: int, y: int, kind: str, words: str, after: str = "") -> str:
    kind = f' class="{kind}"' if kind else ""
    more = f'<tspan class="after" dx="12">{escape(after)}</tspan>' if after else ""
    return f'<text{kind} x="{x}" y="{y}">{escape(words)}{more}</text>'


def _rooms(layer: str) -> Iterator[str]:
    for name in re.split(r"[|:]", layer):
        yield name.strip(" ()")


def _contracts(root: Path) -> list[dict[str, Any]]:
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    contracts: list[dict[str, Any]] = settings["tool"]["importlinter"]["contracts"]
    return contracts


if __name__ == "__main__":
    PICTURE.write_text(draw(ROOT), encoding="utf-8", newline="\n")
