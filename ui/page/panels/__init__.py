"""One module per panel of the page; each adds itself to the current Blocks context."""
