"""What is asked of a prompt's words: which phrases are changed, how, and with which seeds. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from backend.catalogue.params import coerce
from backend.errors import InvalidInput
from backend.experiments.phrases import Span, cut, placed
from backend.experiments.spec import Spec
from backend.said import Said, listed, msg
from backend.text import cut as cut_off
from backend.types import SEED_MAX, ModelSpec

PHRASES_MAX = 40
TRIED_SEEDS = 2
"""Seeds that each phrase is changed with: two tell an effect from luck."""
SEEDS = 4
"""With those that the prompt as written is made with besides."""

_FIELDS = ("phrases", "keep", "instead", "seeds")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of the prompt; `instead` stands in its place, "": nothing, None: it is kept."""

    span: Span
    instead: str | None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a prompt: its phrases in their order, and four seeds."""

    prompt: str
    phrases: tuple[Phrase, ...]
    seeds: tuple[int, ...]

    @property
    def changed(self) -> list[Phrase]:
        """Those that are changed, in the order of their rows, which begin with the second."""
        return [phrase for phrase in self.phrases if phrase.instead is not None]

    def text(self, phrase: Phrase) -> str:
        """Return a phrase as it is written."""
        return self.prompt[slice(*phrase.span)]

    def plain(self) -> dict[str, object]:
        """Return it as it is kept with the experiment."""
        phrases = [[*phrase.span, phrase.instead] for phrase in self.phrases]
        return {"prompt": self.prompt, "phrases": phrases, "seeds": [*self.seeds]}


def kept(own: object) -> Question | None:
    """Return the question that `plain` returned; None for what somebody else wrote."""
    try:
        assert isinstance(own, Mapping)
        phrases = tuple(
            Phrase((int(start), int(end)), None if instead is None else str(instead))
            for start, end, instead in own["phrases"]
        )
        seeds = tuple(int(seed) for seed in own["seeds"])
        prompt = own["prompt"]
    except (AssertionError, KeyError, TypeError, ValueError):
        return None
    return (
        Question(prompt, phrases, seeds)
        if isinstance(prompt, str) and len(seeds) == SEEDS
        else None
    )


def read_seeds(spec: Spec, model: ModelSpec, rng: Random) -> tuple[int, ...]:
    """Return four seeds: those that are given, then those that follow; the first may be drawn.

    Raises: InvalidInput.
    """
    given = spec.own.get("seeds", [])
    if not isinstance(given, list | tuple) or len(given) not in (0, TRIED_SEEDS, SEEDS):
        raise _wrong("seeds", msg("Give two seeds, or four."))
    seeds = [seed for seed in given if isinstance(seed, int) and not isinstance(seed, bool)]
    if len(set(seeds)) < len(given) or not all(0 <= seed <= SEED_MAX for seed in seeds):
        raise _wrong(
            "seeds", msg("Seeds are whole numbers from 0 to {most}, each once.", most=str(SEED_MAX))
        )
    own = _own_seed(spec, model)
    if own is not None and seeds and seeds[0] != own:
        raise _wrong(
            "seeds",
            msg(
                "The seed of what stays is {seed}, and the first of these is another.",
                seed=str(own),
            ),
            msg("Leave one of them away."),
        )
    seeds = seeds or [rng.randint(0, SEED_MAX) if own is None else own]
    following = seeds[-1]
    while len(seeds) < SEEDS:
        following = (following + 1) % (SEED_MAX + 1)
        seeds += [] if following in seeds else [following]
    return tuple(seeds)


def _own_seed(spec: Spec, model: ModelSpec) -> int | None:
    value, parameter = spec.base.get("seed"), model.param("seed")
    if value in (-1, "-1", "", None) or parameter is None:
        return None
    try:
        seed = coerce(parameter, value)
    except InvalidInput as error:
        raise InvalidInput(error.message, error.hint, field="base.seed") from error
    return None if seed is None else int(seed)


def read_phrases(own: Mapping[str, object], prompt: str) -> tuple[Phrase, ...]:
    """Return the phrases: those that are given, or where the prompt is cut by itself.

    Raises: InvalidInput.
    """
    for name in own:
        if name not in _FIELDS:
            raise InvalidInput(
                msg("There is no field called {name}.", name=cut_off(name, 40)),
                msg("There are {names}.", names=listed(_FIELDS)),
                field=f"words.{cut_off(name, 40)}",
            )
    spans = _spans(own.get("phrases"), prompt)
    keep = own.get("keep", [])
    if not isinstance(keep, list | tuple) or not all(_numbers_one(n, spans) for n in keep):
        raise _wrong("keep", _no_phrase(len(spans)))
    kept_ones = {int(number) for number in keep}
    words_of = _instead(own.get("instead", {}), spans)
    if both := sorted(kept_ones & words_of.keys()):
        raise _wrong(
            f"instead.{both[0]}",
            msg("This phrase is kept as it is."),
            msg("Take its other words away, or its number out of {name}.", name="keep"),
        )
    changed = len(spans) - len(kept_ones)
    if changed > PHRASES_MAX:
        raise _wrong(
            "phrases",
            msg(
                "These are {count} phrases; at most {most} are changed.",
                count=changed,
                most=PHRASES_MAX,
            ),
            msg("Join some, or keep some as they are."),
        )
    return tuple(
        Phrase(span, None if number in kept_ones else words_of.get(number, ""))
        for number, span in enumerate(spans, start=1)
    )


def _spans(given: object, prompt: str) -> list[Span]:
    if given is None:
        return cut(prompt)
    if not isinstance(given, list | tuple) or not all(isinstance(text, str) for text in given):
        raise _wrong("phrases", msg("Phrases are a list of texts."))
    try:
        return placed(prompt, [_lines(text).strip() for text in given])
    except InvalidInput as error:
        raise InvalidInput(error.message, error.hint, field="words.phrases") from error


def _instead(given: object, spans: Sequence[Span]) -> dict[int, str]:
    """Return the words that stand in the place of phrases, by their numbers."""
    if not isinstance(given, Mapping):
        raise _wrong("instead", msg("This is no table of names and values."))
    words_of = {}
    for number, words in given.items():
        name = f"instead.{cut_off(str(number), 40)}"
        if not _numbers_one(number, spans):
            raise _wrong(name, _no_phrase(len(spans)))
        if not isinstance(words, str):
            raise _wrong(name, msg("The words are a text."))
        words_of[int(number)] = _lines(words).strip()
    return words_of


def _numbers_one(number: object, spans: Sequence[Span]) -> bool:
    text = str(number)
    whole = text.isascii() and text.isdecimal() and len(text) < 6
    return not isinstance(number, bool) and whole and 1 <= int(text) <= len(spans)


def _no_phrase(count: int) -> Said:
    return msg("Phrases are named by their numbers, from 1 to {count}.", count=count)


def _wrong(name: str, message: Said, hint: str = "") -> InvalidInput:
    return InvalidInput(message, hint, field=f"words.{name}")


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
