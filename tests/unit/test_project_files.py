"""What the documents and the editors' files say is there, and is what the checks say too."""

from __future__ import annotations

import ast
import configparser
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(ROOT.glob("*.md"))

_CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.M | re.S)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_ELSEWHERE = ("https://", "http://", "mailto:")


def broken(text: str) -> list[str]:
    """Return the links of a document at ROOT that lead to nothing in the repository."""
    return [link for link in links(text) if not _leads_somewhere(link, text)]


def links(text: str) -> list[str]:
    """Return where a document's links and pictures lead, without those to other sites."""
    found = _LINK.findall(_CODE.sub("", text))
    return [link for link in found if not link.startswith(_ELSEWHERE)]


def _leads_somewhere(link: str, text: str) -> bool:
    name, _, anchor = link.partition("#")
    path = ROOT / name
    if not path.exists() or ROOT not in (path.resolve(), *path.resolve().parents):
        return False
    return not anchor or anchor in anchors(path.read_text(encoding="utf-8") if name else text)


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub gives a document's headings."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_to_something_in_the_repository(path: Path) -> None:
    assert broken(path.read_text(encoding="utf-8")) == []


def test_the_documents_are_there_and_link_to_files() -> None:
    names = {"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"}
    assert {path.name for path in DOCUMENTS} >= names
    readme = links((ROOT / "README.md").read_text(encoding="utf-8"))
    assert names - {"README.md"} <= set(readme)
    assert len(links((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"))) > 40


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[a](backend/gone.py)", ["backend/gone.py"]),
        ("![a](assets/gone.svg) [b](app.py)", ["assets/gone.svg"]),
        ("[a](README.md#where-things-are) [b](README.md#gone)", ["README.md#gone"]),
        ("# Here and there\n[a](#here-and-there) [b](#nowhere)", ["#nowhere"]),
        ("[a](../outside)", ["../outside"]),
        ("`[a](gone)` and [b](https://example.com/gone)", []),
    ],
)
def test_a_broken_link_is_found(text: str, found: list[str]) -> None:
    assert broken(text) == found


READMES = sorted(ROOT.glob("README.*.md"))
LANGUAGES = "[English](README.md) · [Deutsch](README.de.md) · [简体中文](README.zh-Hans.md)"

_INLINE = re.compile(r"`([^`\n]+)`")


def typed(text: str) -> set[str]:
    """Return what is typed as it stands: lines of code without their notes, and code in a line."""
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    lines = "\n".join(fenced).splitlines() + re.findall(r"^ {4}(.+)", rest, re.M)
    found = {re.sub(r"(^|\s+)# .*", "", line).strip() for line in lines}
    return found - {""} | set(_INLINE.findall(rest))


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_a_translated_readme_says_nothing_to_type_that_the_english_one_does_not(path: Path) -> None:
    english = (ROOT / "README.md").read_text(encoding="utf-8")
    found = typed(path.read_text(encoding="utf-8"))
    assert {"make run", "models.toml", "[[model]]"} <= found
    assert found - typed(english) == set()


def test_the_readmes_lead_to_each_other() -> None:
    assert [path.name for path in READMES] == ["README.de.md", "README.zh-Hans.md"]
    for path in (ROOT / "README.md", *READMES):
        assert LANGUAGES in path.read_text(encoding="utf-8").splitlines()[:3], path.name


def test_what_is_typed_is_found() -> None:
    text = "`one`:\n\n    two --x  # a note\n\n```toml\n# three\nfour = 4   # on it\n```\n`five`"
    assert typed(text) == {"one", "two --x", "four = 4", "five"}


_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_each_promise_names_tests_that_are_there() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.split("\n## What it promises\n")[1].split("\n## ")[0]
    promises = re.findall(r"^\d\. \*\*.+(?:\n   .+)*", section, re.M)
    assert len(promises) >= 7
    for promise in promises:
        named = _TEST.findall(promise)
        assert named, f"no test holds it: {promise[:60]}"
        for path, name in named:
            text = (ROOT / path).read_text(encoding="utf-8")
            assert re.search(rf"^(async )?def {name}\(", text, re.M), f"no {name} in {path}"


def test_what_several_machines_need_is_not_imported_by_a_start_without_it() -> None:
    program = (
        "import app, sys, backend.studio, backend.terminal, ui.site\n"
        "print([name for name in ('obstore', 'psycopg') if name in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert told.stdout == "[]\n", told.stderr


def test_every_library_that_is_imported_is_asked_for_by_name() -> None:
    """What another library happens to bring may be gone, or another one, with its next version."""
    files = ("requirements.txt", "requirements-cluster.txt")
    lists = [(ROOT / name).read_text() for name in files]
    asked = {name for text in lists for name in re.findall(r"^[\w-]+", text, re.M)}
    sources = [ROOT / "app.py", *ROOT.glob("backend/**/*.py"), *ROOT.glob("ui/**/*.py")]
    modules = {name.partition(".")[0] for path in sources for name in imported(path)}
    foreign = modules - sys.stdlib_module_names - {"backend", "ui"}
    brought_by = packages_distributions()
    assert len(foreign) > 10
    assert {dist.lower() for name in foreign for dist in brought_by[name]} <= asked


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def test_editors_are_told_what_the_checks_ask_for() -> None:
    told = configparser.ConfigParser()
    told.read_string("[top]\n" + (ROOT / ".editorconfig").read_text(encoding="utf-8"))
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]
    biome = json.loads((ROOT / "biome.json").read_text(encoding="utf-8"))["formatter"]
    assert told["*.py"]["max_line_length"] == str(ruff["line-length"])
    assert told["*"]["indent_size"] == "4"  # ruff's own
    scripts = told["*.{js,d.ts,json}"]
    assert scripts["max_line_length"] == str(biome["lineWidth"])
    assert scripts["indent_size"] == str(biome["indentWidth"])
    assert biome["indentStyle"] == told["*"]["indent_style"] == "space"


def test_the_hooks_before_a_commit_are_the_checks_of_make_test() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(r"^checks:.*\n((?:\t.*\n)+)", makefile, re.M)
    scripts = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["scripts"]
    assert recipe
    checks = recipe[1] + scripts["check"]
    document = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [repo["repo"] for repo in document["repos"]] == ["local"]  # nothing is fetched
    hooks = document["repos"][0]["hooks"]
    assert {hook["id"] for hook in hooks} >= {"ruff-check", "ruff-format", "mypy", "biome"}
    own = re.compile(r"(?:\.venv/bin/(?:python -m )?|node_modules/\.bin/)(.+?)(?: --|$)")
    for hook in hooks:
        command = own.match(hook["entry"])
        assert command, f"{hook['entry']} is no tool of the project's own"
        assert command[1] in checks, f"`{command[1]}` is no part of `make test`"
        assert hook["language"] == "system"
