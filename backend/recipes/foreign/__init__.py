"""What another program wrote into an image about its making, as values by our names. Pure.

Nothing in a file is trusted: texts and JSON are bounded, nothing raises, and no pixels are decoded
but where settings are hidden in them (`stealth`). Each program is known by its own marks and read
by its own rules; one that is not known is called `unknown`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping

from backend.images import metadata
from backend.recipes import recipe
from backend.recipes.foreign import flat, stealth
from backend.recipes.foreign.a1111 import from_infotext, has_parameters
from backend.recipes.foreign.civitai import from_civitai
from backend.recipes.foreign.comfyui import decided, from_comfyui, has_nodes
from backend.recipes.foreign.fooocus import from_fooocus
from backend.recipes.foreign.invokeai import from_dream, from_invokeai, from_sd_metadata
from backend.recipes.foreign.midjourney import from_midjourney
from backend.recipes.foreign.mochi import from_mochi
from backend.recipes.foreign.novelai import from_novelai
from backend.recipes.foreign.swarmui import from_swarmui
from backend.recipes.foreign.tensorart import from_tensorart
from backend.recipes.foreign.texts import COMMENT, texts
from backend.recipes.foreign.values import loaded
from backend.recipes.recipe import Brought

_LOG = logging.getLogger(__name__)

_ARTROOM = re.compile(r"\s*+Artroom Settings:\s*+(\{.*\})\s*+END\s*+$", re.DOTALL)
_INVOKEAI = frozenset(("app_version", "generation_mode", "rand_device"))
_NO_SETTINGS = frozenset(
    ("Comment", COMMENT, "CreatorTool", "Description", "ImageDescription", "Software", "parameters")
)
# Software that says who wrote an infotext where the text itself does not.
_SOFTWARE = {"Fooocus": "fooocus", "ArtBot": "artbot"}


def read(data: bytes) -> Brought | None:
    """Return what the file says, or None where it says nothing in a form known here.

    Takes PNG, JPEG and WebP. Never raises, whatever the bytes.
    """
    try:
        own = metadata.read(data)
        if own:
            return recipe.of_record(own.record)
        found = texts(data)
        return _foreign(found) or _foreign(stealth.texts(data))
    # A stranger's file must not end in an error page; what it breaks is for us to learn.
    except Exception:
        _LOG.warning("the metadata of a file that was brought in cannot be read", exc_info=True)
        return None


def _foreign(found: Mapping[str, str]) -> Brought | None:
    for name, parse in (
        ("invokeai_metadata", from_invokeai),
        ("sd-metadata", from_sd_metadata),
        ("Dream", from_dream),
    ):
        if name in found and (brought := parse(found[name])):
            return brought
    if brought := from_novelai(found) or flat.from_texts(found) or _named(found):
        return brought
    told = (_described(name, found) for name in ("parameters", COMMENT, "Comment"))
    brought = next(filter(None, told), None)
    if "prompt" in found or "workflow" in found:
        graph = from_comfyui(loaded(found.get("prompt")), loaded(found.get("workflow")))
        return decided(graph, brought)
    return brought or _in_description(found) or _spread(found)


def _named(found: Mapping[str, str]) -> Brought | None:
    """Read texts that one program alone has, under names of its own."""
    for name in ("parameters-json", "Nmkdiffusers", "GenerationInfo"):
        if (document := loaded(found.get(name))) and (brought := flat.from_known(document)):
            return brought
    if "generation_data" in found and (brought := from_tensorart(found)):
        return brought
    graph = found.get("prompt", "")
    document = loaded(graph) if '"extraMetadata"' in graph else None
    return from_civitai(document) if document else None


def _described(name: str, found: Mapping[str, str]) -> Brought | None:
    """Read the text that several programs call `parameters`, or put into a comment."""
    text = found.get(name, "")
    if not text.strip():
        return None
    document = loaded(text)
    if document is not None:
        return _from_json(document, found)
    source = _said(found)
    if has_parameters(text):
        return from_infotext(text, source)
    # Any picture may have a comment; only one with parameters is a prompt. JSON cut short is none.
    if name != "parameters" or re.match(r'\s*+\{\s*+"', text):
        return None
    return from_infotext(text, source)


def _said(found: Mapping[str, str]) -> str:
    """Return the program that the file names beside an infotext; empty where none."""
    if "fooocus_scheme" in found:
        return "fooocus"
    software = found.get("Software", "")
    return next((name for said, name in _SOFTWARE.items() if software.startswith(said)), "")


def _from_json(document: Mapping[str, object], found: Mapping[str, str]) -> Brought | None:
    inner = document.get("invokeai_metadata")
    if isinstance(document.get("sui_image_params"), dict):
        return from_swarmui(document)
    if isinstance(inner, dict | str):
        return from_invokeai(inner)
    if "positive_prompt" in document and document.keys() & _INVOKEAI:
        return from_invokeai(document)
    if "extraMetadata" in document and (brought := from_civitai(document)):
        return brought
    workflow = loaded(document.get("workflow"))
    if has_nodes(document) or has_nodes(workflow):
        return from_comfyui(document, workflow)
    if brought := flat.from_known(document):
        return brought
    brought = from_fooocus(document, named=_said(found) == "fooocus")
    return brought or flat.from_unknown(document)


def _spread(found: Mapping[str, str]) -> Brought | None:
    """Read the texts of a program that is not known and has one for each setting."""
    own = {name: text for name, text in found.items() if name not in _NO_SETTINGS}
    return flat.from_unknown(own) if "workflow" not in found else None


def _in_description(found: Mapping[str, str]) -> Brought | None:
    for name in ("Description", "ImageDescription"):
        text = found.get(name, "")
        if brought := from_midjourney(text) or from_mochi(text):
            return brought
        settings = _ARTROOM.match(text)
        document = loaded(settings[1] if settings else text)
        if document and (brought := flat.from_known(document) or flat.from_unknown(document)):
            return brought
    return None
