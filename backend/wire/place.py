"""Host and port of an address. Nothing is imported for it: a start reads its settings first."""

from __future__ import annotations

from urllib.parse import urlsplit


def place_of(url: str) -> str:
    """Return host and port of an address that nobody has checked; "" where it is none."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:  # such as an IPv6 address without its end
        return ""
