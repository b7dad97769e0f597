"""What each model's form shows, and what a change of model keeps, parks and brings back. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.said import Said, joined, msg, number
from backend.types import ModelSpec, ParamSpec, Value

Parked = Mapping[str, Mapping[str, Value]]
"""Values put aside, by model id and parameter name: each model finds its own again."""


@dataclass(frozen=True, slots=True)
class WidgetState:
    """One widget of the form: whether it shows, what it holds, and its bounds."""

    visible: bool
    value: Value = None
    spec: ParamSpec | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A change of model: every widget's next state, what is parked, and the change in words."""

    widgets: Mapping[str, WidgetState]
    parked: Parked
    sentence: str


def parameter_names(models: Sequence[ModelSpec]) -> tuple[str, ...]:
    """Return each parameter that any model takes, once, in the order of first appearance."""
    return tuple(dict.fromkeys(spec.name for model in models for spec in model.params))


def plan_widgets(model: ModelSpec, current: Mapping[str, Value]) -> dict[str, WidgetState]:
    """Return the state of each widget in `current` for `model`, with no earlier model known.

    A value that `model` takes is kept, one that is empty or out of its range becomes its default.
    """
    states = {}
    for name, value in current.items():
        spec = model.param(name)
        if spec is None:
            states[name] = WidgetState(False, value)
        else:
            states[name] = WidgetState(True, value if fits(spec, value) else spec.default, spec)
    return states


def change_model(
    old: ModelSpec, new: ModelSpec, current: Mapping[str, Value], parked: Parked
) -> Plan:
    """Plan the form for `new` after `old`, whose widgets hold `current`.

    What `new` lacks is parked: a number for `old`, a text in its hidden widget for any model that
    takes it. A value that both models take is shared, unless their defaults differ (25 steps are
    dear on a model made for 4) or it does not fit: then it is parked for `old`, and `new` gets back
    what it had, else its default.
    """
    mine = parked.get(new.id, {})
    aside: dict[str, Value] = {}
    widgets = {}
    notes: list[Said] = []
    for name, value in current.items():
        was, now = old.param(name), new.param(name)
        if now is None:
            widgets[name] = WidgetState(False, value)
            if was is not None and was.kind != "text":
                aside[name] = value
            if was is not None and value not in (None, "", was.default):
                notes.append(
                    msg(
                        "{parameter} kept for {old}, not sent to {new}.",
                        parameter=was.label,
                        old=old.label,
                        new=new.label,
                    )
                )
            continue
        before = value
        if was is not None and (name in mine or was.default != now.default or not fits(now, value)):
            aside[name] = value
            value = mine.get(name, now.default)
        elif was is None and now.kind != "text":
            value = mine.get(name, now.default)  # the hidden widget may hold another model's
        if not fits(now, value):
            value = now.default
        widgets[name] = WidgetState(True, value, now)
        if was is None:
            if value not in (None, "", now.default):
                notes.append(msg("{parameter} is back.", parameter=now.label))
        elif before not in (value, None, was.default):
            notes.append(_kept(now, before, old))
    remaining = {key: value for key, value in parked.items() if key != new.id}
    if aside:
        remaining[old.id] = {**remaining.get(old.id, {}), **aside}
    if not new.takes_seed and old.takes_seed:
        notes.append(
            msg("{model} takes no seed: the stored image is the only copy.", model=new.label)
        )
    for spec in new.params:
        if not spec.effect and ((had := old.param(spec.name)) is None or had.effect):
            notes.append(msg("{parameter} has no visible effect.", parameter=spec.label))
    return Plan(widgets, remaining, joined(*notes))


def fits(spec: ParamSpec, value: Value) -> bool:
    """Whether `value` is something that `spec` takes as it stands; steps are not looked at."""
    if value is None:
        return spec.default is None
    if spec.kind == "text":
        return isinstance(value, str) and (not spec.choices or value in spec.choices)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return (spec.minimum is None or value >= spec.minimum) and (
        spec.maximum is None or value <= spec.maximum
    )


def _kept(spec: ParamSpec, value: Value, model: ModelSpec) -> Said:
    if value is None:
        return msg("{parameter} empty kept for {model}.", parameter=spec.label, model=model.label)
    shown = number(value) if isinstance(value, float) else str(value)
    return msg(
        "{parameter} {value} kept for {model}.",
        parameter=spec.label,
        value=shown,
        model=model.label,
    )
