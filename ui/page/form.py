"""The form: one widget per parameter name of the whole catalogue, shown as the model takes them.

An element's id is its parameter's name; so a new parameter in a models.toml needs no code here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from backend.catalogue.widgets import WidgetState, parameter_names, plan_widgets
from backend.types import COUNT_MAX, ModelSpec
from ui import static
from ui.page.widget import ASPECTS, drawn, live_text, model_choices, widget_for, widget_update

_OWN_PLACE = ("prompt", "width", "height", "seed")


@dataclass(frozen=True)
class Submission:
    """What the form held at one click. `raw` maps parameter names to unchecked values."""

    token: str
    basis: object
    model: object
    count: object
    raw: dict[str, object]


@dataclass
class Form:
    """The widgets that handlers read and write.

    `common` names the parameters that every model takes in the very same way.
    """

    names: tuple[str, ...]
    common: frozenset[str]
    params: dict[str, Any] = field(default_factory=dict)
    model: Any = None
    note: Any = None
    aspect: Any = None
    swap: Any = None
    random_seed: Any = None
    last_seed: Any = None
    count: Any = None
    examples: Any = None
    token: Any = None
    basis: Any = None
    tools: Any = None
    parked: Any = None
    generate: Any = None
    stop: Any = None
    price: Any = None
    balance: Any = None

    @property
    def inputs(self) -> list[Any]:
        """What a submission is collected from; form.js relies on this order."""
        head = [self.token, self.random_seed, self.basis, self.model, self.count]
        return [*head, *self.params.values()]

    def collect(self, values: Sequence[object]) -> Submission:
        """Name the values of `inputs`. A seed counts only while the random switch is off."""
        token, random_seed, basis, model, count, *rest = values
        raw = dict(zip(self.params, rest, strict=True))
        if random_seed:
            raw.pop("seed", None)
        return Submission(token if isinstance(token, str) else "", basis, model, count, raw)

    def updates(self, states: Mapping[str, WidgetState], current: Mapping[str, Any]) -> list[Any]:
        """Return one Gradio update per parameter, in the order of `params`.

        A widget that is the same for all models and keeps its value is left alone: an update costs
        the browser time.
        """
        return [
            gr.skip()
            if name in self.common and states[name].value == current[name]
            else widget_update(widget, states[name])
            for name, widget in self.params.items()
        ]


def build_form(models: Mapping[str, ModelSpec]) -> Form:
    """Add the form to the current Blocks context and return its widgets."""
    specs = list(models.values())
    first = specs[0]
    common = frozenset(p.name for p in first.params if all(p in m.params for m in specs))
    form = Form(parameter_names(specs), common)
    states = plan_widgets(first, dict.fromkeys(form.names))
    everywhere = {name: [s for m in specs if (s := m.param(name))] for name in form.names}

    def add(name: str, **options: Any) -> None:
        form.params[name] = widget_for(name, everywhere[name], states[name], **options)

    with gr.Column(elem_id="compose"):
        add("prompt", lines=3, max_lines=12, placeholder="A lighthouse at dusk, long waves")
        form.tools = drawn("tools", "create/tools.js")
        form.basis = drawn("basis", "create/basis.js", "forget")
        form.examples = gr.HTML(
            [title for title, _ in static.examples()],
            html_template="",
            js_on_load=static.on_load("create/examples.js", "pick"),
            apply_default_css=False,
            elem_id="examples",
        )
        with gr.Row(elem_id="actions"):
            form.generate = gr.Button("Generate", variant="primary", elem_id="generate")
            form.stop = gr.Button("Stop", elem_id="stop")
        with gr.Row(elem_id="costs"):
            form.price = live_text("price", "")
            form.balance = live_text("balance", "")
    gr.Button("Settings", elem_id="toggle-settings")  # on small screens only
    form.token = gr.Textbox(visible=False)
    form.parked = gr.State((first.id, {}))
    with gr.Column(elem_id="settings"):
        form.model = gr.Radio(model_choices(models), value=first.id, label="Model", elem_id="model")
        form.note = live_text("model-note", "")
        for name in form.names:
            if name not in _OWN_PLACE and everywhere[name][0].kind == "text":
                add(name, lines=2, max_lines=8)
        _add_size(form, add)
        for name in form.names:
            if name not in _OWN_PLACE and name not in form.params:
                add(name)
        _add_seed(form, add, visible=first.takes_seed)
        form.count = gr.Slider(
            1,
            COUNT_MAX,
            value=1,
            step=1,
            label="Number of images",
            info="Each is a request of its own, with the next seed.",
            elem_id="count",
            buttons=[],
        )
    return form


def _add_size(form: Form, add: Any) -> None:
    if not {"width", "height"} <= set(form.names):
        form.aspect, form.swap = gr.Radio([], visible=False), gr.Button(visible=False)
        for name in ("width", "height"):
            if name in form.names:
                add(name, typed=True)
        return
    with gr.Column(elem_id="size"):
        form.aspect = gr.Radio(list(ASPECTS), value="1:1", label="Shape", elem_id="aspect")
        form.swap = gr.Button("Swap sides", elem_id="swap", size="sm")
        with gr.Row(elem_id="measures"):
            add("width", typed=True)
            add("height", typed=True)


def _add_seed(form: Form, add: Any, *, visible: bool) -> None:
    if "seed" not in form.names:
        form.random_seed = gr.Checkbox(True, visible=False)
        form.last_seed = gr.Button(visible=False)
        return
    with gr.Column(elem_id="seeds"):
        add("seed", typed=True)
        with gr.Row(elem_id="seed-options"):
            form.random_seed = gr.Checkbox(
                True,
                label="Random seed",
                elem_id="random-seed",
                container=False,
                visible=visible,
            )
            form.last_seed = gr.Button(
                "Use the last seed", elem_id="last-seed", size="sm", visible=visible
            )
