"""One click's prompts where braces are choices: all that the templates make, or some at random."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from backend.catalogue.params import clean, number_in
from backend.errors import InvalidInput
from backend.experiments.axes import TEXTS
from backend.experiments.choices import Node, Sequel, taken
from backend.experiments.templates import Wildcards, template
from backend.generation.chosen import Chosen
from backend.said import msg
from backend.types import SEED_MAX, GenerationRequest, Making, ModelSpec, Template


@dataclass(frozen=True, slots=True)
class Resolved:
    """The texts of each image by their parameters, in order; `total` counts all that there are.

    `seed` chose them, None where they are all there are.
    """

    texts: Sequence[Mapping[str, str]]
    makings: Sequence[Making]
    total: int
    seed: int | None


def resolve(
    model: ModelSpec,
    raw: Mapping[str, object],
    count: int,
    seed: object,
    wildcards: Wildcards,
    rng: Random,
) -> Resolved:
    """Return what the templates of a form become for `count` images, which may be fewer.

    Prompt and negative prompt are multiplied. A `seed` that is None or empty is drawn. Blocks: it
    reads wildcard files. Raises: InvalidInput with the field.
    """
    typed = {name: str(raw.get(name) or "").strip() for name in TEXTS if model.param(name)}
    nodes = {name: _read(name, text, wildcards) for name, text in typed.items()}
    whole = Sequel(tuple(nodes.values()))
    if whole.count <= count:
        chosen_by, numbers = None, list(range(whole.count))
    else:
        chosen_by = _seed(seed, rng)
        numbers = taken(whole, count, chosen_by)
    if not numbers:
        raise InvalidInput(
            msg("All that this template makes has the weight 0."),
            msg("Give one of the options another weight."),
            field="prompt",
        )
    texts, makings = [], []
    for number in numbers:
        own = dict(zip(nodes, whole.numbers(number), strict=True))
        made = {name: node.number(own[name]).strip() for name, node in nodes.items()}
        texts.append(made)
        known = {
            name: Template(typed[name], own[name], chosen_by)
            for name, text in made.items()
            if text != typed[name]
        }
        makings.append(Making(known.get("prompt"), known.get("negative_prompt")))
    return Resolved(texts, makings, whole.count, chosen_by)


def batch_of(
    model: ModelSpec, raw: Mapping[str, object], found: Resolved, rng: Random
) -> list[GenerationRequest]:
    """Return a checked request for each of these texts, with seeds seed, seed+1, ...

    Raises: InvalidInput.
    """
    made = [clean(model, {**raw, **texts}, rng=rng) for texts in found.texts]
    first = made[0].seed
    if first is None:
        return made
    return [
        replace(request, seed=(first + offset) % (SEED_MAX + 1))
        for offset, request in enumerate(made)
    ]


def chosen_of(
    raw: Mapping[str, object],
    requests: Sequence[GenerationRequest],
    found: Resolved,
    *,
    drawn: bool,
) -> Chosen:
    """Return what is to be kept of the choice; `drawn`: by a seed that nobody has given."""
    first = requests[0]
    typed = {name: str(raw.get(name) or "").strip() for name in TEXTS}
    values = dict(first.values)
    if "negative_prompt" in values:
        values["negative_prompt"] = typed["negative_prompt"]
    return Chosen(found.makings, replace(first, prompt=typed["prompt"], values=values), drawn)


def _read(name: str, text: str, wildcards: Wildcards) -> Node:
    try:
        return template(text, wildcards)
    except InvalidInput as error:
        raise InvalidInput(error.message, error.hint, field=name) from error


def _seed(given: object, rng: Random) -> int:
    if given is None or given == "":
        return rng.randint(0, SEED_MAX)
    seed = number_in(given) if isinstance(given, str) else given
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= SEED_MAX:
        raise InvalidInput(
            msg("The seed of the choice is no whole number from 0 to {most}.", most=str(SEED_MAX)),
            msg("Leave it empty to have it drawn."),
            field="template_seed",
        )
    return seed
