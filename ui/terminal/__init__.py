"""The terminal's command grid: an experiment from a file, followed to its end."""
