"""The form's request as code in three languages, behind a button."""

from __future__ import annotations

import gradio as gr

from backend.providers import snippets
from ui import static


def build_code() -> gr.HTML:
    """Add the panel. `refresh` is its event; its value is what Handlers.code returns."""
    return gr.HTML(
        None,
        html_template="",
        js_on_load=static.on_load("create/code.js", "refresh"),
        apply_default_css=False,
        elem_id="snippet",
        setup=snippets.SETUP,
        answer=snippets.ANSWER_SHAPE,
        decode=snippets.DECODING,
    )
