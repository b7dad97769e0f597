"""The statistics: images, money and seconds by day and model, drawn from /api/statistics.

Not gr.BarPlot: it cuts off the last day, names days in a local time that they are not in, and has
one set of colours for light and dark.
"""

from __future__ import annotations

import gradio as gr

from ui import static


def build_statistics() -> gr.HTML:
    """Add the panel; it needs no handler."""
    return gr.HTML(
        None,
        html_template="",
        js_on_load=static.on_load("statistics/statistics.js"),
        apply_default_css=False,
        elem_id="statistics",
    )
