"""The few properties of an XMP packet in which programs note how an image was made. Pure, bounded.

Found by their usual prefixes, without an XML parser: nothing in the packet is followed or expanded.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import islice

MAX_PACKET_BYTES = 1_000_000

_NAMES = {
    "exif:UserComment": "UserComment",  # Draw Things, ArtBot
    "dc:description": "Description",
    "sdcpp:parameters": "parameters",  # stable-diffusion.cpp, in WebP
    "xmp:CreatorTool": "CreatorTool",
}
_BEGIN = re.compile(
    rf"<({'|'.join(_NAMES)})\b[^<>]*+>\s*+(?:<rdf:(?:Alt|Seq|Bag)\s*+>\s*+<rdf:li\b[^<>]*+>\s*+)?+"
)
_ATTRIBUTE = re.compile(rf"\s({'|'.join(_NAMES)})\s*+=\s*+(?:\"([^\"<]*+)\"|'([^'<]*+)')")
_CDATA = "<![CDATA["
_LOOKED_AT = 16


def properties(packet: bytes) -> Iterator[tuple[str, str]]:
    """Yield (name as PNG would have it, text) of what is known here; nothing of a longer packet."""
    if len(packet) > MAX_PACKET_BYTES:
        return
    text = packet.decode("utf-8", "replace")
    for begin in islice(_BEGIN.finditer(text), _LOOKED_AT):
        yield from _told(begin[1], _content(text, begin.end()))
    for found in islice(_ATTRIBUTE.finditer(text), _LOOKED_AT):
        yield from _told(found[1], html.unescape(found[2] or found[3] or ""))


def _content(text: str, at: int) -> str:
    """Return an element's text; empty where its end is missing."""
    if text.startswith(_CDATA, at):
        start = at + len(_CDATA)
        return text[start : max(start, text.find("]]>", start))]
    return html.unescape(text[at : max(at, text.find("<", at))])


def _told(name: str, value: str) -> Iterator[tuple[str, str]]:
    if value.strip():
        yield _NAMES[name], value.strip()
