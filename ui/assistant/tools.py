"""The tools of assistants: what they take, what they do, what they tell. Knows nothing of MCP.

An image is told by its id, its addresses, and a small copy that the assistant can look at: whole
ones of megabytes are more than most assistants take.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from backend.catalogue.params import coerce
from backend.errors import InvalidInput, PlaygroundError
from backend.images.formats import preview
from backend.library.query import parse_address
from backend.once import generate_once
from backend.programs.key import Key
from backend.said import listed, msg
from backend.studio import Studio
from backend.types import COUNT_MAX, ID, SEED_MAX, ImageRecord, ParamSpec
from ui.door.key_gate import IMAGES
from ui.door.signed import signed
from ui.present.openai_asked import read_wish
from ui.present.records import details, record_json

LARGE_PX, SMALL_PX = 768, 384
"""The longer side of the copies: of one image that is looked at, and of a list's."""

FOUND_MAX = 10

_TOLD = (
    *("id", "model", "prompt", "negative_prompt", "seed", "created", "seconds", "price_usd"),
    *("cached", "starred", "rating", "tags", "width_px", "height_px"),
)
_LIMIT = ParamSpec(
    "limit", "integer", msg("Number of images"), default=5, minimum=1, maximum=FOUND_MAX, step=1
)


@dataclass(frozen=True, slots=True)
class Asking:
    """Whose key asks, and the address of the playground without a slash at the end."""

    key: Key
    base: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool tells: JSON, and JPEGs that the assistant can look at."""

    told: dict[str, Any]
    pictures: list[bytes] = field(default_factory=list)


Do = Callable[[Studio, Asking, Mapping[str, Any]], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool; `schema` is that of what it takes, made when it is listed. `spends`: it may pay."""

    name: str
    title: str
    description: str
    schema: Callable[[Studio], dict[str, Any]]
    do: Do
    spends: bool = False


async def _generate(studio: Studio, asking: Asking, given: Mapping[str, Any]) -> Answer:
    await studio.account.ask_for(given.get("model"))
    styles = [str(given.get("style"))]  # nothing else is meant by it here than one of the user's
    wish = read_wish(given, studio.account.models, styles)
    said = ["mcp", dict(given)]
    records = await generate_once(studio, asking.key, wish.asked, said=said)
    return await _told(studio, asking, records, LARGE_PX if len(records) == 1 else SMALL_PX)


async def _find(studio: Studio, asking: Asking, given: Mapping[str, Any]) -> Answer:
    _refuse_unknown(given, ("query", "model", "tag", "color", "starred", "sort", "limit"))
    names = {"query": "q"}
    search = {names.get(name, name): value for name, value in given.items() if name != "limit"}
    query = parse_address(
        urlencode(
            {
                name: "1" if value is True else value
                for name, value in search.items()
                if value not in (None, "", False)
            }
        )
    )
    limit = coerce(_LIMIT, given.get("limit"))
    page = await studio.gallery.images(limit=int(limit or 5), query=query)
    answer = await _told(studio, asking, page.images, SMALL_PX)
    return Answer({"total": page.total, **answer.told}, answer.pictures)


async def _details(studio: Studio, asking: Asking, given: Mapping[str, Any]) -> Answer:
    _refuse_unknown(given, ("id",))
    named = given.get("id")
    found = isinstance(named, str) and ID.fullmatch(named)
    record = await studio.gallery.image(str(named)) if found else None
    if record is None:
        raise InvalidInput(
            msg("There is no image with this id."), msg("Look for it with find_images."), field="id"
        )
    answer = await _told(studio, asking, [record], LARGE_PX)
    model = studio.account.models.get(record.request.model)
    pairs = details(record, model, None)["details"]
    return Answer({**answer.told["images"][0], "details": dict(pairs)}, answer.pictures)


