"""What the page's events do: collect, one call, present. Thin, async, never raising at the user.

Every event passes raw values (`preprocess=False`): the backend checks them and words the refusals.
What comes back from the browser as an id is looked up and owned before it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import gradio as gr

from backend import snippets
from backend.errors import InvalidInput, PlaygroundError
from backend.jobs import Job, RunView
from backend.params import find_model, refuse_gaps
from backend.providers.sentry_block import SentryBlock
from backend.types import ImageRecord, ModelSpec, Value
from backend.widgets import Parked, Plan, WidgetState, change_model
from ui import present, static
from ui.form import Form, aspect_of, model_choices
from ui.visitor import visitor

STAND_IN_PROMPT = "a lighthouse at dusk"


class Handlers:
    """The page's event handlers, over one studio and one form."""

    def __init__(self, studio: Any, form: Form) -> None:
        self.studio, self.form = studio, form

    # --- making images ---------------------------------------------------------------------

    async def generate(self, request: gr.Request, *values: object) -> present.Json:
        """Start what the form asks for; the results panel follows the job from there."""
        asked = self.form.collect(values)
        try:
            refuse_gaps(find_model(self.studio.models, asked.model), asked.raw)
            requests = self.studio.prepare(asked.model, asked.raw, asked.count)
            job = await self.studio.submit(
                requests, owner=visitor(request.cookies), token=asked.token or None
            )
        except PlaygroundError as error:
            return _refused(error)
        return self._started(job)

    async def anew(self, request: gr.Request, event: gr.EventData) -> present.Json:
        """Generate once more what came from the cache."""
        record = await self._record(event)
        if record is None:
            return _note("This image is no longer stored.")
        return await self._again([record.request], request)

    async def retry(self, request: gr.Request, event: gr.EventData) -> present.Json:
        """Send again, on the user's word, what may have been charged already or has failed."""
        run = await self._own_run(request, event)
        if run is None:
            return _note("This request is no longer listed.")
        return await self._again([run.request], request)

    async def dismiss(self, request: gr.Request, event: gr.EventData) -> present.Json:
        """Put away the card of a request that may have been charged."""
        run = await self._own_run(request, event)
        if run is not None:
            await self.studio.dismiss(run.id)
        return {"kind": "dismissed", "run": "" if run is None else run.id}

    async def stop(self, request: gr.Request) -> present.Json:
        """End what was not sent, of all this visitor's jobs, and say what was."""
        sent = unsent = 0
        for job in await self.studio.recent_jobs(visitor(request.cookies)):
            if not job.ended and not job.stopping:
                on_the_way, waiting = present.counts(job)
                sent, unsent = sent + on_the_way, unsent + waiting
                job.stop()
        return _note(present.stopped_text(sent, unsent))

    # --- the form --------------------------------------------------------------------------

    async def opened(self, model: object, count: object) -> list[Any]:
        """Bring a page that was just opened up to what the platform told since the start."""
        models = self.studio.models
        return [
            gr.update(choices=model_choices(models)),
            _model_note(models.get(model) if isinstance(model, str) else None),
            self._price(model, count),
            await self.account(),
        ]

    async def switch(
        self,
        parked: tuple[str, Parked],
        random_seed: bool,
        model: object,
        count: object,
        *values: Value,
    ) -> list[Any]:
        """Show the widgets of the model just chosen, and say in words what changed."""
        new = self.studio.models.get(model) if isinstance(model, str) else None
        if new is None:
            return [gr.skip()] * len(self.form_outputs)
        current = dict(zip(self.form.params, values, strict=True))
        plan = self._plan(parked, new, random_seed, current)
        return self._present(new, plan, current, plan.sentence, count)

    async def reuse(
        self,
        event: gr.EventData,
        parked: tuple[str, Parked],
        random_seed: bool,
        model: object,
        count: object,
        *values: Value,
    ) -> list[Any]:
        """Fill the form from a stored image: all of it, or its seed alone."""
        record = await self._record(event)
        models = self.studio.models
        here = models.get(model) if isinstance(model, str) else None
        if record is None or here is None:
            return self._only_note("This image is no longer stored.")
        if _data(event).get("what") == "seed":
            return self._reuse_seed(record, here)
        new = models.get(record.request.model)
        if new is None:
            return self._only_note(f"{record.request.model} is no longer in the catalogue.")
        current = dict(zip(self.form.params, values, strict=True))
        plan = self._plan(parked, new, random_seed, current)
        taken = {"prompt": record.request.prompt, "seed": record.request.seed}
        taken |= record.request.values
        widgets = {
            name: WidgetState(True, taken.get(name, state.spec.default), state.spec)
            if state.spec
            else state
            for name, state in plan.widgets.items()
        }
        note = f"All settings of this image are in the form. {_model_note(new)}"
        fixed = record.request.seed is not None
        plan = replace(plan, widgets=widgets)
        return self._present(new, plan, current, note, count, random_seed=not fixed)

    async def example(self, event: gr.EventData) -> Any:
        """Put an example prompt into the form."""
        index, examples = _data(event).get("index"), static.examples()
        return examples[index][1] if index in range(len(examples)) else gr.skip()

    async def price(self, model: object, count: object) -> str:
        """Estimate what the next click costs."""
        return self._price(model, count)

    async def account(self) -> str:
        """Say what the account holds and what is used of the limits; nothing offline."""
        if self.studio.provider == "offline":
            return ""
        usage, limits = await self.studio.usage(), self.studio.settings.limits
        return present.account_text(await self.studio.balance(), usage, limits)

    async def code(self, *values: object) -> present.Json:
        """Write the form's request as code; a form that cannot be sent says why instead."""
        asked = self.form.collect(values)
        if "seed" not in asked.raw and asked.token.isdigit():
            asked.raw["seed"] = asked.token  # random: form.js sent the newest one in its place
        note = ""
        if not str(asked.raw.get("prompt") or "").strip():
            asked.raw["prompt"] = STAND_IN_PROMPT
            note = "No prompt yet: an example stands in for it."
        try:
            request = self.studio.prepare(asked.model, asked.raw, 1)[0]
        except InvalidInput as error:
            return {"note": f"{error} The code shows the settings before that."}
        call = SentryBlock().build(request)
        return {
            "note": note,
            "curl": snippets.curl(call),
            "python": snippets.python(call),
            "javascript": snippets.javascript(call),
        }

    # --- in common -------------------------------------------------------------------------

    @property
    def form_outputs(self) -> list[Any]:
        """What `switch` and `reuse` return, in this order."""
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
            *form.params.values(),
        ]

    def _present(
        self,
        model: ModelSpec,
        plan: Plan,
        current: Mapping[str, Value],
        sentence: str,
        count: object,
        random_seed: bool | None = None,
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
            self._price(model.id, count),
            gr.update(**seeds),
            gr.update(visible=model.takes_seed),
            gr.update(visible=has_size, value=aspect_of(*size)),
            gr.update(visible=has_size),
            *self.form.updates(widgets, current),
        ]

    def _plan(
        self,
        parked: tuple[str, Parked],
        new: ModelSpec,
        random_seed: bool,
        current: Mapping[str, Value],
    ) -> Plan:
        was, aside = parked
        if random_seed and "seed" in current:  # not in use: nothing to keep, nothing to say
            current = {**current, "seed": None}
        return change_model(self.studio.models.get(was, new), new, current, aside)

    def _reuse_seed(self, record: ImageRecord, here: ModelSpec) -> list[Any]:
        seed = record.request.seed
        if seed is None:
            return self._only_note("This image was made without a seed.")
        if not here.takes_seed:
            return self._only_note(f"{here.label} takes no seed. Choose a model that does first.")
        outputs = self._only_note(f"Seed {seed} is in the form.")
        targets = self.form_outputs
        outputs[targets.index(self.form.random_seed)] = False
        outputs[targets.index(self.form.params["seed"])] = seed
        return outputs

    def _only_note(self, sentence: str) -> list[Any]:
        outputs = [gr.skip()] * len(self.form_outputs)
        outputs[self.form_outputs.index(self.form.note)] = sentence
        return outputs

    def _price(self, model: object, count: object) -> str:
        number = int(count) if isinstance(count, int | float) and 1 <= count <= 8 else 1
        known = isinstance(model, str) and model in self.studio.models
        estimate = self.studio.estimate(model, number) if known else None
        return present.price_text(estimate, number)

    def _started(self, job: Job) -> present.Json:
        now = datetime.now(UTC)
        return {"kind": "job", "job": present.job_json(job, self.studio.models, now)}

    async def _again(self, requests: list[Any], request: gr.Request) -> present.Json:
        try:
            job = await self.studio.submit(requests, owner=visitor(request.cookies), anew=True)
        except PlaygroundError as error:
            return _refused(error)
        return self._started(job)

    async def _record(self, event: gr.EventData) -> ImageRecord | None:
        image_id = _data(event).get("id")
        return await self.studio.image(image_id) if isinstance(image_id, str) else None

    async def _own_run(self, request: gr.Request, event: gr.EventData) -> RunView | None:
        wanted = _data(event).get("run")
        jobs = await self.studio.recent_jobs(visitor(request.cookies))
        return next((run for job in jobs for run in job.runs if run.id == wanted), None)


def _data(event: gr.EventData) -> dict[str, Any]:
    data = event._data
    return data if isinstance(data, dict) else {}


def _note(sentence: str) -> present.Json:
    return {"kind": "note", "text": sentence}


def _refused(error: PlaygroundError) -> present.Json:
    return {"kind": "error", "error": present.error_json(error)}


def _model_note(model: ModelSpec | None) -> str:
    if model is not None and not model.takes_seed:
        return "This model takes no seed; the stored image is the only copy."
    return ""
