"""From a click to a recorded image, and its money. Never imports what draws a page."""
