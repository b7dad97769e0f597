"""Which sampler made the picture that was saved: back from what saved it, to the first. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from backend.recipes.foreign.comfyui_graph import Graph, Link, matches
from backend.recipes.foreign.comfyui_switches import ways
from backend.recipes.foreign.comfyui_values import Values, real, whole

_SAMPLERS_MAX = 64
_SAVES = re.compile(r"save|saver|video_?combine|createvideo|send|websocket|upload|export", re.I)
_PREVIEWS = re.compile(r"preview.?image|preview.?bridge", re.I)
_SHOWN = re.compile(r"(images?|samples|latents?|video|frames|pixels|any|input)(_?\d{1,3})?", re.I)
_FED = ("model", "positive", "latent_image", "samples", "guider", "image", "latent", "pixels")


class Chain:
    """Finds samplers in one graph."""

    def __init__(self, graph: Graph, values: Values) -> None:
        self._graph, self._values = graph, values

    def makers(self) -> list[str]:
        """Return the samplers whose pictures were saved: more than one where that is not told.

        Of one picture's samplers it is the first, which sets what is to be seen; where several
        pictures became one, the first after that. Without a sampler, nodes that hold a prompt.
        """
        graph = self._graph
        saved = self._leading_to(_SAVES) or self._leading_to(_PREVIEWS)
        if not saved:
            samplers = [key for key in graph.nodes if self._is_sampler(key)][:_SAMPLERS_MAX]
            used = {before for key in samplers for before in self._before(key)}
            saved = [key for key in samplers if key not in used] or samplers[:1]
        origins = [self._origin(key) or key for key in saved[:_SAMPLERS_MAX]]
        return list(dict.fromkeys(origins)) or self._services()

    def _leading_to(self, savers: re.Pattern[str]) -> list[str]:
        found: dict[str, None] = {}
        for key in self._graph.nodes:
            if not self._graph.spend(0):
                break
            if savers.search(self._graph.kind(key)) and not self._is_sampler(key):
                shown = [one for n, one in self._graph.links(key) if matches(_SHOWN, n)]
                nearest, _masked = self._nearest(shown or self._graph.pipes(key))
                found.update(dict.fromkeys(nearest))
        return list(found)

    def _is_sampler(self, key: str) -> bool:
        inputs, graph = self._graph.inputs(key), self._graph
        if "sigmas" in inputs and ("noise" in inputs or "noise_seed" in inputs):
            return True
        if "steps" not in inputs or not ("seed" in inputs or "noise_seed" in inputs):
            return False
        fed = any(graph.link(inputs.get(name)) for name in _FED) or bool(graph.pipes(key))
        return fed or not any("sampler" in name for name in inputs) or len(graph.nodes) == 1

    def _nearest(self, starts: Iterable[Link]) -> tuple[list[str], bool]:
        """Return the samplers that a picture comes from, by ways on which there is no other.

        Also whether a mask was laid on it on the way, beside which the picture stays as it was.
        """
        found: dict[str, None] = {}
        masked, seen, todo = False, set(), list(starts)
        while todo and len(found) < _SAMPLERS_MAX and self._graph.spend(0):
            link = todo.pop(0) if len(todo) < 64 else todo.pop()
            if link in seen:
                continue
            seen.add(link)
            if (branches := ways(self._graph, link, self._values.constant)) is not None:
                todo += [one for value in branches if (one := self._graph.link(value))]
            elif self._is_sampler(link.key):
                found[link.key] = None
            else:
                inputs = self._graph.inputs(link.key)
                masked = masked or any(
                    self._graph.link(inputs.get(n)) for n in ("mask", "noise_mask")
                )
                todo += self._graph.pictures(link.key) or self._staged(link.key)
        return list(found), masked

    def _before(self, key: str) -> list[str]:
        return self._graph.once(("before", key), lambda: self._find_before(key)) or []

    def _find_before(self, key: str) -> list[str]:
        found, masked = self._nearest([*self._graph.pictures(key), *self._staged(key)])
        if self._starts_afresh(key) and not masked:
            return []
        return [one for one in found if one != key]

    def _staged(self, key: str) -> list[Link]:
        """Return what a later stage of a cascade gets from the one before, by its conditioning."""
        positive = self._graph.link(self._graph.inputs(key).get("positive"))
        staged = self._graph.inputs(positive.key).get("stage_c") if positive else None
        link = self._graph.link(staged)
        return [link] if link else []

    def _starts_afresh(self, key: str) -> bool:
        """Whether a sampler covers with noise all that was there: of a picture, the size stays."""
        inputs = self._graph.inputs(key)
        if "denoise" not in inputs or self._staged(key) or "image" in inputs:
            return False
        later = whole(self._values.constant(inputs.get("start_at_step"), "start_at_step"))
        quiet = inputs.get("add_noise") in ("disable", False)
        denoise = real(self._values.constant(inputs["denoise"], "denoise"))
        return denoise == 1 and not later and not quiet

    def _origin(self, key: str) -> str | None:
        return self._graph.once(("origin", key), lambda: self._find_origin(key))

    def _find_origin(self, key: str) -> str:
        before = self._before(key)
        origins = {self._origin(one) or one for one in before}
        return origins.pop() if len(origins) == 1 else key

    def _services(self) -> list[str]:
        """Return a node for another service: it has all in one, no model and no sampler."""
        graph = self._graph
        for key in graph.nodes:
            inputs = graph.inputs(key)
            prompt = inputs.get("prompt")
            if "clip" not in inputs and (isinstance(prompt, str) or graph.link(prompt)):
                return [key]
        return []
