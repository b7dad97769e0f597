"""The XMP packet that tells photo programs the exact prompt. Pure: values to bytes.

`Iptc4xmpExt:AIPromptInformation` and `AISystemUsed` are IPTC's own places for it (Photo Metadata
Standard 2025.1), `dc:description` is the caption that older programs show. Both hold what the
infotext cannot: a prompt with a line `Negative prompt:` or `Steps: 20` of its own.
"""

from __future__ import annotations

import re
from html import escape

from backend.images.own_record import APP

HEAD = b"http://ns.adobe.com/xap/1.0/\0"
"""What stands before the packet in a JPEG segment."""

PNG_KEYWORD = b"XML:com.adobe.xmp"

_OURS = b'x:xmptk="%s"' % APP.encode()
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" {ours}>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" \
xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">
{caption}<Iptc4xmpExt:AIPromptInformation>{prompt}</Iptc4xmpExt:AIPromptInformation>
<Iptc4xmpExt:AISystemUsed>{system}</Iptc4xmpExt:AISystemUsed>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""
_CAPTION = """<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{prompt}</rdf:li></rdf:Alt>\
</dc:description>
"""


def packet(prompt: str, system: str, longest: int) -> bytes:
    """Return a packet of at most `longest` bytes; without the caption, or empty, to keep to it."""
    told = {"prompt": _text(prompt), "system": _text(system), "ours": _OURS.decode()}
    for caption in (_CAPTION.format(**told), ""):
        found = _PACKET.format(**told, caption=caption).encode()
        if prompt.strip() and len(found) <= longest:
            return found
    return b""


def is_ours(found: bytes) -> bool:
    """Whether `packet` made this one; another program's is left as it is."""
    return _OURS in found[:400]


def _text(value: str) -> str:
    return escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", value), quote=False)
