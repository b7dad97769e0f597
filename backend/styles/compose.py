"""What a prompt becomes with styles. Pure.

As AUTOMATIC1111 does it (modules/styles.py, apply_styles_to_prompt), so that styles mean the same
here: one after the other, `{prompt}` is replaced everywhere, and a text without it comes behind.
Nothing else in a style is special: it is no template.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from backend.catalogue.params import shows_nothing
from backend.errors import InvalidInput, TooLong
from backend.said import listed, msg
from backend.styles.kinds import Style
from backend.types import ModelSpec

PROMPT = "{prompt}"

COMPOSED_MAX_CHARS = 100_000
"""Far beyond what any model takes; two styles that name the prompt often would fill the memory."""


def dressed(raw: Mapping[str, object], styles: Sequence[Style]) -> dict[str, object]:
    """Return the raw values of a request with the styles on its prompt and negative prompt.

    What is no text stays: the model's own check refuses it in words. Raises: InvalidInput where the
    prompt is empty and a style is written around it; TooLong.
    """
    prompt, negative = raw.get("prompt"), raw.get("negative_prompt")
    if not styles or not isinstance(prompt or "", str) or not isinstance(negative or "", str):
        return dict(raw)
    around = next((style for style in styles if PROMPT in style.prompt), None)
    if around and shows_nothing(str(prompt or "")):
        raise InvalidInput(
            msg("The prompt is empty."),
            msg(
                "Describe the image you want: the style {style} is written around it.",
                style=around.name,
            ),
            field="prompt",
        )
    changes: dict[str, object] = {
        "prompt": composed(str(prompt or ""), [style.prompt for style in styles])
    }
    if any(style.negative_prompt for style in styles):
        texts = [style.negative_prompt for style in styles]
        changes["negative_prompt"] = composed(str(negative or ""), texts, "negative_prompt")
    return {**raw, **changes}


def composed(prompt: str, texts: Sequence[str], field: str = "prompt") -> str:
    """Return the prompt with the styles' texts, in their order. Raises: TooLong."""
    if len(prompt) > COMPOSED_MAX_CHARS:
        return prompt  # too long without them: its model says so
    text = prompt.strip()
    for style in filter(None, texts):
        places = style.count(PROMPT)
        length = len(style) + places * (len(text) - len(PROMPT))
        if not places:
            length += len(text) + 2
        if length > COMPOSED_MAX_CHARS:
            raise TooLong(
                msg(
                    "With its styles the prompt is longer than {most} characters.",
                    most=COMPOSED_MAX_CHARS,
                ),
                msg("Take a style off."),
                field=field,
            )
        text = style.replace(PROMPT, text) if places else ", ".join(filter(None, (text, style)))
    return text


def left_out(styles: Sequence[Style], model: ModelSpec | None) -> str:
    """Return what a model does not take of the styles, in words; "" where it takes all."""
    lost = [style.name for style in styles if style.negative_prompt]
    if model is None or model.param("negative_prompt") or not lost:
        return ""
    return msg(
        "{model} takes no negative prompt, so that of {styles} is left out.",
        model=model.label,
        styles=listed(lost),
    )
