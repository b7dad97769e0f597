"""The gallery: all stored images in one virtual grid, found and sorted out over our own routes."""

from __future__ import annotations

import gradio as gr

from ui import static


def build_gallery() -> gr.HTML:
    """Add the panel; it needs no handler."""
    return gr.HTML(
        None,
        html_template="",
        js_on_load=static.on_load("gallery/gallery.js"),
        apply_default_css=False,
        elem_id="gallery",
    )
