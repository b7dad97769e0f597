"""Modules joined into one do what they did apart, and errors name the files that they stand in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ui import static
from ui.bundle import UnknownForm, bundle, joined_sheets

MODULES = {
    "a/main.js": (
        'import { greet as hello, NAME } from "../b/words.js";\n'
        'import {\n  count,\n} from "./count.js";\n\n'
        "const own = 1; // also a name of b/words.js\n"
        "export function shown() {\n  return [hello(NAME), count(), count(), own];\n}\n"
        "export const failing = async () => {\n  throw new Error('on purpose');\n};\n"
    ),
    "a/count.js": (
        '/** @type {import("../b/words.js").Nothing} */\n'
        "let times = 0;\nconst one =\n  /** @type {number} */ (1);\n"
        "/** A comment after one that code follows. */\n"
        "export const count = () => (times += one);\n"
    ),
    "b/words.js": (
        'import { count } from "../a/count.js";\n\nconst own = count();\n'
        "export const NAME = `you ${own}`;\n"
        "export async function later() {}\nexport function greet(name) {\n"
        "  const address = 'http://a, // b'; // not a comment, and one\n"
        "  return `Hello ${name}${address.slice(99)}`;\n}\n"
    ),
}


@pytest.fixture
def node() -> str:
    found = shutil.which("node")
    if found is None:
        if os.environ.get("REQUIRE_NODE") == "1":
            pytest.fail("REQUIRE_NODE=1, but there is no Node.js on this machine")
        pytest.skip("no Node.js on this machine")
    return found


def run(node: str, folder: Path, text: str) -> str:
    """Run a module in `folder`; return what it printed."""
    (folder / "run.mjs").write_text(text)
    command = [node, "--enable-source-maps", "run.mjs"]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=True, timeout=60
    ).stdout


def test_joined_modules_do_what_they_do_apart(node: str, tmp_path: Path) -> None:
    for path, text in MODULES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "joined.js").write_text(bundle("a/main.js", MODULES)[0])
    show = (
        "import * as all from './{}';\n"
        "console.log(JSON.stringify([Object.keys(all).sort(), all.shown()]))"
    )
    apart, joined = (run(node, tmp_path, show.format(name)) for name in ("a/main.js", "joined.js"))
    assert json.loads(apart) == [["failing", "shown"], ["Hello you 1", 2, 3, 1]]
    assert joined == apart


def test_error_in_a_bundle_names_file_and_line(node: str, tmp_path: Path) -> None:
    joined, source_map = bundle("a/main.js", MODULES)
    (tmp_path / "bundles").mkdir()
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "bundles/main.js").write_text(f"{joined}//# sourceMappingURL=main.js.map\n")
    (tmp_path / "bundles/main.js.map").write_text(source_map)
    told = run(
        node,
        tmp_path,
        "import { failing } from './bundles/main.js';\n"
        "await failing().catch((error) => console.log(error.stack));",
    )
    line = MODULES["a/main.js"].splitlines().index("  throw new Error('on purpose');") + 1
    assert f"a/main.js:{line}:" in told


@pytest.mark.parametrize(
    "line",
    [
        'import * as words from "../b/words.js";',
        'import words from "../b/words.js";',
        'import "../b/words.js";',
        'const late = await import("../b/words.js");',
        "const here = import.meta.url;",
        "export default 1;",
        "export let changing = 1;",
        "export { own };",
        'export { greet } from "../b/words.js";',
        "export class Thing {}",
        "const text = `a\n  b`;",
    ],
)
def test_other_ways_to_import_and_export_are_refused(line: str) -> None:
    with pytest.raises(UnknownForm, match=r"a/main\.js"):
        bundle("a/main.js", MODULES | {"a/main.js": f"{line}\n"})


def test_modules_in_a_circle_and_missing_ones_are_refused() -> None:
    circle = {
        "a.js": 'import { b } from "./b.js";\nexport const a = 1;\n',
        "b.js": 'import { a } from "./a.js";\nexport const b = 1;\n',
    }
    with pytest.raises(UnknownForm, match="imports itself"):
        bundle("a.js", circle)
    with pytest.raises(KeyError):
        bundle("a.js", {"a.js": circle["a.js"]})


@pytest.mark.parametrize(
    "page", ["create", "gallery", "examples", "statistics", "settings", "styles", "help"]
)
def test_each_page_has_one_script_that_is_sound(page: str, node: str, tmp_path: Path) -> None:
    script = static.files()[static.script(page)].content.decode()
    (tmp_path / "page.mjs").write_text(script)
    subprocess.run([node, "--check", "page.mjs"], cwd=tmp_path, check=True, timeout=60)
    assert script.endswith(f"//# sourceMappingURL={page}.js.map\n")


def test_bundles_hold_each_module_line_by_line() -> None:
    script = static.files()[static.script("gallery")].content.decode().splitlines()
    mapped = json.loads(static.files()[f"{static.script('gallery')}.map"].content)
    assert len(mapped["sources"]) > 30
    assert mapped["mappings"].count(";") + 1 == len(script) - 1  # but for the map's own address
    end = 0
    for source in mapped["sources"]:
        text = static.text(source.removeprefix("../")).splitlines()
        start, end = end + 1, end + 1 + len(text)
        for written, joined in zip(text, script[start:end], strict=True):
            reworded = written.startswith(("import ", "export ", "} from "))
            whole = joined in (written.strip(), "")
            kept = whole or written.strip().startswith(f"{joined} // ")
            assert kept or reworded, f"{source}: {written}"
        end += 2


def test_joined_sheets_lose_their_comments_and_nothing_else() -> None:
    one = "/* of\n * two lines */\n.a {\n  color: red; /* why */\n\n\n  margin: 0;\n}\n"
    two = """.b::before { content: "/* \\" kept */"; }\n.c { mask: url('a/*b'); } /**/\n"""
    assert joined_sheets([one, two]).split("\n") == [
        *("", ".a {", "color: red; ", "margin: 0;", "}"),
        """.b::before { content: "/* \\" kept */"; }""",
        ".c { mask: url('a/*b'); } ",
        "",
    ]
