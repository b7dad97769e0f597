"""Words for people in our files of TOML: a method of extraction for Babel."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import IO, Any

_WORDS = {"label", "help", "description", "title", "tells", "shows", "prompt", "negative_prompt"}


def in_toml(
    file: IO[bytes], _keywords: object, _tags: object, options: object
) -> Iterator[tuple[int, None, str, list[str]]]:
    """Yield what stands under a name for words, in the order of the file."""
    for text in _found(tomllib.loads(file.read().decode())):
        yield 0, None, text, []


def _found(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _found(item)
    elif isinstance(value, dict):
        names = _WORDS - {"label"} if "id" in value else _WORDS  # a model is called so everywhere
        for name, item in value.items():
            if not isinstance(item, str):
                yield from _found(item)
            elif item and name in names:
                yield item
