"""The peer: our gallery, the same scripts over the same routes, on a page (/) that Gradio starts.

Run: python -m tests.bench.gradio_gallery PORT FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn

from backend.settings.load import load_settings
from backend.studio import Studio
from ui import gradio_private, static
from ui.door.gradio_door import close_gradio
from ui.frame.frame import header, mode_of
from ui.site import build_app

gradio_private.prepare()
import gradio as gr  # noqa: E402
from starlette.routing import Mount  # noqa: E402


def main(port: int, folder: Path) -> None:
    studio = Studio(load_settings({"data_dir": str(folder), "provider": "offline"}))
    app = build_app(studio)
    app.router.routes[:] = [route for route in app.router.routes if not isinstance(route, Mount)]
    script = static.url(static.script("gallery"))
    with gr.Blocks(analytics_enabled=False, fill_width=True) as demo:
        gr.HTML(header(mode_of(studio.account), here="/", root="."), elem_id="header")
        gr.HTML(
            html_template="",
            js_on_load=f"import(location.origin + '{script}')",
            apply_default_css=False,
            elem_id="gallery",
        )
    gradio_private.mount(gr, app, demo, head=static.links(), run_history=False)
    close_gradio(app)
    uvicorn.run(app, port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
