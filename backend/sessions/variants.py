"""What a wish is varied by for a vote: other seeds, other models, other values of a setting. Pure.

Each variant is what stands over the plan's own model and values (`Wish.over`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from backend.catalogue.params import find_model
from backend.errors import InvalidInput
from backend.generation.repeat import NEIGHBOURS, neighbours
from backend.said import Said, listed, msg
from backend.sessions.desk import OPTIONS_MAX
from backend.sessions.sender import request_of
from backend.sessions.state import Plan, Wish
from backend.types import SEED_MAX, GenerationRequest, ModelSpec, Value

KINDS = ("seeds", "models", "settings")
LEAST = 2

Models = Mapping[str, ModelSpec]
Over = dict[str, Value]


def varied(
    plan: Plan,
    wish: Wish,
    kind: object,
    *,
    models: Models,
    rng: Random,
    name: object = "",
    values: object = None,
    count: object = None,
) -> list[Over]:
    """Return 2 to 4 variants of a wish: with `count` seeds, or these `values` of model or setting.

    What differs in a model or a setting has the same seed, where there is one.
    Raises: InvalidInput naming the field.
    """
    if kind == "seeds":
        return _seeds(plan, wish, models, rng, values, count)
    if kind == "models":
        return _models(plan, wish, models, rng, _several(values, msg("Choose two to four models.")))
    if kind == "settings":
        asked = _several(values, msg("Choose two to four values."))
        return _settings(plan, wish, models, rng, name, asked)
    raise InvalidInput(
        msg("{name} has no such choice.", name="kind"),
        msg("Choose {choices}.", choices=listed(KINDS)),
        field="kind",
    )


def beside(plan: Plan, wish: Wish, *, models: Models, rng: Random, count: int) -> list[Over]:
    """Return variants with the seeds nearest to that of a wish's picture, the smaller one first.

    A model without seed draws anew each time. Raises: InvalidInput, the model is gone.
    """
    if wish.picture is None or wish.picture.seed is None:
        _model(plan, wish.over, models)
        return [dict(wish.over)] * count
    request = _request(plan, wish, {"seed": wish.picture.seed}, models, rng)
    around = neighbours(request)
    nearest = sorted(range(len(around)), key=lambda n: (abs(n - NEIGHBOURS), n))[1 : count + 1]
    return [{**wish.over, "seed": around[n].seed} for n in sorted(nearest)]


def counted(count: object) -> int:
    """Return how many variants are asked for, 4 where nothing is said. Raises: InvalidInput."""
    if count is None:
        return OPTIONS_MAX
    if type(count) is not int or not LEAST <= count <= OPTIONS_MAX:
        raise InvalidInput(
            msg(
                "{name} must be a whole number from {least} to {most}.",
                name="count",
                least=LEAST,
                most=OPTIONS_MAX,
            ),
            field="count",
        )
    return count


def _seeds(
    plan: Plan, wish: Wish, models: Models, rng: Random, values: object, count: object
) -> list[Over]:
    model = _model(plan, wish.over, models)
    if not model.takes_seed:
        raise InvalidInput(
            msg("{label} takes no seed, so there are none to vary.", label=model.label),
            msg("Vary the model or a setting."),
            field="kind",
        )
    if values is None:
        seeds: list[object] = list(rng.sample(range(SEED_MAX + 1), counted(count)))
    else:
        seeds = _several(values, msg("Choose two to four seeds."))
    found = [_request(plan, wish, {"seed": seed}, models, rng).seed for seed in seeds]
    return _different([{**wish.over, "seed": seed} for seed in found])


def _models(
    plan: Plan, wish: Wish, models: Models, rng: Random, asked: Sequence[object]
) -> list[Over]:
    found = []
    for one in asked:
        model = find_model(models, one)
        over: Over = {**wish.over, **_same_seed(model, wish), "model": model.id}
        _request(plan, wish, over, models, rng)
        found.append(over)
    return _different(_with_a_seed(found, models, plan, rng))


def _settings(
    plan: Plan, wish: Wish, models: Models, rng: Random, name: object, asked: Sequence[object]
) -> list[Over]:
    model = _model(plan, wish.over, models)
    names = [one.name for one in model.params if one.name not in ("prompt", "seed")]
    if name not in names:
        raise InvalidInput(
            msg("{label} has no such setting.", label=model.label),
            msg("Choose {choices}.", choices=listed(names)),
            field="field",
        )
    found = []
    for one in asked:
        request = _request(plan, wish, {str(name): one}, models, rng)
        value = request.values.get(str(name))
        found.append({**wish.over, **_same_seed(model, wish), str(name): value})
    return _different(_with_a_seed(found, models, plan, rng))


def _same_seed(model: ModelSpec, wish: Wish) -> Over:
    made = wish.picture.seed if wish.picture else None
    return {"seed": made} if model.takes_seed and made is not None else {}


def _with_a_seed(found: list[Over], models: Models, plan: Plan, rng: Random) -> list[Over]:
    """Return variants that differ in nothing but what was asked: one seed for all that take it."""
    drawn = rng.randint(0, SEED_MAX)
    return [
        over if "seed" in over or not _model(plan, over, models).takes_seed
        else {**over, "seed": drawn}
        for over in found
    ]  # fmt: skip


def _different(found: list[Over]) -> list[Over]:
    if any(over in found[:number] for number, over in enumerate(found)):
        raise InvalidInput(msg("Two of these are the same."), field="values")
    return found


def _several(values: object, why: Said) -> list[object]:
    if not isinstance(values, list) or not LEAST <= len(values) <= OPTIONS_MAX:
        raise InvalidInput(why, field="values")
    return values


def _model(plan: Plan, over: Mapping[str, Value], models: Models) -> ModelSpec:
    return find_model(models, over.get("model", plan.model))


def _request(
    plan: Plan, wish: Wish, over: Mapping[str, object], models: Models, rng: Random
) -> GenerationRequest:
    return request_of(plan, wish.text, {**wish.over, **over}, models, rng)
