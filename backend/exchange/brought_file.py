"""What a file that somebody brings says, image or contact sheet. Pure; called apart, but `own`."""

from __future__ import annotations

from backend.errors import BadAnswer, InvalidInput
from backend.exchange.html_sheet import is_page, on_sheet
from backend.images import containers, metadata, pictures
from backend.images.containers import ImageInfo
from backend.recipes import foreign, recipe
from backend.recipes.foreign.a1111 import as_written
from backend.recipes.foreign.texts import COMMENT, texts
from backend.recipes.recipe import Brought
from backend.said import msg

HEAD_BYTES = 32 * 1024
"""Where a PNG or JPEG of ours says what it is, unless its prompts are very long."""


def own(head: bytes) -> Brought | None:
    """Return what an image of ours says in its first HEAD_BYTES; None where that is not clear.

    Reading so little takes some milliseconds at most, whatever it is: no process is asked for it.
    """
    stored = metadata.read(head)
    return recipe.of_record(stored.record) if stored else None


def settings(data: bytes) -> list[Brought]:
    """Return the settings of each image on a contact sheet; of an image its own, or nothing.

    Raises: InvalidInput for what is neither.
    """
    if is_page(data):
        return on_sheet(data)
    brought = foreign.read(data)
    if brought is not None:
        return [brought]
    try:
        containers.header(data)
    except BadAnswer as error:
        raise InvalidInput(
            error.message, msg("Choose an image, or a contact sheet made here."), field="file"
        ) from error
    return []


def infotext(data: bytes) -> tuple[str, dict[str, str]]:
    """Return an image's infotext as it stands in the file, and what A1111 would read in it.

    Both are empty where there is none. Raises: BadAnswer for what is no image.
    """
    containers.header(data)
    found = texts(data)
    text = found.get("parameters") or found.get(COMMENT) or ""
    return text, as_written(text) if text else {}


def whole_image(data: bytes) -> tuple[ImageInfo, Brought | None]:
    """Return what a whole image is, and what it says of its making. Raises: BadAnswer."""
    return pictures.verify(data), foreign.read(data)
