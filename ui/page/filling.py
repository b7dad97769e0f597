"""What fills the form: another model, a stored image, another program's image, the last visit.

Every filling returns what goes into `outputs` and runs nothing. What the browser sends is only a
wish: ids are looked up, recipes and drafts are read anew, and what does not fit is said, never an
error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr
from gradio.components import Component

from backend.catalogue.params import count_in, entered
from backend.catalogue.widgets import Plan, change_model, plan_widgets
from backend.errors import InvalidInput, PlaygroundError
from backend.recipes import fitting, link, recipe
from backend.said import joined, msg
from backend.studio import Studio
from backend.styles.fitting import fit as fit_preset
from backend.types import ID, ImageRecord, ModelSpec, Origin
from ui.language.chosen import tell
from ui.page.basis import basis_json, example_chip, origin_of, said
from ui.page.draft import Held, read_draft
from ui.page.form import NO_CHOICES, Form, choices_of
from ui.page.handlers import deal_json
from ui.page.heard import data_of, object_in, parked_in
from ui.page.widget import aspect_of, first_group, model_groups
from ui.present import records

Changes = dict[str, Any]
"""What a filling puts into the form, by the names of `Filling.outputs`."""


_OF_MODEL = ("parked", "note", "random_seed", "last_seed", "aspect", "swap")


class Filling:
    """The handlers that put values into the form, over one studio."""

    def __init__(self, studio: Studio, form: Form) -> None:
        self.studio, self.form = studio, form

    @property
    def inputs(self) -> list[tuple[str, Component]]:
        """What every filling is given, as (name, widget)."""
        return self.form.named("parked", "random_seed", "basis", "model", "count", "templates")

    @property
    def outputs(self) -> list[tuple[str, Component]]:
        """What every filling may change, as (name, widget)."""
        return self.form.named(*_OF_MODEL, "model", "basis", "count", "templates", "styles")

    @property
    def switched(self) -> list[tuple[str, Component]]:
        """What another model changes: each widget more costs the browser a millisecond."""
        return self.form.named(*_OF_MODEL, "deal")

    # --- the events ------------------------------------------------------------------------

    async def opened(self, asked: object, *form: Any) -> list[Any]:
        """Fill a page that was just opened: with its draft, and with what the address asks for.

        `asked` is draft.js's JSON. The models are told anew: the platform may have named prices.
        """
        self.studio.account.look()  # what a server that was started since has comes next time
        held = self._held(form)
        wish = object_in(asked)
        changes: Changes = {"note": tell(_model_note(held.model))}
        if (draft := read_draft(wish.get("draft"), self.studio.account.models, held)) is not None:
            changes, held = await self._restored(draft, held), draft
        if wish.keys() & {"recipe", "id", "preset"}:
            changes |= await self._filled(wish, held)
        account = self.studio.account
        groups = gr.update(groups=model_groups(account.models, first_group(account)))
        return self._listed(changes | {"model": {**groups, **changes.get("model", {})}})

    async def switch(self, *form: Any) -> list[Any]:
        """Show the widgets of the model just chosen, and say in words what changed."""
        held = self._held(form)
        if not held.known:
            return [gr.skip() for _ in self.switched]
        plan = self._plan(held, held.model)
        changes = self._present(held.model, plan, held, plan.sentence)
        changes |= self._deal(held)
        # Not the model: it was chosen there, and another one may have been since.
        return [changes.get(name, gr.skip()) for name, _ in self.switched]

    async def reuse(self, event: gr.EventData, *form: Any) -> list[Any]:
        """Fill the form from a stored image ({id, what, model}), from a recipe ({recipe}), for the
        `model` named if there is one, or from what was kept under a name ({preset}).

        `what` is "all", "seed", "prompt", or "model": all of it, but for the `model` named.
        """
        return self._listed(await self._filled(data_of(event), self._held(form)))

    # --- from an image ---------------------------------------------------------------------

    async def _filled(self, wish: Mapping[str, Any], held: Held) -> Changes:
        models = self.studio.account.models
        if "preset" in wish:
            return await self._preset(str(wish["preset"]), held)
        if "recipe" in wish:
            try:
                brought, wanted = link.decode(str(wish["recipe"])), wish.get("model")
            except InvalidInput as error:
                return self._say(held, joined(error.message, error.hint))
            chosen = wanted if isinstance(wanted, str) and wanted in models else None
            taken = fitting.fit(brought, models, model_id=chosen)
            chip = basis_json(None, taken, models)
            if brought.source == recipe.EXAMPLE and taken.values:
                chip = example_chip(chip, taken)
            return self._take(taken, held, chip)
        image_id, what = str(wish.get("id")), wish.get("what")
        record = await self.studio.gallery.image(image_id) if ID.fullmatch(image_id) else None
        if record is None:
            return self._say(held, msg("This image is no longer stored."))
        if what == "seed":
            return self._seed(record, held)
        if what == "prompt":
            return self._prompt(record, held)
        wanted = str(wish.get("model")) if what == "model" else record.request.model
        if what == "model" and wanted not in models:
            return self._say(held, msg("That model is not in the catalogue."))
        taken = fitting.fit(
            recipe.of_record(record), models, model_id=wanted if wanted in models else None
        )
        origin = Origin(record.id, "model" if what == "model" else "reused")
        return self._take(taken, held, basis_json(origin, taken, models))

    def _take(self, taken: fitting.Taken, held: Held, basis: records.Json) -> Changes:
        """Put all of `taken` into the form; what it does not name becomes the model's default."""
        if not taken.values:
            return {"basis": {**basis, "origin": said(origin_of(held.basis), "")["origin"]}}
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
        # An image's braces are braces, and what styles had said is in the words of its prompt.
        bare: Changes = {"templates": NO_CHOICES}
        if "prompt" in taken.values:
            bare["styles"] = []
        return bare | self._present(taken.model, plan, held, note, random_seed=drawn, basis=basis)

    def _seed(self, record: ImageRecord, held: Held) -> Changes:
        seed = record.request.seed
        if seed is None:
            return self._say(held, msg("This image was made without a seed."))
        if not held.model.takes_seed:
            return self._say(
                held,
                msg(
                    "{model} takes no seed. Choose a model that does first.",
                    model=held.model.label,
                ),
            )
        basis = said(Origin(record.id, "seed"), msg("Seed {seed} was taken.", seed=str(seed)))
        return {"random_seed": False, "params.seed": seed, "basis": basis}

    def _prompt(self, record: ImageRecord, held: Held) -> Changes:
        text = msg("Its prompt was taken.")
        changes: Changes = {"params.prompt": record.request.prompt}
        changes |= {"templates": NO_CHOICES, "styles": []}
        negative = record.request.values.get("negative_prompt") or ""
        if held.model.param("negative_prompt"):
            changes["params.negative_prompt"] = negative
            text = msg("Its prompt and negative prompt were taken.") if negative else text
        elif negative:
            text = joined(
                text,
                msg(
                    "{model} takes no negative prompt, so that was left out.",
                    model=held.model.label,
                ),
            )
        before = origin_of(held.basis)
        if not held.random_seed and (before is None or before.image_id != record.id):
            changes["random_seed"] = True  # the seed was kept for another prompt
        return changes | {"basis": said(Origin(record.id, "prompt"), text)}

    # --- from what was kept under a name ---------------------------------------------------

    async def _preset(self, name: str, held: Held) -> Changes:
        try:
            book = await asyncio.to_thread(self.studio.styles.book)
        except PlaygroundError as error:
            return self._say(held, joined(error.message, error.hint))
        preset = book.preset(name)
        if preset is None:
            return self._say(held, msg("There is no preset called {name} any more.", name=name))
        put = fit_preset(preset, self.studio.account.models, held.model, book)
        plan = self._plan(held, put.model)
        widgets = {
            name: replace(state, value=put.values.get(name, state.value)) if state.spec else state
            for name, state in plan.widgets.items()
        }
        changes = self._present(
            put.model,
            replace(plan, widgets=widgets),
            held,
            _model_note(put.model),
            random_seed=put.random_seed,
            basis=said(None, put.text),
        )
        count = {} if put.count is None else {"count": put.count}
        return changes | {"styles": list(put.styles)} | count

    async def _there(self, names: Sequence[str]) -> list[str]:
        """Return those of the names that are styles; none where that cannot be found out."""
        try:
            book = await asyncio.to_thread(self.studio.styles.book) if names else None
        except PlaygroundError:
            return []
        return [name for name in names if book is not None and book.style(name)]

    # --- from the last visit ---------------------------------------------------------------

    async def _restored(self, draft: Held, held: Held) -> Changes:
        """Return what turns the form from `held` into `draft`."""
        widgets = plan_widgets(draft.model, draft.values)
        origin = origin_of(draft.basis)
        known = origin is not None and await self.studio.gallery.image(origin.image_id) is not None
        changes = self._present(
            draft.model,
            Plan(widgets, {}, _model_note(draft.model)),
            replace(held, count=draft.count),
            _model_note(draft.model),
            random_seed=draft.random_seed,
            basis=said(origin, "") if known else None,
        )
        changes["count"] = count_in(draft.count) or 1
        changes["templates"] = draft.templates
        changes["styles"] = await self._there(draft.styles)
        for name, state in widgets.items():  # hidden text comes back when its model does
            if state.spec is None and isinstance(state.value, str):
                changes[f"params.{name}"] = gr.update(visible=False, value=state.value)
        return changes

    # --- in common -------------------------------------------------------------------------

    def _deal(self, held: Held) -> Changes:
        """Return what Generate says now, where nothing of it can be stored: one way less to go."""
        if not held.random_seed or choices_of(held.templates) is not None:
            return {}  # deal.js asks
        count = count_in(held.count) or 1
        estimate = self.studio.account.estimate(held.model.id, count)
        return {"deal": deal_json(estimate, count) | {"model": held.model.id, "count": held.count}}

    def _held(self, form: tuple[Any, ...]) -> Held:
        held = dict(zip((name for name, _ in self.inputs), form, strict=True))
        models, wanted = self.studio.account.models, held["model"]
        known = isinstance(wanted, str) and wanted in models
        return Held(
            parked=parked_in(held["parked"], models),
            random_seed=bool(held["random_seed"]),
            basis=held["basis"],
            model=models[wanted] if known else next(iter(models.values())),
            count=held["count"],
            templates=held["templates"],
            values=entered(
                models.values(), {name: held[f"params.{name}"] for name in self.form.params}
            ),
            known=known,
        )

    def _plan(self, held: Held, new: ModelSpec) -> Plan:
        was, aside = held.parked
        current = dict(held.values)
        if held.random_seed and "seed" in current:  # not in use: nothing to keep, nothing to say
            current["seed"] = None
        return change_model(self.studio.account.models.get(was, new), new, current, aside)

    def _present(
        self,
        model: ModelSpec,
        plan: Plan,
        held: Held,
        sentence: str,
        *,
        random_seed: bool | None = None,
        basis: Any = ...,
    ) -> Changes:
        widgets = plan.widgets
        size = [widgets[n].value if n in widgets else None for n in ("width", "height")]
        has_size = model.param("width") is not None and model.param("height") is not None
        seeds: dict[str, Any] = {"visible": model.takes_seed}
        if random_seed is not None and model.takes_seed:
            seeds["value"] = random_seed
        return {
            "model": gr.update(value=model.id),
            "parked": [model.id, plan.parked],
            "note": tell(sentence or _model_note(model)),
            "random_seed": gr.update(**seeds),
            "last_seed": gr.update(visible=model.takes_seed),
            "aspect": gr.update(visible=has_size, value=aspect_of(*size)),
            "swap": gr.update(visible=has_size),
            **({} if basis is ... else {"basis": basis}),
            **self.form.updates(widgets, held.values, self.studio.account.models.values()),
        }

    def _say(self, held: Held, sentence: str) -> Changes:
        """Say why nothing was put into the form, and leave it and its origin as they are."""
        return {"basis": said(origin_of(held.basis), sentence, bad=True)}

    def _listed(self, changes: Changes) -> list[Any]:
        """Return the changes in the order of `outputs`; what they do not name is left alone."""
        return [changes.get(name, gr.skip()) for name, _ in self.outputs]


def _model_note(model: ModelSpec) -> str:
    if not model.takes_seed:
        return msg("This model takes no seed; the stored image is the only copy.")
    return ""
