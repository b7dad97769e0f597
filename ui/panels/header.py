"""The line at the top of both pages: name, where the images come from, the two pages' links."""

from __future__ import annotations

from html import escape

import gradio as gr

from ui import static

NOTICE = """\
<details class="notice"><summary><span><strong>Sample engine:</strong> no key is set, so images \
come from a built-in sample engine, not from the real models.</span>\
<span class="how">Use the real models</span></summary>
<ol><li>Copy the API URL and your API key from your account on the platform.</li>
<li>Put them into a file named <code>.env</code> in the program's folder, as two lines: \
<code>SENTRY_BLOCK_API_URL=...</code> and <code>SENTRY_BLOCK_API_KEY=...</code></li>
<li>Stop the program and start it again.</li></ol></details>"""


def build_header(mode: str, *, offline: bool, here: str) -> None:
    """Add the header; `here` is the path of the page it stands on."""
    links = "".join(
        f'<a href="{path}"{" aria-current=page" if path == here else ""}>{name}</a>'
        for path, name in (("/", "Create"), ("/gallery", "Gallery"))
    )
    gr.HTML(
        f'<a class="skip" href="#main">Skip to the content</a>'
        f'<header class="bar"><a class="brand" href="/">{static.text("logo.svg")}'
        f"<h1>Sentry Block <span>Playground</span></h1></a>"
        f'<nav aria-label="Pages">{links}</nav>'
        f'<p class="mode" data-offline="{str(offline).lower()}">{escape(mode)}</p></header>'
        + (NOTICE if offline else ""),
        js_on_load=static.on_load("header.js"),
        apply_default_css=False,
        elem_id="header",
    )
