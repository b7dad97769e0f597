"""Signs of other programs in a prompt, which here are plain words: weights, LoRAs, wildcards. Pure.

Single brackets are left alone: people write them. Each pattern looks ahead for so many characters
at most, so a prompt of thousands of open brackets takes no longer than another one.
"""

from __future__ import annotations

import re

from backend.said import listed, msg
from backend.text import cut, shortened

_READ_CHARS = 20_000
_SHOWN, _SHOWN_CHARS = 3, 40

_SIGNS = re.compile(
    r"""
      <\w{2,20}:[^<>\n]{1,120}>                           # <lora:name:0.7>, <hypernet:…>
    | \([^()\n]{1,200}:\s?[+-]?\d{0,3}\.?\d{1,4}\s?\)     # (words:1.2)
    | \([^()\n]{1,200}\)(?:\d\.\d{1,3}|\+{1,5}|-{1,5}(?![\w-]))   # (words)1.2, (words)++
    | \({2,8}[^()\n]{1,200}\){2,8}                        # ((words))
    | \[[^][:\n]{0,120}:[^][:\n]{0,120}:?\d{0,3}\.?\d{1,4}\]      # [from:to:0.5]
    | \[{2,8}[^][\n]{1,200}\]{2,8}                        # [[words]]
    | \{{2,8}[^{}\n]{1,200}\}{2,8}                        # {{words}}
    | \{[^{}|\n]{1,120}\|[^{}\n]{1,200}\}                 # {one|another}
    | -?\d\.\d{1,2}::[^:\n]{1,200}::                      # 1.3::words::
    | \bembedding:[\w./-]{1,80}
    | (?<!\w)__[\w/*-]{2,60}__(?!\w)                      # __wildcard__
    | \b\w{2,60}\+{2,5}(?!\w)                             # word++
    | \bBREAK\b
    """,
    re.VERBOSE,
)


def foreign_signs(text: str) -> list[str]:
    """Return the signs in a prompt, each once, short, in their order."""
    return list(dict.fromkeys(_SIGNS.findall(cut(text, _READ_CHARS))))


def said_signs(texts: list[str]) -> str:
    """Return a sentence about the signs that prompts keep, "" where there are none."""
    found = list(dict.fromkeys(sign for text in texts for sign in foreign_signs(text)))
    if not found:
        return ""
    signs: str = listed(shortened(sign, _SHOWN_CHARS) for sign in found[:_SHOWN])
    if len(found) > _SHOWN:
        signs = msg("{names} and {more} more", names=signs, more=len(found) - _SHOWN)
    return msg("Still in the text, where they are plain words: {signs}.", signs=signs)
