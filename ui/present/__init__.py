"""JSON for programs and words for people. Pure."""
