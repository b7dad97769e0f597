"""LoRA Manager's trigger words: those of its list that are on. Pure.

By its py/nodes/trigger_word_toggle.py.

A word or group has `text`, `active`, sometimes `strength`, and a group its words as `items`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_MAX_WORDS = 500


def toggled(inputs: Mapping[str, object]) -> str | None:
    """Return the words that a node passes on, None where its list is not in the file."""
    listed = unwrapped(inputs.get("toggle_trigger_words"))
    if not isinstance(listed, list):
        return None
    weighed = inputs.get("allow_strength_adjustment") is True
    return ", ".join(_active(listed[:_MAX_WORDS], weighed))


def unwrapped(value: object) -> object:
    """Return a list of LoRA Manager's as older versions write it: newer ones wrap it."""
    return value.get("__value__") if isinstance(value, dict) else value


def _active(listed: list[object], weighed: bool) -> Iterator[str]:
    for one in listed:
        text = one.get("text") if isinstance(one, dict) else None
        if not isinstance(one, dict) or not isinstance(text, str) or one.get("active") is not True:
            continue
        if isinstance(words := one.get("items"), list):
            text = ", ".join(_active([_word(word) for word in words[:_MAX_WORDS]], False))
        if text := text.strip():
            strength = one.get("strength") if weighed else None
            known = isinstance(strength, int | float)
            yield f"({text}:{strength:.2f})" if known else text


def _word(word: object) -> object:
    """Return a word of a group without words of its own, as there is but one level of them."""
    return {**word, "items": None} if isinstance(word, dict) else word
