"""Builds the page: three Gradio pages over one studio, mounted beside our own routes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import gradio as gr
from starlette.applications import Starlette
from starlette.middleware import Middleware

from ui import gradio_private, present, static
from ui.api import generate_endpoint
from ui.form import ASPECTS, Form, build_form
from ui.guard import close_gradio
from ui.handlers import Handlers
from ui.login import Credentials, closed_door
from ui.panels.code import build_code
from ui.panels.gallery import build_gallery
from ui.panels.header import build_header
from ui.panels.results import build_results
from ui.panels.setup import build_setup
from ui.routes import routes
from ui.setup_routes import setup_routes
from ui.theme import build_theme
from ui.visitor import VisitorCookie

TITLE = "Sentry Block Playground"

QUIET: dict[str, Any] = {
    "queue": False,  # 17 ms instead of 34
    "show_progress": "hidden",
    "preprocess": False,  # Gradio would check bounds against what it set last, in its own words
    "api_visibility": "private",
}
"""How all of the page's own events run. Their handlers check what they are given."""


def build_app(
    studio: Any, credentials: Credentials | None = None, *, allowed_hosts: Iterable[str] = ()
) -> Starlette:
    """Return the whole application. Its lifespan starts the studio and closes it.

    `credentials` puts a login before it; `allowed_hosts` are further names it may be opened under.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with studio:
            yield

    app = Starlette(
        routes=[*routes(studio), *setup_routes(studio)],
        middleware=[*closed_door(credentials, allowed_hosts), Middleware(VisitorCookie)],
        lifespan=lifespan,
    )
    gradio_private.mount(
        gr,
        app,
        build_page(studio),
        theme=build_theme(),
        head=static.stylesheets(),
        run_history=False,
        footer_links=[],
        show_error=False,
        enable_monitoring=False,
        allowed_paths=[],
    )
    close_gradio(app)
    return app


def build_page(studio: Any) -> gr.Blocks:
    """Return the three pages as one Gradio app."""
    offline = studio.provider == "offline"
    mode = present.mode_text(studio.provider, studio.api_url)
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
        _connect(demo, form, Handlers(studio, form), results, code)
    with demo.route("Gallery", "/gallery"):
        gr.Navbar(visible=False)
        build_header(mode, offline=offline, here="/gallery")
        build_gallery()
    with demo.route("Settings", "/settings"):
        gr.Navbar(visible=False)
        build_header(mode, offline=offline, here="/settings")
        build_setup()
    return demo


def _connect(demo: gr.Blocks, form: Form, do: Handlers, results: gr.HTML, code: gr.HTML) -> None:
    """Wire the widgets to their handlers."""
    params = list(form.params.values())
    whole_form = [form.parked, form.random_seed, form.model, form.count, *params]

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
    results.reuse(do.reuse, whole_form, do.form_outputs, **QUIET)
    results.settled(do.account, None, form.balance, **QUIET)

    form.model.input(do.switch, whole_form, do.form_outputs, **QUIET)
    form.examples.pick(do.example, None, form.params["prompt"], **QUIET)
    form.count.change(do.price, [form.model, form.count], form.price, **QUIET)
    demo.load(
        do.opened,
        [form.model, form.count],
        [form.model, form.note, form.price, form.balance],
        **QUIET,
    )
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
        [w.change for w in (form.model, form.random_seed, *params)],
        None,
        js="() => globalThis.playground?.changed()",
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
