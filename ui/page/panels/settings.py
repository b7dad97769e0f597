"""The settings: API URL and key, limits. Drawn by its script over our own routes."""

from __future__ import annotations

import gradio as gr

from ui import static


def build_settings() -> gr.HTML:
    """Add the panel; it has no Gradio events, so nothing typed in it reaches Gradio."""
    return gr.HTML(
        None,
        html_template="",
        js_on_load=static.on_load("settings/setup.js"),
        apply_default_css=False,
        elem_id="setup",
    )