async def _told(
    studio: Studio, asking: Asking, records: Sequence[ImageRecord], side_px: int
) -> Answer:
    images = []
    for record in records:
        whole = record_json(record)
        told = {name: whole[name] for name in _TOLD}
        told["page_url"] = f"{asking.base}/?image={record.id}"
        file = signed(f"{record.id}.{record.format}", asking.key.id, asking.key.secret)
        told["file_url"] = asking.base + IMAGES + file
        images.append(told)
    return Answer({"images": images}, await _pictures(studio, records, side_px))


async def _pictures(studio: Studio, records: Sequence[ImageRecord], side_px: int) -> list[bytes]:
    """Return small copies of the images; of one whose file cannot be read there is none."""
    made = []
    for record in records:
        try:
            if side_px <= SMALL_PX:  # most of them are there already
                data = await studio.gallery.thumbnail(record.id) or b""
            else:
                data = await asyncio.to_thread(studio.gallery.image_bytes, record)
            made.append(await asyncio.to_thread(preview, data, side_px))
        except (OSError, PlaygroundError):
            continue
    return made


def _refuse_unknown(given: Mapping[str, Any], names: Sequence[str]) -> None:
    if unknown := sorted(given.keys() - set(names)):
        raise InvalidInput(
            msg("There is no field called {name}.", name=unknown[0][:40]),
            msg("There are {names}.", names=listed(names)),
            field=unknown[0],
        )


def _of_generate(studio: Studio) -> dict[str, Any]:
    studio.account.look()  # what is found is listed the next time
    models = studio.account.models.values()
    about = "; ".join(f"{model.id}: {model.description}" for model in models)
    return _object(
        required=["prompt"],
        prompt={"type": "string", "description": "What the image shows, in words."},
        model={
            "type": "string",
            "enum": [model.id for model in models],
            "description": f"Else the first. {about}",
        },
        size={"type": "string", "description": 'Like "1024x768", in multiples of 16; else auto.'},
        n={"type": "integer", "minimum": 1, "maximum": COUNT_MAX, "description": "How many."},
        seed={
            "type": "integer",
            "minimum": 0,
            "maximum": SEED_MAX,
            "description": "The same seed and settings give the same image. Left out: a new one.",
        },
        negative_prompt={"type": "string", "description": "What it should not show."},
        steps={"type": "integer", "minimum": 1},
        guidance_scale={"type": "number"},
        style={"type": "string", "description": "The name of a style that the user has made."},
    )


def _of_find(studio: Studio) -> dict[str, Any]:
    return _object(
        query={
            "type": "string",
            "description": 'Words of the prompts; "a phrase", -not, beg* for a beginning.',
        },
        model={"type": "string"},
        tag={"type": "string"},
        color={"type": "string", "description": "A colour that fills the image, such as blue."},
        starred={"type": "boolean"},
        sort={"type": "string", "enum": ["newest", "oldest", "rating", "fastest", "slowest"]},
        limit={"type": "integer", "minimum": 1, "maximum": FOUND_MAX, "default": 5},
    )


def _of_details(studio: Studio) -> dict[str, Any]:
    return _object(required=["id"], id={"type": "string", "pattern": f"^{ID.pattern}$"})


def _object(required: Sequence[str] = (), **properties: Any) -> dict[str, Any]:
    found = {"type": "object", "properties": properties, "additionalProperties": False}
    return found | ({"required": list(required)} if required else {})


TOOLS = (
    Tool(
        "generate_image",
        "Generate images",
        "Make images from words and keep them in the user's gallery. It may cost the user money,"
        " within the limits of this key. The same arguments again within five minutes give the same"
        " images for nothing: for others send another seed. Returns ids, addresses that are good"
        " for an hour, and small copies to look at.",
        _of_generate,
        _generate,
        spends=True,
    ),
    Tool(
        "find_images",
        "Find images",
        "Look for images that are in the user's gallery already, the newest first; free of charge.",
        _of_find,
        _find,
    ),
    Tool(
        "image_details",
        "Image details",
        "Tell all settings of an image by its id, with a copy to look at; free of charge.",
        _of_details,
        _details,
    ),
)
