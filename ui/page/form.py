"""The form: one widget per parameter name of the whole catalogue, shown as the model takes them.

An element's id is its parameter's name; so a new parameter in a models.toml needs no code here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import gradio as gr
from gradio.components import Component

from backend.catalogue.params import COUNT
from backend.catalogue.shapes import ASPECTS
from backend.catalogue.widgets import WidgetState, parameter_names, plan_widgets
from backend.said import msg
from backend.types import ModelSpec
from ui import static
from ui.language.chosen import tell
from ui.page.drawn import drawn
from ui.page.widget import (
    Widget,
    model_widget,
    widget_for,
    widget_update,
)

NO_CHOICES = {"on": False, "seed": ""}
"""What the switch for templates holds while braces are braces."""

_OWN_PLACE = ("prompt", "width", "height", "seed")


@dataclass(frozen=True)
class Submission:
    """What the form held at one click. `raw` maps parameter names to unchecked values.

    `choices` is the seed by which braces are choices, "" where it is to be drawn; None where braces
    are braces.
    """

    token: str
    basis: object
    model: object
    count: object
    raw: dict[str, object]
    choices: str | None = None
    styles: object = None


@dataclass(frozen=True)
class Form:
    """The widgets that handlers read and write; `params` holds one for each parameter, by name."""

    params: Mapping[str, Widget]
    model: gr.HTML
    note: gr.HTML
    aspect: gr.Radio
    swap: gr.Button
    random_seed: gr.Checkbox
    last_seed: gr.Button
    count: gr.HTML
    styles: gr.HTML
    examples: gr.HTML
    token: gr.Textbox
    basis: gr.HTML
    parked: gr.JSON
    tools: gr.HTML
    templates: gr.HTML
    deal: gr.HTML
    balance: gr.HTML

    @property
    def inputs(self) -> list[tuple[str, Component]]:
        """What a submission is collected from, as (name, widget); the scripts are told the names.

        A parameter's begins with `params.`, as it may be called like a widget of the form's own.
        """
        return self.named("token", "random_seed", "basis", "model", "count", "templates", "styles")

    def named(self, *own: str) -> list[tuple[str, Component]]:
        """Return these widgets of the form's own and all parameters, as (name, widget)."""
        return [
            *((name, getattr(self, name)) for name in own),
            *((f"params.{name}", widget) for name, widget in self.params.items()),
        ]

    def collect(self, values: Sequence[object]) -> Submission:
        """Name the values of `inputs`. A seed counts only while the random switch is off."""
        held = dict(zip((name for name, _ in self.inputs), values, strict=True))
        raw = {name: held[f"params.{name}"] for name in self.params}
        if held["random_seed"]:
            raw.pop("seed", None)
        token = held["token"] if isinstance(held["token"], str) else ""
        click = held["basis"], held["model"], held["count"]
        return Submission(token, *click, raw, choices_of(held["templates"]), held["styles"])

    def updates(
        self,
        states: Mapping[str, WidgetState],
        current: Mapping[str, object],
        models: Collection[ModelSpec],
    ) -> dict[str, Any]:
        """Return one Gradio update per parameter that has to change, by its name in `inputs`.

        A widget that is the same for all `models` and keeps its value is left alone: an update
        costs the browser time. Choices may have been told since.
        """
        return {
            f"params.{name}": widget_update(widget, states[name])
            for name, widget in self.params.items()
            if not _is_same(name, models) or states[name].value != current[name]
        }


def _is_same(name: str, models: Collection[ModelSpec]) -> bool:
    """Whether all models take a parameter in the very same way, or none does."""
    first, *others = (model.param(name) for model in models)
    return not (first and first.choices) and all(spec == first for spec in others)


def choices_of(value: object) -> str | None:
    """Return the seed by which braces are choices, as typed; None where the switch is off."""
    if not isinstance(value, dict) or value.get("on") is not True:
        return None
    seed = value.get("seed")
    return str(seed).strip() if isinstance(seed, str | int) else ""


class _Params:
    """The widgets of the parameters as they are added, for a form that starts with `first`."""

    def __init__(self, models: Sequence[ModelSpec], first: ModelSpec) -> None:
        self.names = parameter_names(models)
        self.specs = {name: [s for m in models if (s := m.param(name))] for name in self.names}
        self.added: dict[str, Widget] = {}
        self._states = plan_widgets(first, dict.fromkeys(self.names))

    def add(self, name: str, **options: Any) -> None:
        """Add the parameter's widget to the current Blocks context."""
        self.added[name] = widget_for(name, self.specs[name], self._states[name], **options)

    def add_rest(self, kind: Literal["text", "number"]) -> None:
        """Add those of a kind that have no place of their own."""
        for name in self.names:
            is_text = self.specs[name][0].kind == "text"
            if name not in _OWN_PLACE and name not in self.added and is_text == (kind == "text"):
                self.add(name, **({"lines": 2, "max_lines": 8} if is_text else {}))


