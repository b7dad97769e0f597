"""What a preset puts into a form: what the model takes of it, exactly or not at all. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backend.recipes import fitting
from backend.recipes.recipe import OWN, Brought
from backend.said import Said, joined, listed, msg
from backend.styles.book import Book
from backend.styles.kinds import Preset
from backend.types import ModelSpec, Value


@dataclass(frozen=True, slots=True)
class Filled:
    """`values` by parameter go into the form of `model`, whose other fields stay as they are.

    `random_seed` and `count` are None where they stay, too. `styles` are those that there are.
    """

    model: ModelSpec
    values: Mapping[str, Value]
    styles: tuple[str, ...]
    random_seed: bool | None
    count: int | None
    text: Said


def fit(preset: Preset, models: Mapping[str, ModelSpec], current: ModelSpec, book: Book) -> Filled:
    """Return what the preset makes of a form that shows `current`, and say what is not taken."""
    wanted = preset.model.casefold()
    named = (m for m in models.values() if wanted in (m.id.casefold(), m.label.casefold()))
    own = next(named, None)
    model = own or current
    brought = Brought(OWN, model.id, preset.values)
    taken = fitting.fit(brought, models, model_id=model.id)
    emptied = {
        spec.name: spec.default or "" for spec in model.params if preset.values.get(spec.name) == ""
    }
    there = {style.name for style in book.styles}
    missing = [name for name in preset.styles if name not in there]
    random_seed = preset.random_seed
    if random_seed is None and "seed" in taken.values:
        random_seed = False
    return Filled(
        model,
        {**emptied, **taken.values},
        tuple(name for name in preset.styles if name in there),
        random_seed,
        preset.count,
        joined(
            msg("The preset {name} fills the form.", name=preset.name),
            msg("Its model, {model}, is not here.", model=preset.model)
            if preset.model and own is None
            else "",
            taken.left_out,
            msg("These styles are not here: {names}.", names=listed(missing)) if missing else "",
        ),
    )
