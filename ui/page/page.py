"""Builds the page: four Gradio pages over one studio, mounted beside our own routes."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

from ui import static
from ui.page.endpoint import generate_endpoint
from ui.page.filling import Filling
from ui.page.form import Form, build_form
from ui.page.handlers import Handlers
from ui.page.panels.code import build_code
from ui.page.panels.gallery import build_gallery
from ui.page.panels.header import build_header
from ui.page.panels.results import build_results
from ui.page.panels.settings import build_settings
from ui.page.panels.statistics import build_statistics
from ui.page.widget import ASPECTS
from ui.present import words

TITLE = "Sentry Block Playground"

QUIET: dict[str, Any] = {
    "queue": False,  # 17 ms instead of 34
    "show_progress": "hidden",
    "preprocess": False,  # Gradio would check bounds against what it set last, in its own words
    "api_visibility": "private",
}
"""How all of the page's own events run. Their handlers check what they are given."""

OPENED = (
    f"async (_, ...form) => [(await import(location.origin + '{static.url('create/draft.js')}'))"
    ".asked(), ...form]"
)
"""Puts what the page is to open with before the form's values."""


def build_page(studio: Any) -> gr.Blocks:
    """Return the four pages as one Gradio app."""
    offline = studio.provider == "offline"
    mode = words.mode_text(studio.provider, studio.api_url)
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as demo:
        gr.Navbar(visible=False)
        build_header(mode, offline=offline, here="/")
        with gr.Row(elem_id="workspace"):
            with gr.Column(elem_id="controls"):
                form = build_form(studio.models)
            with gr.Column(elem_id="outcome"):
                code = build_code()
                results = build_results()
        # First of all events: Gradio would name it generate_1 after a handler of the same name.
        gr.api(generate_endpoint(studio), api_name="generate", concurrency_limit=None)
        _connect(demo, form, Handlers(studio, form), Filling(studio, form), results, code)
    with demo.route("Gallery", "/gallery"):
        gr.Navbar(visible=False)
        build_header(mode, offline=offline, here="/gallery")
        build_gallery()
    with demo.route("Statistics", "/statistics"):
        gr.Navbar(visible=False)
        build_header(mode, offline=offline, here="/statistics")
        build_statistics()
    with demo.route("Settings", "/settings"):
        gr.Navbar(visible=False)
        build_header(mode, offline=offline, here="/settings")
        build_settings()
    return demo


def _connect(
    demo: gr.Blocks, form: Form, do: Handlers, fill: Filling, results: gr.HTML, code: gr.HTML
) -> None:
    """Wire the widgets to their handlers."""
    form.generate.click(
        do.generate,
        form.inputs,
        results,
        js="(...values) => playground.submission(values)",
        trigger_mode="multiple",  # Generate stays usable while its event runs
        concurrency_limit=None,
        **QUIET,
    )
    form.stop.click(do.stop, None, results, trigger_mode="multiple", **QUIET)
    for event, handler in (
        (results.anew, do.anew),
        (results.retry, do.retry),
        (results.dismiss, do.dismiss),
    ):
        event(handler, None, results, trigger_mode="multiple", **QUIET)
    results.reuse(fill.reuse, fill.inputs, fill.outputs, **QUIET)
    results.settled(do.account, None, form.balance, **QUIET)

    form.model.input(fill.switch, fill.inputs, fill.outputs, **QUIET)
    form.examples.pick(do.example, None, [form.params["prompt"], form.basis], **QUIET)
    form.basis.forget(None, None, form.basis, js="() => null")
    form.count.change(do.price, [form.model, form.count], form.price, **QUIET)
    demo.load(fill.opened, [form.token, *fill.inputs], fill.outputs, js=OPENED, **QUIET)
    demo.load(do.account, None, form.balance, **QUIET)
    _connect_in_browser(form)

    code.refresh(
        do.code,
        form.inputs,
        code,
        js="(...values) => playground.snippet(values)",
        trigger_mode="always_last",
        **QUIET,
    )
    gr.on(
        [w.change for w in form.inputs[1:]],
        None,
        form.inputs,
        js=f"(...values) => globalThis.playground?.changed({json.dumps([*form.params])}, values)",
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
    if "seed" in params:
        seed = params["seed"]
        seed.input(None, None, form.random_seed, js="() => false")
        form.last_seed.click(
            None,
            [seed, form.random_seed],
            [seed, form.random_seed],
            js="(seed, random) => playground.lastSeed(seed, random)",
        )
