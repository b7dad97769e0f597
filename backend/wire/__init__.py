"""The only place that sends: one attempt of a call, its answer on disk as it comes in."""
