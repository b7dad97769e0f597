"""What each model takes: data, not code. Pure."""
