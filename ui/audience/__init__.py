"""The room's door: what phones may see and do in a demo session, on a server of its own."""
