"""What fills the form: another model, a stored image, another program's image, the last visit.

Every filling returns `form_outputs` and runs nothing. What the browser sends is only a wish: ids
are looked up, recipes and drafts are read anew, and what does not fit is said, never an error.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import gradio as gr

from backend.catalogue.widgets import Plan, change_model, plan_widgets
from backend.errors import InvalidInput
from backend.recipes import fitting, link, recipe
from backend.types import COUNT_MAX, ImageRecord, ModelSpec, Origin
from ui.page.basis import basis_json, origin_of, said
from ui.page.draft import Held, read_draft
from ui.page.form import Form
from ui.page.widget import aspect_of, model_choices
from ui.present import records, words


class Filling:
    """The handlers that put values into the form, over one studio."""

    def __init__(self, studio: Any, form: Form) -> None:
        self.studio, self.form = studio, form

    @property
    def inputs(self) -> list[Any]:
        """What every filling is given."""
        form = self.form
        head = [form.parked, form.random_seed, form.basis, form.model, form.count]
        return [*head, *form.params.values()]

    @property
    def outputs(self) -> list[Any]:
        """What every filling returns, in this order."""
        form = self.form
        return [
            form.model,
            form.parked,
            form.note,
            form.price,
            form.random_seed,
            form.last_seed,
            form.aspect,
            form.swap,
            form.basis,
            form.count,
            *form.params.values(),
        ]

    # --- the events ------------------------------------------------------------------------

    async def opened(self, asked: object, *form: Any) -> list[Any]:
        """Fill a page that was just opened: with its draft, and with what the address asks for.

        `asked` is draft.js's JSON. The models are told anew: the platform may have named prices.
        """
        held = self._held(form)
        wish = _object(asked)
        outputs = self._only(
            note=_model_note(held.model), price=price_of(self.studio, held.model.id, held.count)
        )
        if (draft := read_draft(wish.get("draft"), self.studio.models, held)) is not None:
            outputs, held = await self._restored(draft, held), draft
        if "recipe" in wish or "id" in wish:
            filled = await self._filled(wish, held)
            outputs = [
                old if new == gr.skip() else new for old, new in zip(outputs, filled, strict=True)
            ]
        choices = gr.update(choices=model_choices(self.studio.models))
        return [{**choices, **outputs[0]}, *outputs[1:]]

    async def switch(self, *form: Any) -> list[Any]:
        """Show the widgets of the model just chosen, and say in words what changed."""
        if self._model(form) is None:
            return self._only()
        held = self._held(form)
        plan = self._plan(held, held.model)
        return self._present(held.model, plan, held, plan.sentence)

    async def reuse(self, event: gr.EventData, *form: Any) -> list[Any]:
        """Fill the form from a stored image ({id, what, model}) or from a recipe ({recipe}).

        `what` is "all", "seed", "prompt", or "model": all of it, but for the `model` named.
        """
        return await self._filled(data_of(event), self._held(form))

    # --- from an image ---------------------------------------------------------------------

    async def _filled(self, wish: Mapping[str, Any], held: Held) -> list[Any]:
        models = self.studio.models
        if "recipe" in wish:
            try:
                taken = fitting.fit(link.decode(str(wish["recipe"])), models)
            except InvalidInput as error:
                return self._say(held, str(error))
            return self._take(taken, held, basis_json(None, taken, models))
        image_id, what = wish.get("id"), wish.get("what")
        record = await self.studio.gallery.image(image_id) if isinstance(image_id, str) else None
        if record is None:
            return self._say(held, "This image is no longer stored.")
        if what == "seed":
            return self._seed(record, held)
        if what == "prompt":
            return self._prompt(record, held)
        wanted = wish.get("model") if what == "model" else record.request.model
        if what == "model" and wanted not in models:
            return self._say(held, "That model is not in the catalogue.")
        taken = fitting.fit(
            recipe.of_record(record), models, model_id=wanted if wanted in models else None
        )
        origin = Origin(record.id, "model" if what == "model" else "reused")
        return self._take(taken, held, basis_json(origin, taken, models))

    def _take(self, taken: fitting.Taken, held: Held, basis: records.Json) -> list[Any]:
        """Put all of `taken` into the form; what it does not name becomes the model's default."""
        if not taken.values:
            return self._only(basis={**basis, "origin": said(origin_of(held.basis), "")["origin"]})
        plan = self._plan(held, taken.model)
        widgets = {
            name: replace(state, value=taken.values.get(name, state.spec.default))
            if state.spec
            else state
            for name, state in plan.widgets.items()
        }
        plan = replace(plan, widgets=widgets)
        drawn = taken.values.get("seed") is None
        note = _model_note(taken.model)
        return self._present(taken.model, plan, held, note, random_seed=drawn, basis=basis)

    def _seed(self, record: ImageRecord, held: Held) -> list[Any]:
        seed = record.request.seed
        if seed is None:
            return self._say(held, "This image was made without a seed.")
        if not held.model.takes_seed:
            return self._say(
                held, f"{held.model.label} takes no seed. Choose a model that does first."
            )
        basis = said(Origin(record.id, "seed"), f"Seed {seed} was taken.")
        return self._only(random_seed=False, seed=seed, basis=basis)

    def _prompt(self, record: ImageRecord, held: Held) -> list[Any]:
        text = "Its prompt was taken."
        changes: dict[str, Any] = {"prompt": record.request.prompt}
        negative = record.request.values.get("negative_prompt") or ""
        if spec := held.model.param("negative_prompt"):
            changes["negative_prompt"] = negative
            text = f"Its prompt and {spec.label.lower()} were taken." if negative else text
        elif negative:
            text += f" {held.model.label} takes no negative prompt, so that was left out."
        return self._only(**changes, basis=said(Origin(record.id, "prompt"), text))

    # --- from the last visit ---------------------------------------------------------------

    async def _restored(self, draft: Held, held: Held) -> list[Any]:
        """Return what turns the form from `held` into `draft`."""
        widgets = plan_widgets(draft.model, draft.values)
        origin = origin_of(draft.basis)
        known = origin is not None and await self.studio.gallery.image(origin.image_id) is not None
        outputs = self._present(
            draft.model,
            Plan(widgets, {}, _model_note(draft.model)),
            replace(held, count=draft.count),
            _model_note(draft.model),
            random_seed=draft.random_seed,
            basis=said(origin, "") if known else None,
        )
        outputs[self.outputs.index(self.form.count)] = draft.count
        for name, state in widgets.items():  # hidden text comes back when its model does
            if state.spec is None and isinstance(state.value, str):
                hidden = gr.update(visible=False, value=state.value)
                outputs[self.outputs.index(self.form.params[name])] = hidden
        return outputs

    # --- in common -------------------------------------------------------------------------

    def _model(self, form: tuple[Any, ...]) -> ModelSpec | None:
        model = form[3]
        return self.studio.models.get(model) if isinstance(model, str) else None

    def _held(self, form: tuple[Any, ...]) -> Held:
        parked, random_seed, basis, _, count, *values = form
        model = self._model(form) or next(iter(self.studio.models.values()))
        named = dict(zip(self.form.params, values, strict=True))
        return Held(parked, bool(random_seed), basis, model, count, named)

    def _plan(self, held: Held, new: ModelSpec) -> Plan:
        was, aside = held.parked
        current = dict(held.values)
        if held.random_seed and "seed" in current:  # not in use: nothing to keep, nothing to say
            current["seed"] = None
        return change_model(self.studio.models.get(was, new), new, current, aside)

    def _present(
        self,
        model: ModelSpec,
        plan: Plan,
        held: Held,
        sentence: str,
        *,
        random_seed: bool | None = None,
        basis: Any = ...,
    ) -> list[Any]:
        widgets = plan.widgets
        size = [widgets[n].value if n in widgets else None for n in ("width", "height")]
        has_size = model.param("width") is not None and model.param("height") is not None
        seeds = {"visible": model.takes_seed}
        if random_seed is not None and model.takes_seed:
            seeds["value"] = random_seed
        return [
            gr.update(value=model.id),
            (model.id, plan.parked),
            sentence or _model_note(model),
            price_of(self.studio, model.id, held.count),
            gr.update(**seeds),
            gr.update(visible=model.takes_seed),
            gr.update(visible=has_size, value=aspect_of(*size)),
            gr.update(visible=has_size),
            gr.skip() if basis is ... else basis,
            gr.skip(),
            *self.form.updates(widgets, held.values),
        ]

    def _say(self, held: Held, sentence: str) -> list[Any]:
        """Say why nothing was put into the form, and leave it and its origin as they are."""
        return self._only(basis=said(origin_of(held.basis), sentence, bad=True))

    def _only(self, **changes: Any) -> list[Any]:
        """Return outputs that change these alone: widgets of the form or parameters, by name."""
        outputs = [gr.skip()] * len(self.outputs)
        for name, value in changes.items():
            widget = self.form.params.get(name) or getattr(self.form, name)
            outputs[self.outputs.index(widget)] = value
        return outputs


def price_of(studio: Any, model: object, count: object) -> str:
    """Return the estimate for `count` images of the model with that id, whatever these may be."""
    number = int(count) if isinstance(count, int | float) and 1 <= count <= COUNT_MAX else 1
    known = isinstance(model, str) and model in studio.models
    return words.price_text(studio.estimate(model, number) if known else None, number)


def data_of(event: gr.EventData) -> dict[str, Any]:
    """Return what the page's script gave the event, empty where that is no object."""
    data = event._data
    return data if isinstance(data, dict) else {}


def _object(text: object) -> dict[str, Any]:
    """Return the JSON object in `text`, empty where there is none."""
    try:
        found = json.loads(text) if isinstance(text, str) and text else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _model_note(model: ModelSpec) -> str:
    if not model.takes_seed:
        return "This model takes no seed; the stored image is the only copy."
    return ""
