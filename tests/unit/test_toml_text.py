"""TOML as text: what is written is read again, and a key is found where it stands."""

from __future__ import annotations

import tomllib

import pytest

from ui.terminal.toml_text import line_of, lines_of_keys, to_toml

TEXT = '''\
title = "a"  # base = 3
base = { model = "m", "my prompt" = "p" }

axes.x = { prompts = [
  "a",
  "seed = 1",
] }
[axes.y]
replace = """
repeats = 3
"""
[[more]]
inner = 1
'''


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("title", 1),
        ("base.model", 2),
        ("base.my prompt", 2),
        ("base.seed", 2),
        ("axes.x", 4),
        ("axes.x.prompts", 4),
        ("axes.y", 8),
        ("axes.y.replace", 9),
        ("axes.z", 4),
        ("repeats", None),
        ("more.inner", 13),
    ],
)
def test_a_key_is_found_where_it_stands(key: str, line: int | None) -> None:
    assert line_of(lines_of_keys(TEXT), key) == line
    assert line_of(lines_of_keys(TEXT.replace("\n", "\r\n")), key) == line


def test_a_long_list_takes_no_long_time() -> None:
    items = "\n".join(f'  "prompt {n}",' for n in range(20_000))
    lines = lines_of_keys(f"axes.x = {{ prompts = [\n{items}\n] }}\nrepeats = 0\n")
    assert (lines["axes", "x"], lines[("repeats",)]) == (1, 20_003)


def test_what_is_written_is_read_again() -> None:
    document = {
        "title": 'a "quote" \\ é \x7f\n\ttab',
        "repeats": 2,
        "base": {"a key": 1e-05, "seed": 4_294_967_295, "on": True},
        "axes": {"x": {"rows": [{"prompt": "p", "n": ""}]}, "y": {"seed": [1, 2.5]}},
    }
    assert tomllib.loads(to_toml(document)) == document
    assert tomllib.loads(to_toml({"base": {"left out": None}})) == {"base": {}}
