"""Which program wrote an infotext, by what it says of itself. Pure.

AUTOMATIC1111's own texts have said so since its version 1.3; a text that says nothing may be of
any program that writes in its form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from backend.images.own_record import APP

# In this order: reForge's versions begin like Forge's.
_VERSIONS = (
    (re.compile(re.escape(APP)), "own"),
    (re.compile(r"Fooocus"), "fooocus"),
    (re.compile(r"RuinedFooocus"), "ruinedfooocus"),
    (re.compile(r"ComfyUI"), "comfyui"),
    (re.compile(r"stable-diffusion\.cpp"), "sdcpp"),
    (re.compile(r"f\d+(\.\d+){1,3}(v\d+)?-v"), "reforge"),
    (re.compile(r"f\d+\.\d"), "forge"),
    (re.compile(r"neo\b"), "forgeneo"),
    (re.compile(r"classic\b"), "forgeclassic"),
)
_APPS = {"SD.Next": "sdnext"}


def source_of(pairs: Mapping[str, str]) -> str:
    """Return the program's name here; `a1111` where it is that one or none is named."""
    if app := _APPS.get(pairs.get("App", "")):
        return app
    version = pairs.get("Version", "")
    for pattern, name in _VERSIONS:
        if pattern.match(version):
            return name
    return "civitai" if "Civitai resources" in pairs and not version else "a1111"
