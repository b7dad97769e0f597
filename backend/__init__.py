"""The playground's engine: everything but the page. Imports neither gradio nor ui."""

__version__ = "1.0.0"
