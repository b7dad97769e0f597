"""The page: everything that imports gradio. `ui.site.build_app(studio)` is the way in."""

from ui.gradio_private import prepare

prepare()  # before any module of ours imports gradio
