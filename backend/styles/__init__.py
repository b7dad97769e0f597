"""Styles and presets: texts around a prompt, whole forms under a name, kept in one file."""
