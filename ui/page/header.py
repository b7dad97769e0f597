"""The line at the top of all pages: name, where the images come from, the pages' links."""

from __future__ import annotations

from html import escape

import gradio as gr

from ui import static
from ui.present.facts import PAGES

NOTICE = """\
<p class="notice" hidden><span><strong>Sample engine:</strong> no key is set, so images come from \
a built-in sample engine, not from the real models.</span> \
<a class="how" href="/settings">Use the real models</a></p>"""


def build_header(mode: str, *, offline: bool, here: str) -> None:
    """Add the header; `here` is the path of the page it stands on."""
    links = "".join(
        f'<a href="{path}"{" aria-current=page" if path == here else ""}>{name}</a>'
        for path, name in PAGES.values()
    )
    gr.HTML(
        f'<a class="skip" href="#main">Skip to the content</a>'
        f'<header class="bar">'
        f'<a class="brand" href="/">{static.text("logo.svg")}'
        f"<h1>Sentry Block <span>Playground</span></h1></a>"
        f'<nav aria-label="Pages">{links}</nav>'
        f'<p class="mode" data-offline="{str(offline).lower()}">{escape(mode)}</p></header>'
        + (NOTICE.replace(" hidden", "") if offline else NOTICE),
        js_on_load=static.on_load("frame/header.js"),
        apply_default_css=False,
        elem_id="header",
    )
