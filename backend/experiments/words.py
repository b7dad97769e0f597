"""Which words mattered: each phrase of a prompt changed with two seeds, and the controls. Pure.

Across stand the seeds, down the prompts. The first row has the prompt as written, with two more
seeds, which show what another seed changes, and once more sent anew, which shows what the platform
changes by itself. Each other row has one phrase changed, with the first two seeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

from backend.catalogue.params import clean, find_model
from backend.errors import InvalidInput
from backend.experiments.axis_types import Axis, Setting
from backend.experiments.order import Place
from backend.experiments.phrases import replaced
from backend.experiments.plan import Cell, Plan, request_key
from backend.experiments.question import (
    SEEDS,
    TRIED_SEEDS,
    Phrase,
    Question,
    read_phrases,
    read_seeds,
)
from backend.experiments.spec import Spec
from backend.experiments.templates import Wildcards
from backend.said import Said, listed, msg
from backend.text import shortened
from backend.types import GenerationRequest, ModelSpec

KIND = "words"

ANEW: Place = (SEEDS, 0, 0, 0)
"""Where the first request stands once more: never answered from disk."""

_LABEL_MAX_CHARS = 80


def compared_with(place: Place) -> Place:
    """Return the place whose image a cell's is compared with: the prompt as written, same seed.

    In the first row it is the first image: there the seeds differ.
    """
    x, y, *_ = place
    return (x, 0, 0, 0) if y else (0, 0, 0, 0)


def plan_words(
    spec: Spec,
    models: Mapping[str, ModelSpec],
    _shapes: Mapping[str, tuple[int, int]],
    rng: Random,
    _wildcards: Wildcards = lambda _: None,
) -> Plan:
    """Return the plan, as `plan` does; the first seed is drawn where none is given.

    Raises: InvalidInput with a field such as `words.phrases`, `words.instead.2` or `base.model`.
    """
    if spec.axes or spec.repeats != 1:
        raise InvalidInput(
            msg("Here the phrases vary, and nothing else."),
            msg("Take the axes and the repeats away."),
            field=f"axes.{next(iter(spec.axes))}" if spec.axes else "repeats",
        )
    model = _with_seed(find_model(models, spec.base.get("model")), models)
    seeds = read_seeds(spec, model, rng)
    base = {**spec.base, "seed": seeds[0]}
    first = _request(model, base, rng, "base")
    question = Question(first.prompt, read_phrases(spec.own, first.prompt), seeds)
    if not question.changed:
        raise InvalidInput(
            msg("No phrase is changed."),
            msg("Drop one, or give it other words."),
            field="words.phrases",
        )
    prompts = _changed_prompts(question, model, base, rng)
    cells = _cells(first, seeds, prompts)
    notes = (
        msg(
            "Each phrase is tried with the seeds {one} and {two}; {three} and {four} show what"
            " another seed changes.",
            **dict(zip(("one", "two", "three", "four"), map(str, seeds), strict=True)),
        ),
        msg("One request is sent anew in any case: it shows whether the same image comes again."),
    )
    places = sum(len(cell.places) for cell in cells)
    resolved = replace(spec, base=base, own=question.plain())
    return Plan(
        resolved, (*axes_of(question), Axis("", (Setting(None, ""),))), cells, places, notes
    )


def axes_of(question: Question) -> tuple[Axis, Axis]:
    """Return the seeds across and the prompts down, with what is said of each."""
    one, two, *others = map(str, question.seeds)
    across = [
        Setting(one, one),
        Setting(two, two),
        *(Setting(seed, msg("another seed: {seed}", seed=seed)) for seed in others),
        Setting(one, msg("{seed}, sent anew", seed=one)),
    ]
    down = [Setting(question.prompt, msg("as written"))]
    for phrase in question.changed:
        sent = replaced(question.prompt, phrase.span, phrase.instead or "")
        down.append(Setting(sent, label_of(question, phrase)))
    return Axis("seed", tuple(across)), Axis("prompt", tuple(down))


def label_of(question: Question, phrase: Phrase) -> Said:
    """Say what was done to a phrase."""
    text = _short(question.text(phrase))
    if not phrase.instead:
        return msg("without: {phrase}", phrase=text)
    return msg("{words} instead of: {phrase}", words=_short(phrase.instead), phrase=text)


def _with_seed(model: ModelSpec, models: Mapping[str, ModelSpec]) -> ModelSpec:
    if model.takes_seed:
        return model
    others = [other.label for other in models.values() if other.takes_seed]
    raise InvalidInput(
        msg(
            "{model} takes no seed: each of its images is another one by chance, so nobody can tell"
            " what a word changed.",
            model=model.label,
        ),
        msg("Choose one of: {models}.", models=listed(others)) if others else "",
        field="base.model",
    )


def _changed_prompts(
    question: Question, model: ModelSpec, base: Mapping[str, object], rng: Random
) -> list[str]:
    """Return the prompt of each row below the first. Raises: InvalidInput at the phrase."""
    prompts = []
    for number, phrase in enumerate(question.phrases, start=1):
        if phrase.instead is None:
            continue
        field = f"words.instead.{number}"
        text = replaced(question.prompt, phrase.span, phrase.instead)
        if not text.strip():
            raise InvalidInput(
                msg("Without this phrase nothing is left of the prompt."),
                msg("Cut it, or give it other words."),
                field=field,
            )
        if text == question.prompt:
            raise InvalidInput(
                msg("These are the words that stand there."),
                msg("Give the phrase other words."),
                field=field,
            )
        prompts.append(_request(model, {**base, "prompt": text}, rng, field).prompt)
    return prompts


def _request(
    model: ModelSpec, raw: Mapping[str, object], rng: Random, field: str
) -> GenerationRequest:
    try:
        return clean(model, raw, rng=rng)
    except InvalidInput as error:
        at = f"base.{error.field}" if field == "base" else field
        raise InvalidInput(error.message, error.hint, field=at) from error


def _cells(
    first: GenerationRequest, seeds: Sequence[int], prompts: Sequence[str]
) -> tuple[Cell, ...]:
    """Return the cells, the first row before the others: it tells what they mean.

    Two phrases may leave the same prompt: it is sent once for each seed.
    """
    asked: list[tuple[Place, GenerationRequest, int]] = [
        ((x, 0, 0, 0), replace(first, seed=seed), 0) for x, seed in enumerate(seeds)
    ]
    asked.append((ANEW, first, 1))
    for y, prompt in enumerate(prompts, start=1):
        for x, seed in enumerate(seeds[:TRIED_SEEDS]):
            asked.append(((x, y, 0, 0), replace(first, prompt=prompt, seed=seed), 0))
    made: dict[str, Cell] = {}
    for place, request, repeat in asked:
        key = request_key(request, repeat)
        places = made[key].places if key in made else ()
        made[key] = Cell((*places, place), request, repeat, key)
    return tuple(made.values())


def _short(text: str) -> str:
    return shortened(" ".join(text.split()), _LABEL_MAX_CHARS)
