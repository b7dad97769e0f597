"""The shapes that a size can be chosen by, in the form and in experiments. Pure."""

from __future__ import annotations

from collections.abc import Mapping

ASPECTS: Mapping[str, tuple[int, int]] = {
    "1:1": (1024, 1024),
    "3:2": (1248, 832),
    "2:3": (832, 1248),
    "16:9": (1360, 768),
    "9:16": (768, 1360),
    "4:3": (1152, 864),
}
"""Shapes of about one megapixel, in multiples of 16."""
