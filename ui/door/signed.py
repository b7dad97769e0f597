"""Addresses of images that another program's key has signed: good for an hour, without the key.

They end with the key: what is removed opens nothing.
"""

from __future__ import annotations

import hmac
import json
import time
from urllib.parse import urlencode

from ui.door.key_gate import SIGNATURE

GOOD_FOR_S = 3_600
"""How long an address of an image is good, as OpenAI's are."""


def signed(file: str, key_id: str, secret: bytes, compression: int | None = None) -> str:
    """Return the end of the address of a `file`, ID.FORMAT, below `key_gate.IMAGES`."""
    until = str(int(time.time()) + GOOD_FOR_S)
    amount = "" if compression is None else str(compression)
    query = {"key": key_id, "until": until}
    query |= {"compression": amount} if amount else {}
    query[SIGNATURE] = _signature(file, key_id, until, amount, secret)
    return f"{file}?{urlencode(query)}"


def is_right(
    file: str, key_id: str, until: str, compression: str, secret: bytes, sign: str
) -> bool:
    """Whether an address was made here for this very file, and its hour is not over."""
    right = _signature(file, key_id, until, compression, secret)
    same = hmac.compare_digest(right.encode(), sign.encode("utf-8", "surrogatepass"))
    digits = until.isascii() and until.isdigit() and len(until) < 12
    return same and digits and int(until) > time.time()


def _signature(file: str, key_id: str, until: str, compression: str, secret: bytes) -> str:
    text = json.dumps([file, key_id, until, compression])
    return hmac.digest(secret, text.encode("ascii"), "sha256").hex()
