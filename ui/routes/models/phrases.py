"""Which words mattered: what each phrase of a prompt changed."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ui.routes.models.base import Answer, Id, Seed


class TriedPhrase(Answer):
    """A phrase changed, with one seed."""

    seed: Seed
    difference: float | None = Field(
        description="Mean CIELAB distance from the prompt as written with this seed; null where it"
        " is not known or the sizes differ."
    )
    share: float | None = Field(description="That, in units of what another seed changes.")
    written: Id | None = Field(description="The image of the prompt as written.")
    changed: Id | None


class PhraseOf(Answer):
    """A phrase of the prompt."""

    before: str = Field(description="What stands between it and the one before.")
    text: str
    instead: str | None = Field(
        description="What was put in its place, empty: nothing; null where it was kept."
    )
    share: float | None = Field(description="The mean over its seeds; null where none is known.")
    verdict: Literal["open", "changed", "nothing", "unclear", "kept"] = Field(
        description="`open` until both seeds are known; `unclear`: one shows more than twice what"
        " the other shows."
    )
    tried: list[TriedPhrase]


class WordsAnswer(Answer):
    """What each phrase changed, as far as it is known."""

    floor: float | None = Field(description="How far the same request is from itself, sent anew.")
    scale: float | None = Field(description="How far another seed is from the first, on average.")
    of_seeds: int = Field(ge=0, description="Seeds that the scale is the mean of.")
    least: float = Field(ge=0, description="Differences up to this are none.")
    phrases: list[PhraseOf]
    after: str = Field(description="What stands after the last of them.")
