"""The frame's header as an element of the Gradio page."""

from __future__ import annotations

import gradio as gr

from backend.studio import Studio
from ui import static
from ui.frame.frame import header, mode_of
from ui.present.facts import PAGES


def build_header(studio: Studio) -> None:
    """Add the header to the current Blocks context."""
    gr.HTML(
        header(mode_of(studio.account), here=PAGES["create"][0], root="."),
        js_on_load=static.on_load("header"),
        apply_default_css=False,
        elem_id="header",
    )
