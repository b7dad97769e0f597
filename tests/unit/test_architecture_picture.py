"""The picture of the packages shows what the contract and the packages themselves say."""

from __future__ import annotations

import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.architecture_picture import CHAR_PX, PAD, PICTURE, ROOT, draw, houses, rule

CONTRACT = """
[tool.importlinter]
root_packages = ["cellar", "roof"]
[[tool.importlinter.contracts]]
name = "The cellar, downward"
type = "layers"
containers = ["cellar"]
layers = ["coal", "wine | (apples)"]
[[tool.importlinter.contracts]]
name = "The roof, downward"
type = "layers"
containers = ["roof"]
layers = ["tiles"]
[[tool.importlinter.contracts]]
name = "The cellar knows no roof"
type = "forbidden"
source_modules = ["cellar"]
forbidden_modules = ["roof"]
"""
MODULES = {
    "cellar/__init__.py": '"""Below. Cool."""',
    "cellar/coal.py": '"""What burns: in pieces\nof 3.5 kg, <dry> & black. More of it."""',
    "cellar/wine/__init__.py": '"""What is drunk.\n\nNot read."""',
    "cellar/apples.py": '"""What is eaten."""',
    "roof/__init__.py": '"""Above."""',
    "roof/tiles.py": '"""What keeps dry."""',
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(CONTRACT, encoding="utf-8")
    for name, text in MODULES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_picture_is_what_the_contract_gives() -> None:
    stored = PICTURE.read_text(encoding="utf-8")
    assert stored == draw(ROOT), "the packages have changed: run `make picture`"


def test_every_package_of_the_contract_is_in_it_and_no_other() -> None:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = document["tool"]["importlinter"]["contracts"]
    layers = [part for contract in contracts for part in contract.get("layers", [])]
    shown = [e.text for e in drawn(draw(ROOT)) if e.get("class") == "name"]
    assert sorted(filter(None, shown)) == sorted(n for part in layers for n in part.split(" | "))


def test_rows_and_sentences_come_from_the_files(root: Path) -> None:
    above, below = houses(root)
    assert (above.name, above.rule) == ("roof", "Above")
    assert (below.name, below.rule) == ("cellar", "Below")
    assert [[(room.name, room.rule) for room in row] for row in below.rows] == [
        [("coal", "What burns: in pieces of 3.5 kg, <dry> & black")],
        [("wine", "What is drunk"), ("apples", "What is eaten")],
    ]
    said = ["".join(e.itertext()) for e in drawn(draw(root))]
    assert "What burns: in pieces of 3.5 kg, <dry> & black" in said
    assert said[-4:] == [
        "What is held",
        "The cellar, downward",
        "The roof, downward",
        "The cellar knows no roof",
    ]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("pyproject.toml", '"wine | (apples)"', '"wine", "apples"'),
        ("pyproject.toml", "The cellar knows no roof", "The cellar knows nothing"),
        ("cellar/coal.py", "What burns", "What burnt"),
        ("cellar/wine/__init__.py", "drunk", "tasted"),
    ],
)
def test_a_change_of_any_of_them_changes_the_picture(
    root: Path, file: str, old: str, new: str
) -> None:
    before = draw(root)
    path = root / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert draw(root) != before


@pytest.mark.parametrize("text", ["", "x = 1", '"""No sentence"""', '"""\n\n"""'])
def test_a_package_that_does_not_say_what_it_is_stops_it(root: Path, text: str) -> None:
    (root / "cellar/coal.py").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"cellar\.coal does not begin with a sentence"):
        rule(root, "cellar.coal")


def test_no_line_runs_out_of_its_box() -> None:
    elements = list(drawn(draw(ROOT), "rect", "text"))
    boxes = [e for e in elements if e.get("class") == "room"]
    checked = 0
    for line in elements:
        x, y = float(line.get("x", 0)), float(line.get("y", 0))
        for box in boxes:
            left, top, width, height = (float(box.get(k, 0)) for k in ("x", "y", "width", "height"))
            if left <= x < left + width and top <= y < top + height and line.text:
                assert len(line.text) * CHAR_PX <= width - 2 * PAD + CHAR_PX
                assert y <= top + height - PAD / 2
                checked += 1
    assert checked > 2 * len(boxes) > 40


def drawn(svg: str, *kinds: str) -> list[ET.Element]:
    wanted = {f"{{http://www.w3.org/2000/svg}}{kind}" for kind in kinds or ("text",)}
    return [element for element in ET.fromstring(svg).iter() if element.tag in wanted]
