"""What all tests keep to: each asserts something, none touches a private name of the program."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import hypothesis

TESTS = Path(__file__).resolve().parents[1]
OURS = ("backend", "ui", "app")
# Gradio's own private parts, which that file is there to watch.
WATCHES_GRADIO = TESTS / "ui" / "test_gradio_private.py"
# Public in spite of their underscore: named tuples, SQLAlchemy's rows, Gradio's event data.
NOT_PRIVATE = {"_replace", "_asdict", "_fields", "_mapping", "_data"}

PATCHED = re.compile(rf"({'|'.join(OURS)})\.(\w+\.)*_[a-zA-Z]\w*$")
"""A private name as a path in a string, as monkeypatch takes it."""

CHECKS = {"raises", "warns", "expect", "fail"}
"""What checks something by being called."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def trees() -> list[tuple[Path, ast.Module]]:
    paths = sorted(TESTS.rglob("*.py"))
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in paths]


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in NOT_PRIVATE


def touched(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the line and name of everything private that is not the file's own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in OURS:
            yield from ((node.lineno, a.name) for a in node.names if is_private(a.name))
        elif isinstance(node, ast.Attribute) and is_private(node.attr):
            owner: ast.expr = node.value
            while isinstance(owner, ast.Attribute | ast.Call | ast.Subscript):
                owner = owner.func if isinstance(owner, ast.Call) else owner.value
            if not (isinstance(owner, ast.Name) and owner.id in ("self", "cls")):
                yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Constant) and PATCHED.match(str(node.value)):
            yield node.lineno, str(node.value)


def test_no_test_touches_a_private_name() -> None:
    found = [
        f"{path.relative_to(TESTS)}:{line}: {name}"
        for path, tree in trees()
        if path != WATCHES_GRADIO
        for line, name in touched(tree)
    ]
    assert found == []


def calls(function: Function) -> set[str]:
    called = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {f.id for f in called if isinstance(f, ast.Name)} | {
        f.attr for f in called if isinstance(f, ast.Attribute)
    }


def test_every_test_asserts_something() -> None:
    functions = [
        (path, node, calls(node))
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    checking = {
        function.name
        for _, function, called in functions
        if called & CHECKS or any(isinstance(node, ast.Assert) for node in ast.walk(function))
    }
    while more := {f.name for _, f, called in functions if called & checking} - checking:
        checking |= more  # by what it calls
    idle = [
        f"{path.relative_to(TESTS)}: {function.name}"
        for path, function, _ in functions
        if function.name.startswith("test_") and function.name not in checking
    ]
    assert idle == []


def test_no_property_fails_because_it_is_slow() -> None:
    assert hypothesis.settings.default is not None
    assert hypothesis.settings.default.deadline is None
