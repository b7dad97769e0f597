"""The form's draft as the browser kept it, read back: what is damaged in it is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backend.catalogue.params import count_in, entered
from backend.catalogue.widgets import Parked
from backend.types import ModelSpec, Value


@dataclass(frozen=True)
class Held:
    """What the form holds: `values` by parameter name, unchecked; `basis` as the page shows it.

    `known` is False where `model` only stands in for one that the catalogue lacks.
    """

    parked: tuple[str, Parked]
    random_seed: bool
    basis: object
    model: ModelSpec
    count: object
    values: Mapping[str, Value]
    known: bool = True
    templates: object = None
    styles: tuple[str, ...] = ()


def _switch(kept: object) -> dict[str, object]:
    """Return the switch for templates as a draft holds it: off where that makes no sense."""
    if not isinstance(kept, dict):
        return {"on": False, "seed": ""}
    seed = kept.get("seed")
    return {"on": kept.get("on") is True, "seed": seed if isinstance(seed, str) else ""}


def read_draft(draft: object, models: Mapping[str, ModelSpec], held: Held) -> Held | None:
    """Return what `draft` says that the form held, None where it says nothing of use.

    What it leaves open, or what is none of a form's values, is as in `held`.
    """
    if not isinstance(draft, dict) or not isinstance(draft.get("values"), dict):
        return None
    wanted = draft.get("model")
    model = held.model if wanted is None else models.get(str(wanted))
    if model is None:
        return None
    kept, count, worn = draft["values"], draft.get("count"), draft.get("styles")
    return Held(
        parked=(model.id, {}),
        random_seed=draft.get("random") is not False,
        basis={"origin": draft.get("origin")},
        model=model,
        count=count_in(count) or held.count,
        templates=_switch(draft.get("templates")),
        values=entered(
            models.values(),
            {
                name: kept[name] if isinstance(kept.get(name), str | int | float) else value
                for name, value in held.values.items()
            },
        ),
        styles=tuple(worn)
        if isinstance(worn, list) and all(isinstance(name, str) for name in worn)
        else (),
    )
