"""The platforms that can be asked for images, by their names.

Offline has no provider of its own: it speaks the same API over another transport.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from backend.providers.a1111 import A1111
from backend.providers.base import Provider
from backend.providers.comfyui import ComfyUi
from backend.providers.fal import Fal
from backend.providers.hugging_face import HuggingFace
from backend.providers.openai_images import DIALECTS, OpenAiImages
from backend.providers.replicate import Replicate
from backend.providers.sdcpp import StableDiffusionCpp
from backend.providers.sentry_block import SentryBlock

_ALL: list[Provider] = [
    SentryBlock(),
    A1111(),
    StableDiffusionCpp(),
    ComfyUi(),
    Fal(),
    Replicate(),
    HuggingFace(),
    *map(OpenAiImages, DIALECTS),
]

PROVIDERS: Mapping[str, Provider] = MappingProxyType({p.platform.name: p for p in _ALL})
"""A new provider is one file and one line above; the first one is the default."""
