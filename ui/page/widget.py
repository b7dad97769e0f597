"""One parameter as one Gradio widget, by its kind, and what brings it to another state."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from backend.catalogue.widgets import WidgetState
from backend.types import ModelSpec, ParamSpec
from ui import static

ASPECTS: dict[str, tuple[int, int]] = {
    "1:1": (1024, 1024),
    "3:2": (1248, 832),
    "2:3": (832, 1248),
    "16:9": (1360, 768),
    "9:16": (768, 1360),
    "4:3": (1152, 864),
}
"""Shapes of about one megapixel, in multiples of 16."""

SLIDER_STOPS = 1000
"""A number with more steps than this is typed, not dragged."""

_LIKE = str.maketrans("*`", "\u2217\u02cb")
_EDGES = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


def model_choices(models: Mapping[str, ModelSpec]) -> list[tuple[str, str]]:
    """Return (label, id) per model; the label's second line says what the model is good for."""
    return [
        (
            f"{m.label}{' (not in your account)' if m.available is False else ''}\n{m.description}",
            m.id,
        )
        for m in models.values()
    ]


def aspect_of(width: object, height: object) -> str | None:
    """Return the preset that has exactly this size, None for any other."""
    return next((name for name, size in ASPECTS.items() if size == (width, height)), None)


def live_text(elem_id: str, value: str, *, visible: bool = True) -> gr.HTML:
    """Return a line of text that screen readers announce when it changes; never read as HTML."""
    return gr.HTML(
        value,
        html_template="",
        js_on_load=static.on_load("shared/text.js"),
        apply_default_css=False,
        elem_id=elem_id,
        visible=visible,
    )


def drawn(elem_id: str, script: str, *events: str) -> gr.HTML:
    return gr.HTML(
        None,
        html_template="",
        js_on_load=static.on_load(script, *events),
        apply_default_css=False,
        elem_id=elem_id,
    )


def plain(text: str) -> str:
    """Return `text` so that Gradio, which makes links and emphasis of an info's Markdown, does not.

    It knows no escapes, hence signs that look the same. A models.toml may come from anybody.
    """
    return _EDGES.sub("\u02cd", " ".join(text.split()).translate(_LIKE)).replace("](", "]\u2060(")


def widget_update(widget: Any, state: WidgetState) -> Any:
    """Return the Gradio update that brings `widget` to `state`."""
    if state.spec is None:
        return gr.update(visible=False)
    spec = state.spec
    changes: dict[str, Any] = {
        "visible": True,
        "value": state.value,
        "label": spec.label,
        "info": plain(spec.help) or None,
    }
    if isinstance(widget, gr.Slider | gr.Number):
        changes |= {"minimum": spec.minimum, "maximum": spec.maximum, "step": spec.step}
    if isinstance(widget, gr.Radio):
        changes["choices"] = list(spec.choices)
    if state.value is None and isinstance(widget, gr.Number):
        del changes["value"]  # an empty number is shown as 0: keep what stands there
    return gr.update(**changes)


def widget_for(name: str, specs: Sequence[ParamSpec], state: WidgetState, **options: Any) -> Any:
    """Return the widget for one parameter, by its kind, as wide as all models need it."""
    spec = state.spec or specs[0]
    common: dict[str, Any] = {
        "value": state.value if state.spec else spec.default,
        "label": spec.label,
        "info": plain(spec.help) or None,
        "visible": state.visible,
        "elem_id": name,
    }
    if spec.kind == "text":
        if all(s.choices for s in specs):
            return gr.Radio(list(spec.choices), **common)
        return gr.Textbox(**common, **{"lines": 2, **options})
    if all(_draggable(s) for s in specs) and not options.get("typed"):
        return gr.Slider(spec.minimum, spec.maximum, step=spec.step, buttons=[], **common)
    # Number shows None as 0, hence an explicit one; bounds are checked by the backend, in words.
    return gr.Number(
        **common | {"value": 0 if common["value"] is None else common["value"]},
        minimum=spec.minimum,
        maximum=spec.maximum,
        step=spec.step or 1,
    )


def _draggable(spec: ParamSpec) -> bool:
    if spec.minimum is None or spec.maximum is None:
        return False
    return (spec.maximum - spec.minimum) / (spec.step or 1) <= SLIDER_STOPS
