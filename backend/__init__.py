"""The playground's engine: everything but the page. Imports neither gradio nor ui."""

__version__ = "0.2.0"
