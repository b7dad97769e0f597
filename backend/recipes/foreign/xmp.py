"""The few properties of an XMP packet in which programs note how an image was made. Pure, bounded.

Found by their usual prefixes, without an XML parser: nothing in the packet is followed or expanded.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

MAX_PACKET_BYTES = 1_000_000

_NAMES = {
    "exif:UserComment": "UserComment",  # Draw Things, ArtBot
    "dc:description": "Description",
    "sdcpp:parameters": "parameters",  # stable-diffusion.cpp, in WebP
    "xmp:CreatorTool": "CreatorTool",
}
_LI = r"(?:<rdf:(?:Alt|Seq|Bag)\s*+>\s*+<rdf:li\b[^<>]*+>\s*+)?+"
_ELEMENT = re.compile(
    rf"<({'|'.join(_NAMES)})\b[^<>]*+>\s*+{_LI}(?:<!\[CDATA\[(.*?)\]\]>|([^<]*+)<)", re.DOTALL
)
_ATTRIBUTE = re.compile(rf"\s({'|'.join(_NAMES)})\s*+=\s*+(?:\"([^\"<]*+)\"|'([^'<]*+)')")


def properties(packet: bytes) -> Iterator[tuple[str, str]]:
    """Yield (name as PNG would have it, text) of what is known here; nothing of a longer packet."""
    if len(packet) > MAX_PACKET_BYTES:
        return
    text = packet.decode("utf-8", "replace")
    for pattern in (_ELEMENT, _ATTRIBUTE):
        for name, raw, escaped in pattern.findall(text)[:16]:
            # Of an element the first is CDATA, of an attribute both are escaped.
            value = raw if raw and pattern is _ELEMENT else html.unescape(raw or escaped)
            if value.strip():
                yield _NAMES[name], value.strip()
