"""The results: one element whose script draws a card per image and follows running jobs."""

from __future__ import annotations

import gradio as gr

from ui import static

EVENTS = ("reuse", "anew", "retry", "dismiss", "settled")
"""What the cards' buttons ask for; `settled` comes when no job runs any more."""


def build_results() -> gr.HTML:
    """Add the panel. Its value is the last message of a handler (`kind` says which)."""
    return gr.HTML(
        None,
        html_template="",
        js_on_load=static.on_load("create/results.js", *EVENTS),
        apply_default_css=False,
        elem_id="results",
    )
