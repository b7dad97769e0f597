"""A part of the page that one of our scripts draws, as the element that Gradio knows it by."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ui import static


def drawn(
    elem_id: str, part: str, *events: str, value: object = None, visible: bool = True, **props: Any
) -> gr.HTML:
    """Add an element that the `part` of assets/create/page.js draws, and return it.

    `events` are those that its script triggers; `value` and `props` are what it is given.
    """
    return gr.HTML(
        value,
        html_template="",
        js_on_load=static.on_load(part, *events),
        apply_default_css=False,
        elem_id=elem_id,
        visible=visible,
        **props,
    )
