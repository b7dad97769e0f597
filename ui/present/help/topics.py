"""The help's topics, in the order of the page."""

from __future__ import annotations

from ui.present.help import around, images

TOPICS = (
    images.FIRST_IMAGE,
    around.REAL_MODELS,
    images.SEED,
    images.REPRODUCE,
    around.MONEY,
    images.GALLERY,
    images.EXPERIMENTS,
    around.DEMO,
    around.OWN_GPU,
    around.SEVERAL_MACHINES,
)
