"""Reads the settings in a contact sheet of ours: one HTML file that shows images. Pure, bounded."""

from __future__ import annotations

import json
import re

from backend.errors import InvalidInput
from backend.recipe import STANDARD, Brought
from backend.sheets import HTML_MAX_IMAGES, SCRIPT_ID

VERSION = 1

_MAX_JSON_BYTES = 24_000_000
_MAX_VALUES = 64
_PAGE = re.compile(rb"(\xef\xbb\xbf)?\s{0,99}<(!doctype\s+html|html|!--)", re.IGNORECASE)
_OPENING = re.compile(rb'<script\b[^<>]{0,200}?\bid="%s"[^<>]{0,200}>' % SCRIPT_ID.encode())


def is_page(data: bytes) -> bool:
    """Whether this is an HTML page, ours or not."""
    return _PAGE.match(data) is not None


def on_sheet(data: bytes) -> list[Brought]:
    """Return the settings of each image on the sheet, at least one.

    Raises: InvalidInput for a page that is no contact sheet of ours, or a damaged one.
    """
    opening = _OPENING.search(data)
    if opening is None:
        raise _refused("This web page is no contact sheet made here.")
    end = data.find(b"</script", opening.end())
    if end < 0 or end - opening.end() > _MAX_JSON_BYTES:
        raise _refused("This contact sheet is damaged.")
    try:
        document = json.loads(data[opening.end() : end].decode("utf-8"))
        if document["version"] != VERSION:
            raise _refused("This contact sheet was made by a newer version.")
        found = [_brought(image) for image in document["images"][:HTML_MAX_IMAGES]]
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise _refused("This contact sheet is damaged.") from error
    if not found:
        raise _refused("There is no image on this contact sheet.")
    return found


def _brought(image: object) -> Brought:
    if not isinstance(image, dict):
        raise TypeError("not an image's settings")
    values, model = image.get("values", {}), image.get("model")
    if not isinstance(values, dict) or len(values) > _MAX_VALUES or not isinstance(model, str):
        raise TypeError("not an image's settings")
    given = {name: image[name] for name in STANDARD if image.get(name) is not None}
    return Brought("own", model, {**given, **values})


def _refused(message: str) -> InvalidInput:
    return InvalidInput(
        message, "Choose an image, or a contact sheet that was saved here.", field="file"
    )
