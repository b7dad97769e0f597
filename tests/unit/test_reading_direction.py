"""Styles speak of beginning and end, not left and right: pages may run from right to left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

SIDED = re.compile(
    r"^(left|right|float|clear|text-align|caption-side|"
    r"(margin|padding|border|scroll-margin|scroll-padding)-(left|right)(-\w+)?|"
    r"border-(top|bottom)-(left|right)-radius)$"
)
SIDES = re.compile(r"^(margin|padding|inset|border-(width|style|color)|scroll-(margin|padding))$")

STAYS = {
    ".stage img": "the zoom reckons from the middle of the picture",
    ".slider": "pictures lie over each other, the first one's part at the left",
    ".arrow": "a drawn shape, mirrored as a whole",
    ".next::before": "a drawn shape, mirrored as a whole",
    "#toggle-settings::after": "a drawn shape that points down and up",
    ".scene-bar": "a screen's round corners and notch have sides",
    "#gallery-search": "the field's own direction is that of the words in it",
    ".framed select": "its background is mirrored in the next rule",
    ":dir(rtl)": "says what is mirrored where nothing else can: a background",
    '[dir="rtl"]': "the same",
    ".menu": "its place is reckoned from the button's",
}
"""What does not turn with the reading, by a part of its selector, and why."""

FORWARD = "var(--sb-forward)"
"""1 or -1, by which strokes and shapes are turned (style.css)."""


def rules(css: str) -> Iterator[tuple[str, str, str]]:
    """Yield (selector, property, value) of a stylesheet."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"""url\((["']).*?\1\)""", "url()", css)
    for selector, block in re.findall(r"([^{}]+)\{([^{}]*)\}", css):
        for declaration in block.split(";"):
            name, colon, value = declaration.partition(":")
            if colon:
                yield (
                    " ".join(selector.split()),
                    name.strip(),
                    value.replace("!important", "").strip(),
                )


def parts(value: str) -> list[str]:
    """Return the parts of a value that stand beside each other."""
    return re.findall(r"(?:[^\s()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))+", value)


def has_sides(name: str, value: str) -> bool:
    """Whether the declaration speaks of left or right."""
    if SIDED.match(name):
        return (
            name in ("left", "right")
            or "-left" in name
            or "-right" in name
            or value
            in (
                "left",
                "right",
            )
        )
    if SIDES.match(name):
        four = parts(value)
        return len(four) == 4 and four[1] != four[3]
    if name == "border-radius":
        corners = parts(value.partition("/")[0])
        return len(corners) > 1 and (corners[0] != corners[1] or corners[2:3] != corners[3:4])
    if name.startswith("background"):
        return bool(re.search(r"to (left|right)|(^|[\s,])(left|right)([\s,]|$)", value))
    if name == "box-shadow":
        return any(re.match(r"(inset )?-?0*[.1-9]", one.strip()) for one in value.split(","))
    return "translateX" in value and FORWARD not in value


def styles() -> list[Path]:
    return sorted((ROOT / "assets").rglob("*.css"))


def test_styles_speak_of_beginning_and_end() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {selector} {{ {name}: {value} }}"
        for path in styles()
        for selector, name, value in rules(path.read_text("utf-8"))
        if has_sides(name, value) and not any(part in selector for part in STAYS)
    ]
    assert wrong == [], "\n".join(wrong)
