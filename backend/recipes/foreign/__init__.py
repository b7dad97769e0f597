"""What any of six programs wrote into an image about its making, as values by our names. Pure.

Nothing in a file is trusted: texts and JSON are bounded, no pixels are decoded, nothing raises.
The six: this program, AUTOMATIC1111 (and Forge), InvokeAI, ComfyUI, SwarmUI and Fooocus.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from backend.images import metadata
from backend.recipes import recipe
from backend.recipes.foreign.a1111 import from_infotext, has_parameters
from backend.recipes.foreign.comfyui import decided, from_comfyui, has_nodes
from backend.recipes.foreign.fooocus import from_fooocus
from backend.recipes.foreign.invokeai import from_dream, from_invokeai, from_sd_metadata
from backend.recipes.foreign.swarmui import from_swarmui
from backend.recipes.foreign.texts import COMMENT, texts
from backend.recipes.foreign.values import loaded
from backend.recipes.recipe import Brought

_LOG = logging.getLogger(__name__)


def read(data: bytes) -> Brought | None:
    """Return what the file says, or None where it says nothing in a form known here.

    Takes PNG, JPEG and WebP. Never raises, whatever the bytes.
    """
    try:
        own = metadata.read(data)
        return recipe.of_record(own.record) if own else _foreign(texts(data))
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
    text = found.get("parameters") or found.get(COMMENT, "")
    brought = _described(text, found)
    if "prompt" in found or "workflow" in found:
        graph = from_comfyui(loaded(found.get("prompt")), loaded(found.get("workflow")))
        return decided(graph, brought)
    return brought


def _described(text: str, found: Mapping[str, str]) -> Brought | None:
    """Read the text that several programs call `parameters`, or put into the comment."""
    if not text.strip():
        return None
    document = loaded(text)
    if document is not None:
        return _from_json(document)
    if text.lstrip().startswith("{"):
        return None
    # Any picture may have a comment; only one with parameters is a prompt.
    if "parameters" not in found and not has_parameters(text):
        return None
    source = "fooocus" if _is_fooocus(text, found) else "a1111"
    return from_infotext(text, source)


def _is_fooocus(text: str, found: Mapping[str, str]) -> bool:
    said = (found.get("Software", ""), text.rpartition("Version: ")[2])
    return "fooocus_scheme" in found or any(word.startswith("Fooocus") for word in said)


def _from_json(document: Mapping[str, object]) -> Brought | None:
    inner = document.get("invokeai_metadata")
    if isinstance(document.get("sui_image_params"), dict):
        return from_swarmui(document)
    if isinstance(inner, dict | str):
        return from_invokeai(inner)
    if "positive_prompt" in document:
        return from_invokeai(document)
    workflow = loaded(document.get("workflow"))
    if has_nodes(document) or has_nodes(workflow):
        return from_comfyui(document, workflow)
    return from_fooocus(document)
