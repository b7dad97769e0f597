"""One parameter as one Gradio widget, by its kind, and what brings it to another state."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from backend.account import Account
from backend.catalogue.shapes import ASPECTS
from backend.catalogue.widgets import WidgetState
from backend.said import Said, joined, msg
from backend.types import OFFLINE, ModelSpec, ParamSpec, Value
from ui.language.chosen import other_language, tell
from ui.page.drawn import drawn
from ui.present.facts import SOURCES

Widget = gr.Textbox | gr.HTML
"""What a parameter is entered with: numbers and choices are drawn by scripts of assets/create."""

SLIDER_STOPS = 1000
"""A number with more steps than this is typed, not dragged."""

# Translators: below the prompt's field, in other languages than English alone
_UNDERSTOOD = msg("Most models understand English best.")

_LIKE = str.maketrans("*`", "\u2217\u02cb")
_EDGES = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


def model_groups(models: Mapping[str, ModelSpec], first: str) -> list[dict[str, Any]]:
    """Return the models of each connection together, as assets/create/models.js draws them.

    `first` names those that belong to no further connection; where there are no others, they are
    one group without a name.
    """
    groups: dict[str, list[dict[str, str]]] = {}
    for model in models.values():
        told = {"label": tell(_name(model)), "description": tell(model.description)}
        groups.setdefault(model.connection, []).append({"id": model.id, **told})
    alone = not any(groups)
    return [
        {"title": "" if alone else name or first, "models": listed}
        for name, listed in groups.items()
    ]


def first_group(account: Account) -> str:
    """Return the name over the models that belong to no further connection."""
    return tell(SOURCES[OFFLINE] if account.offline else account.provider.platform.label)


def model_widget(models: Mapping[str, ModelSpec], first: str, value: str) -> gr.HTML:
    """Return the choice of a model; `first` as for `model_groups`, `value` is an id."""
    groups = model_groups(models, first)
    return drawn("model", "models", "input", value=value, title=tell(msg("Model")), groups=groups)


def _name(model: ModelSpec) -> Said | str:
    lacking = model.available is False
    return msg("{model} (not in your account)", model=model.label) if lacking else model.label


def aspect_of(width: object, height: object) -> str | None:
    """Return the preset that has exactly this size, None for any other."""
    return next((name for name, size in ASPECTS.items() if size == (width, height)), None)


def plain(text: str) -> str:
    """Return `text` so that Gradio, which makes links and emphasis of an info's Markdown, does not.

    It knows no escapes, hence signs that look the same. A models.toml may come from anybody.
    """
    return _EDGES.sub("\u02cd", " ".join(text.split()).translate(_LIKE)).replace("](", "]\u2060(")


def widget_update(widget: Widget, state: WidgetState) -> dict[str, Any]:
    """Return the Gradio update that brings `widget` to `state`."""
    if state.spec is None:
        return gr.update(visible=False)
    spec = state.spec
    changes: dict[str, Any] = {
        "visible": True,
        "value": state.value,
    }
    if isinstance(widget, gr.HTML):
        before = widget.props["spec"]
        told = _number_spec(spec, drag=before["drag"]) if "drag" in before else _choice_spec(spec)
        changes |= {"name": widget.props["name"], "spec": told}
        if state.value is None:  # a seed that is not in use: what stands there stays
            del changes["value"]
        return gr.update(**changes)
    changes |= {"label": tell(spec.label), "info": _info(spec)}
    return gr.update(**changes)


def number_widget(
    spec: ParamSpec, value: Value, *, drag: bool = True, visible: bool = True
) -> gr.HTML:
    """Return the field of a number, with a slider beside it where it is to be dragged."""
    return drawn(
        spec.name,
        "number",
        "input",
        value=value,
        visible=visible,
        name=spec.name,
        spec=_number_spec(spec, drag=drag),
    )


def _number_spec(spec: ParamSpec, *, drag: bool) -> dict[str, Any]:
    """Return what number.js is told of a parameter; its type there is `Spec`."""
    return {
        "label": tell(spec.label),
        "help": tell(spec.help),
        "minimum": spec.minimum,
        "maximum": spec.maximum,
        "step": spec.step or 1,
        "whole": spec.kind == "integer",
        "drag": drag,
    }


def _choice_spec(spec: ParamSpec) -> dict[str, Any]:
    """Return what choice.js is told of a parameter; its type there is `Spec`."""
    return {"label": tell(spec.label), "help": tell(spec.help), "choices": list(spec.choices)}


def widget_for(
    name: str,
    specs: Sequence[ParamSpec],
    state: WidgetState,
    *,
    typed: bool = False,
    **options: Any,
) -> Widget:
    """Return the widget for one parameter, by its kind, as wide as all models need it.

    A `typed` number is never dragged; `options` are those of a text.
    """
    spec = state.spec or specs[0]
    value = state.value if state.spec else spec.default
    if spec.kind != "text":
        return number_widget(
            spec,
            0 if value is None else value,
            drag=not typed and all(map(_draggable, specs)),
            visible=state.visible,
        )
    if any(s.choices for s in specs):
        told = _choice_spec(spec)
        return drawn(
            name, "choice", "input", value=value, visible=state.visible, name=name, spec=told
        )
    text: Any = value
    return gr.Textbox(
        value=text,
        label=tell(spec.label),
        info=_info(spec),
        visible=state.visible,
        elem_id=name,
        **{"lines": 2, **options},
    )


def _info(spec: ParamSpec) -> str | None:
    """Return what stands below a text's label."""
    foreign = spec.name == "prompt" and other_language()
    return plain(tell(joined(spec.help, _UNDERSTOOD if foreign else ""))) or None


def _draggable(spec: ParamSpec) -> bool:
    if spec.minimum is None or spec.maximum is None:
        return False
    return (spec.maximum - spec.minimum) / (spec.step or 1) <= SLIDER_STOPS
