"""The code that phones scan: black on its own white field, in dark themes too. Pure."""

from __future__ import annotations

import io

import segno

MARGIN_MODULES = 4


def scan_svg(url: str) -> bytes:
    """Return a QR code of an address as SVG, a square that fills whatever it is put into.

    Level M, higher where that costs no size. In capitals it is smaller: scheme and host know no
    case, and the path is a code that is compared in any.
    """
    code = segno.make(url.upper(), error="m", boost_error=True, micro=False)
    out = io.BytesIO()
    code.save(
        out,
        kind="svg",
        border=MARGIN_MODULES,
        dark="#000",
        light="#fff",
        xmldecl=False,
        svgns=True,
        omitsize=True,
        nl=False,
    )
    return out.getvalue()
