"""Builds the Create page in Gradio: the form that follows the model, its results and its code."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr
from gradio.events import api

from backend.catalogue.shapes import ASPECTS
from backend.studio import Studio
from ui import gradio_private, static
from ui.page.drawn import drawn
from ui.page.endpoint import generate_endpoint
from ui.page.filling import Filling
from ui.page.form import Form, build_form
from ui.page.handlers import Handlers, code_props
from ui.page.header import build_header
from ui.page.widget import first_group
from ui.present.facts import PAGES, title
from ui.present.recipes import told

QUIET: dict[str, Any] = {
    "queue": False,  # 17 ms instead of 34
    "show_progress": "hidden",
    "preprocess": False,  # Gradio would check bounds against what it set last, in its own words
    "api_visibility": "private",
}
"""How all of the page's own events run. Their handlers check what they are given."""

RESULT_EVENTS = ("reuse", "anew", "retry", "rest", "dismiss", "settled")
"""What the cards' buttons ask for; `settled` comes when no job runs any more."""

OPENED = f"async (_, ...form) => [(await {static.imported('create')}).opened(), ...form]"
"""Puts what the page is to open with before the form's values."""


def build_page(studio: Studio) -> gr.Blocks:
    """Return the page as a Gradio app."""
    demo: gr.Blocks
    named = title(PAGES["create"][1])
    with (
        gradio_private.page_alone(),
        gr.Blocks(title=named, analytics_enabled=False, fill_width=True) as demo,
    ):
        build_header(studio)
        with gr.Row(elem_id="workspace"):
            with gr.Column(elem_id="controls"):
                account = studio.account
                form = build_form(account.models, account.to_come, first_group(account))
            with gr.Column(elem_id="outcome"):
                props: dict[str, Any] = {**code_props(studio.account.provider)}
                code = drawn("snippet", "code", "refresh", **props)
                results = drawn("results", "results", *RESULT_EVENTS, starts=starts())
        # First of all events: Gradio would name it generate_1 after a handler of the same name.
        api(generate_endpoint(studio), api_name="generate", concurrency_limit=None)
        _connect(demo, form, Handlers(studio, form), Filling(studio, form), results, code)
    return demo


def starts() -> list[dict[str, str]]:
    """Return the examples that the empty results begin with; addresses are below the root."""
    return [
        {"title": recipe.title, "picture": static.url(recipe.picture), "recipe": recipe.link}
        for recipe in told()
    ]


def _connect(
    demo: gr.Blocks, form: Form, do: Handlers, fill: Filling, results: gr.HTML, code: gr.HTML
) -> None:
    """Wire the widgets to their handlers."""
    inputs = [widget for _, widget in form.inputs]
    filled, fills, switched = (
        [w for _, w in named] for named in (fill.inputs, fill.outputs, fill.switched)
    )
    shown = (form.random_seed, form.basis, form.model, form.count, form.templates, form.styles)
    names = json.dumps([name for name, _ in form.inputs])
    # Gradio tells whatever an event changes that it is under way, hidden or not, and draws it anew
    # each time: here a field alone that is never drawn.
    quiet = QUIET | {"show_progress_on": form.token}
    form.deal.press(
        do.generate,
        inputs,
        results,
        js=f"(...values) => playground.submission({names}, values)",
        trigger_mode="multiple",  # Generate stays usable while its event runs
        concurrency_limit=None,
        **quiet,
    )
    form.deal.halt(do.stop, None, results, trigger_mode="multiple", **quiet)
    form.deal.refresh(do.deal, inputs, form.deal, trigger_mode="always_last", **quiet)
    for event, handler in (
        (results.anew, do.anew),
        (results.retry, do.retry),
        (results.rest, do.rest),
        (results.dismiss, do.dismiss),
    ):
        event(handler, None, results, trigger_mode="multiple", **quiet)
    results.reuse(fill.reuse, filled, fills, **quiet)
    results.settled(do.account, None, form.balance, **quiet)

    # The last choice counts, also where it was made while the one before was on its way.
    form.model.input(
        fill.switch, filled, switched, trigger_mode="always_last", postprocess=False, **quiet
    )
    fresh = [form.params["prompt"], form.basis, form.random_seed]
    form.examples.pick(do.example, None, fresh, **quiet)
    form.basis.forget(None, None, form.basis, js="() => null")
    demo.load(fill.opened, [form.token, *filled], fills, js=OPENED, **quiet)
    demo.load(do.account, None, form.balance, **quiet)
    _connect_in_browser(form)

    code.refresh(
        do.code,
        inputs,
        code,
        js="(...values) => playground.snippet(values)",
        trigger_mode="always_last",
        **quiet,
    )
    gr.on(
        [widget.change for widget in (*shown, *form.params.values())],
        None,
        inputs,
        js=f"(...values) => globalThis.playground?.changed({names}, values)",
    )


def _connect_in_browser(form: Form) -> None:
    """Wire what needs no server: shapes, the swap, the seed's switch."""
    params, shapes = form.params, json.dumps(ASPECTS)
    if {"width", "height"} <= set(params):
        size = [params["width"], params["height"]]
        form.aspect.input(None, form.aspect, size, js=f"(name) => playground.shape({shapes}, name)")
        form.swap.click(
            None, size, [*size, form.aspect], js=f"(w, h) => playground.swap({shapes}, w, h)"
        )
        gr.on(
            [widget.input for widget in size],
            None,
            size,
            form.aspect,
            js=f"(w, h) => playground.shapeOf({shapes}, w, h)",
        )
    form.tools.random(None, None, form.random_seed, js="() => playground.seedIsRandom()")
    if "seed" in params:
        seed = params["seed"]
        seed.input(None, None, form.random_seed, js="() => false")
        form.last_seed.click(
            None,
            [seed, form.random_seed],
            [seed, form.random_seed],
            js="(seed, random) => playground.lastSeed(seed, random)",
        )
