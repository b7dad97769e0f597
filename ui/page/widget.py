"""One parameter as one Gradio widget, by its kind, and what brings it to another state."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from backend.catalogue.shapes import ASPECTS
from backend.catalogue.widgets import WidgetState
from backend.said import msg
from backend.types import ModelSpec, ParamSpec, Value
from ui.language.chosen import tell
from ui.page.drawn import drawn

Widget = gr.Textbox | gr.Radio | gr.HTML
"""What a parameter is entered with; a number's is drawn by assets/create/number.js."""

SLIDER_STOPS = 1000
"""A number with more steps than this is typed, not dragged."""

_LIKE = str.maketrans("*`", "\u2217\u02cb")
_EDGES = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


def model_choices(models: Mapping[str, ModelSpec]) -> list[tuple[str, str]]:
    """Return (label, id) per model; the label's second line says what the model is good for."""
    return [(f"{tell(_name(m))}\n{tell(m.description)}", m.id) for m in models.values()]


def _name(model: ModelSpec) -> str:
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
        drag = bool(widget.props["spec"]["drag"])
        changes |= {"name": widget.props["name"], "spec": _number_spec(spec, drag=drag)}
        if state.value is None:  # a seed that is not in use: what stands there stays
            del changes["value"]
        return gr.update(**changes)
    changes |= {"label": tell(spec.label), "info": plain(tell(spec.help)) or None}
    if isinstance(widget, gr.Radio):
        changes["choices"] = list(spec.choices)
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
    common: dict[str, Any] = {
        "value": value,
        "label": tell(spec.label),
        "info": plain(tell(spec.help)) or None,
        "visible": state.visible,
        "elem_id": name,
    }
    if all(s.choices for s in specs):
        return gr.Radio(list(spec.choices), **common)
    return gr.Textbox(**common, **{"lines": 2, **options})


def _draggable(spec: ParamSpec) -> bool:
    if spec.minimum is None or spec.maximum is None:
        return False
    return (spec.maximum - spec.minimum) / (spec.step or 1) <= SLIDER_STOPS