def build_form(
    models: Mapping[str, ModelSpec], to_come: Iterable[ModelSpec] = (), whose: str = ""
) -> Form:
    """Add the form to the current Blocks context and return its widgets.

    `to_come` are like models that only a server will tell of. `whose` names those that belong to no
    further connection.
    """
    specs = [*models.values(), *to_come]
    first = specs[0]
    params = _Params(specs, first)
    with gr.Column(elem_id="compose"):
        params.add(
            "prompt",
            lines=3,
            max_lines=12,
            placeholder=tell(msg("A lighthouse at dusk, long waves")),
        )
        tools = drawn("tools", "tools", "random")  # with the seed, as far as it matters here
        templates = drawn("templates", "templates", value=NO_CHOICES)
        # the names of styles on the prompt, in their order
        styles = drawn("styles", "styles", value=[])
        basis = drawn("basis", "basis", "forget")
        titles, prompts = zip(*static.examples(), strict=True)
        tried = {"titles": [tell(title) for title in titles], "first": tell(prompts[0])}
        examples = drawn("examples", "examples", "pick", value=tried)
        with gr.Row(elem_id="actions"):
            words = {"label": tell(COUNT.label), "help": tell(COUNT.help)}
            count = drawn("count", "count", value=COUNT.default, words=words)
            # Generate with what it makes and costs, and Stop, which opens while something waits
            deal = drawn("deal", "deal", "refresh", "press", "halt")
        balance = drawn("balance", "text", value="")
    gr.Button(tell(msg("Settings")), elem_id="toggle-settings")  # on small screens only
    token = gr.Textbox(visible=False)
    # Not a gr.State: for that each tab would hold a stream, of which a browser has six.
    parked = gr.JSON([first.id, {}], visible=False)
    with gr.Column(elem_id="settings"):
        model = model_widget(models, whose, first.id)
        note = drawn("model-note", "text", value="")
        params.add_rest("text")
        aspect, swap = _add_size(params)
        params.add_rest("number")
        random_seed, last_seed = _add_seed(params, visible=first.takes_seed)
    return Form(
        params=params.added,
        model=model,
        note=note,
        aspect=aspect,
        swap=swap,
        random_seed=random_seed,
        last_seed=last_seed,
        count=count,
        styles=styles,
        examples=examples,
        token=token,
        basis=basis,
        parked=parked,
        tools=tools,
        templates=templates,
        deal=deal,
        balance=balance,
    )


def _add_size(params: _Params) -> tuple[gr.Radio, gr.Button]:
    """Add width and height; return the shapes and the swap, hidden where a side is missing."""
    if not {"width", "height"} <= set(params.names):
        aspect, swap = gr.Radio([], visible=False), gr.Button(visible=False)
        for name in ("width", "height"):
            if name in params.names:
                params.add(name, typed=True)
        return aspect, swap
    with gr.Column(elem_id="size"):
        aspect = gr.Radio(list(ASPECTS), value="1:1", label=tell(msg("Shape")), elem_id="aspect")
        swap = gr.Button(tell(msg("Swap sides")), elem_id="swap", size="sm")
        with gr.Row(elem_id="measures"):
            params.add("width", typed=True)
            params.add("height", typed=True)
    return aspect, swap


def _add_seed(params: _Params, *, visible: bool) -> tuple[gr.Checkbox, gr.Button]:
    """Add the seed; return its random switch and the last seed, hidden where no model takes one."""
    if "seed" not in params.names:
        return gr.Checkbox(True, visible=False), gr.Button(visible=False)
    with gr.Column(elem_id="seeds"):
        params.add("seed", typed=True)
        with gr.Row(elem_id="seed-options"):
            random_seed = gr.Checkbox(
                True,
                label=tell(msg("Random seed")),
                elem_id="random-seed",
                container=False,
                visible=visible,
            )
            last_seed = gr.Button(
                tell(msg("Use the last seed")), elem_id="last-seed", size="sm", visible=visible
            )
    return random_seed, last_seed
