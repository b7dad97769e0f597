"""What stands in an image about its making, told as A1111 tells it: `/sdapi/v1/png-info`.

The example of A1111's own wiki asks for it after each image, to write the text into the file that
it keeps, and many programs were begun with that example (aiyabot: core/stablecog.py).
"""

from __future__ import annotations

import asyncio
import io
from contextlib import suppress

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from backend.apart.pool import Pool
from backend.errors import BadAnswer, InvalidInput, PlaygroundError
from backend.exchange import brought_file
from backend.providers.answers import decode_base64
from backend.said import msg
from ui.routes.a1111_answers import answer, refused
from ui.routes.answers import Responses, json_body, takes
from ui.routes.models import a1111

_AT_ONCE = 2
"""Files read at the same time, each in a process of its own."""


def add_png_info(router: APIRouter, refusals: Responses) -> None:
    """Add the route to those of A1111's interface; `refusals` are what it may answer else."""
    router.post(
        "/sdapi/v1/png-info",
        summary="What stands in an image, as A1111 tells it",
        response_model=a1111.PngInfo,
        responses=refusals,
        openapi_extra=takes(a1111.PngInfoWanted),
    )(_PngInfo().read)


class _PngInfo:
    def __init__(self) -> None:
        self.room = asyncio.Semaphore(_AT_ONCE)
        self.readers = Pool(brought_file.infotext)

    async def read(self, request: Request) -> Response:
        """Tell the infotext of a PNG, JPEG or WebP; what has none is told as an empty one."""
        image = (await json_body(request)).get("image")
        try:
            async with self.room:  # a slow sender holds up nobody
                text, parameters = await asyncio.to_thread(self._infotext, image)
        except PlaygroundError as error:
            return refused(InvalidInput(error.message, error.hint, field="image"))
        items = {"parameters": text} if text else {}
        return answer({"info": text, "items": items, "parameters": parameters})

    def _infotext(self, image: object) -> tuple[str, dict[str, str]]:
        file = _file(image)
        with self.readers.lent() as reader:
            return reader.run(io.BytesIO(file), len(file))


def _file(image: object) -> bytes:
    """Return an image that came in base64, after a `data:` address or not. Raises: InvalidInput."""
    if isinstance(image, str):
        with suppress(BadAnswer, UnicodeEncodeError):
            return decode_base64(image.encode())
    raise InvalidInput(
        msg("{name} is not what this takes.", name="image"),
        msg("Send an image file in base64."),
        field="image",
    )
