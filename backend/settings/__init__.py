"""What can be set: read at the start, changed in the page."""
