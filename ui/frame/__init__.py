"""The frame of all pages: header, notices, theme; and whole pages that need nothing of Gradio."""
