"""A real Stable Diffusion server: built from source once, on weights that are made here."""
