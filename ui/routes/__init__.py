"""Our HTTP interface beside Gradio's: files, jobs, gallery, settings."""
