"""Experiments: one thing varied and the rest held, planned and priced before anything is sent."""
