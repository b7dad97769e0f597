"""Images as OpenAI's programs get them: in base64 within the answer, or as a file by an address."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pybase64

from backend.errors import BadAnswer, PlaygroundError
from backend.images.formats import as_format
from backend.library.gallery import Gallery
from backend.said import msg
from backend.types import ImageRecord
from ui.present.openai_asked import FileFormat, Wish

_PLACE = '"b64_json": ""'


@dataclass(frozen=True, slots=True)
class Handed:
    """An image, and its address where one is wanted."""

    record: ImageRecord
    url: str | None


async def handed(gallery: Gallery, images: Sequence[Handed], wish: Wish) -> bytes:
    """Return the body of the answer that hands the images over. Raises: PlaygroundError."""

    def body() -> bytes:
        first = images[0].record
        size = f"{first.width_px}x{first.height_px}"
        told = {
            "created": int(time.time()),
            "data": [_image(one, wish) for one in images],
            "background": "opaque",
            "output_format": wish.format or first.format,
            "size": size,
        }
        # What is megabytes long need not be looked through for what JSON escapes.
        parts = json.dumps(told).split(_PLACE)
        if not wish.b64:
            return parts[0].encode()
        pieces = [parts[0].encode()]
        for one, rest in zip(images, parts[1:], strict=True):
            data = file_of(gallery, one.record, wish.format, wish.compression)
            pieces += [b'"b64_json": "', pybase64.b64encode(data), b'"', rest.encode()]
        return b"".join(pieces)

    return await asyncio.to_thread(body) if wish.b64 else body()


def file_of(
    gallery: Gallery, record: ImageRecord, format: FileFormat | None, quality: int | None = None
) -> bytes:
    """Return an image's file, in its own format where none is named. Blocks.

    Raises: PlaygroundError where it cannot be read.
    """
    try:
        data = gallery.image_bytes(record)
        if quality is None and format in (None, record.format):
            return data
        return as_format(data, format or record.format, quality)
    except (OSError, BadAnswer) as error:
        raise PlaygroundError(
            msg("An image's file is missing or cannot be read."), msg("Look into the data folder.")
        ) from error


async def read_file(
    gallery: Gallery, image_id: str, format: FileFormat, quality: int | None
) -> bytes | None:
    """Return an image's file in a format, None where there is none."""
    record = await gallery.image(image_id)
    if record is None:
        return None
    try:
        return await asyncio.to_thread(file_of, gallery, record, format, quality)
    except PlaygroundError:
        return None


def _image(one: Handed, wish: Wish) -> dict[str, Any]:
    request = one.record.request
    told: dict[str, Any] = {"b64_json": ""} if wish.b64 else {}
    told |= {"url": one.url} if one.url is not None else {}
    if "styles" in wish.asked:
        told["revised_prompt"] = request.prompt
    return told | {"id": one.record.id, "seed": request.seed, "cached": one.record.cached}
