"""What a browser needs to install the page: its manifest, and the links to it on each page.

The manifest's addresses are relative, so that it holds below whatever path it stands. There is no
service worker: pages come from the running program alone.
Source: W3C, Web Application Manifest.
"""

from __future__ import annotations

import json
from functools import cache

from ui import static

PATH = "/manifest.json"
MEDIA_TYPE = "application/manifest+json"

ICONS = {
    "icons/icon-192.png": ("192x192", "any"),
    "icons/icon-512.png": ("512x512", "any"),
    "icons/maskable-512.png": ("512x512", "maskable"),
}
"""Sizes in px and purposes, by the icons' names in static.files(); `make icons` draws them."""


@cache
def manifest() -> bytes:
    """Return the manifest as JSON."""
    colour = static.ground("light")
    document = {
        "name": "Sentry Block Playground",
        "short_name": "Playground",
        "start_url": "./",
        "scope": "./",
        "display": "standalone",
        "theme_color": colour,
        "background_color": colour,
        "icons": [
            {"src": f".{static.url(name)}", "sizes": sizes, "type": "image/png", "purpose": purpose}
            for name, (sizes, purpose) in ICONS.items()
        ],
    }
    return json.dumps(document).encode()


def link(root: str) -> str:
    """Return the link to the manifest; `root` stands before its address.

    Browsers send the login's cookie along with it by this attribute alone.
    """
    return f'<link rel="manifest" href="{root}{PATH}" crossorigin="use-credentials">'
