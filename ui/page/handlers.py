"""What the page's events do: collect, one call, present. Thin, async, never raising at the user.

Every event passes raw values (`preprocess=False`): the backend checks them and words the refusals.
What comes back from the browser as an id is looked up and owned before it is used.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeGuard

import gradio as gr

from backend.calls import draws_seeds, prepared
from backend.catalogue.params import (
    count_in,
    find_model,
    fingerprint,
    refuse_gaps,
    shows_nothing,
)
from backend.errors import InvalidInput, PlaygroundError, TriedAlready
from backend.experiments.resolving import Resolved
from backend.generation.chosen import Chosen
from backend.generation.jobs import Job
from backend.providers import snippets
from backend.providers.base import Provider
from backend.said import joined, msg
from backend.studio import Studio
from backend.styles.kinds import read_names
from backend.types import COUNT_MAX, ID, GenerationRequest, Origin
from ui import static
from ui.door.press import read_press
from ui.door.visitor import visitor
from ui.language.chosen import tell
from ui.page.basis import origin_of
from ui.page.form import Form, Submission
from ui.page.heard import data_of
from ui.present import records, words

STAND_IN_PROMPT = "a lighthouse at dusk"


class Handlers:
    """The page's event handlers, over one studio and one form."""

    def __init__(self, studio: Studio, form: Form) -> None:
        self.studio, self.form = studio, form

    # --- making images ---------------------------------------------------------------------

    async def generate(self, request: gr.Request, *values: object) -> records.Json:
        """Start what the form asks for; the results panel follows the job from there."""
        asked = self.form.collect(values)
        try:
            refuse_gaps(find_model(self.studio.account.models, asked.model), asked.raw)
            token = read_press(asked.token)
            typed = _prompt_of(asked)
            requests, chosen = await self._prepared(asked, asked.count)
            job = await self.studio.submit(
                requests,
                owner=visitor(request.cookies),
                token=token,
                seeds_drawn=draws_seeds(asked.raw),
                origin=await self._origin(asked.basis),
                chosen=chosen,
                typed=typed if asked.styles and chosen is None else None,
            )
        except PlaygroundError as error:
            return _refused(error)
        return self._started(job) | ({"typed": typed} if asked.styles else {})

    async def anew(self, request: gr.Request, event: gr.EventData) -> records.Json:
        """Generate once more what came from the cache."""
        return await self._again(request, event)

    async def retry(self, request: gr.Request, event: gr.EventData) -> records.Json:
        """Send again, on the user's word, what may have been charged already or has failed."""
        return await self._again(request, event)

    async def dismiss(self, request: gr.Request, event: gr.EventData) -> records.Json:
        """Put away the card of a request that may have been charged."""
        wanted = data_of(event).get("run")
        owner = visitor(request.cookies)
        run = await self.studio.jobs.asked(wanted, owner) if is_id(wanted) else None
        if run is not None:
            await self.studio.jobs.dismiss(run.id)
        return {"kind": "dismissed", "run": "" if run is None else run.id}

    async def rest(self, request: gr.Request, event: gr.EventData) -> records.Json:
        """Send what was not sent of a batch."""
        data, owner = data_of(event), visitor(request.cookies)
        told = data.get("runs")
        ids = [one for one in told if is_id(one)] if isinstance(told, list) else []
        try:
            token = read_press(data.get("token"))
            job = await self.studio.rest(ids[:COUNT_MAX], owner=owner, token=token)
        except TriedAlready as error:
            return {"kind": "tried", "run": None, "text": tell(error.message)}
        except PlaygroundError as error:
            return _refused(error)
        renewed = [await self._run_json(run_id, owner) for run_id in ids]
        return self._started(job) | {"renewed": [run for run in renewed if run is not None]}

    async def stop(self, request: gr.Request) -> records.Json:
        """End what was not sent, of all this visitor's jobs, and say what was."""
        sent = unsent = stopped = 0
        for job in await self.studio.jobs.live(visitor(request.cookies)):
            on_the_way, waiting = records.counts(job)
            if job.stopped_by_user:
                stopped += on_the_way
            else:
                sent, unsent = sent + on_the_way, unsent + waiting
                job.stop()
        return _note(words.stopped_text(sent, unsent, stopped))

    # --- the form --------------------------------------------------------------------------

    async def example(self, event: gr.EventData) -> list[Any]:
        """Put an example prompt into the form: a fresh start, based on no image or kept seed."""
        prompts = dict(enumerate(prompt for _, prompt in static.examples()))
        index = data_of(event).get("index")
        prompt = prompts.get(index) if isinstance(index, int) else None
        return [gr.skip()] * 3 if prompt is None else [tell(prompt), None, True]

    async def deal(self, *values: object) -> dict[str, object]:
        """Say what the next click makes and what it costs, whatever the form holds.

        Where braces are choices, `choices` says what of: {"text", "random"}, or what is "wrong".
        """
        asked = self.form.collect(values)
        count = count_in(asked.count) or 1
        choices, found = None, None
        if asked.choices is not None:
            try:
                found = await self.studio.resolve(asked.model, asked.raw, count, asked.choices)
            except InvalidInput as error:
                wrong = tell(joined(error.message, error.hint))
                return {"makes": tell(msg("Generate")), "costs": "", "choices": {"wrong": wrong}}
            count = len(found.texts)
            text = tell(words.choices_text(count, found.total))
            choices = {"text": text, "random": found.seed is not None}
        known_ahead = found is None or found.seed is None or asked.choices != ""
        keys = []
        if known_ahead and not draws_seeds(asked.raw):
            keys = await self._fingerprints(asked, count, found)
        stored = await self.studio.gallery.count_cached(keys) if keys else 0
        models, model = self.studio.account.models, asked.model
        known = isinstance(model, str) and model in models
        estimate = self.studio.account.estimate(str(model), count - stored) if known else None
        return deal_json(estimate, count, stored) | {"choices": choices}

    async def _prepared(
        self, asked: Submission, count: object, found: Resolved | None = None
    ) -> tuple[list[GenerationRequest], Chosen | None]:
        worn = read_names(asked.styles or None)
        return await prepared(
            self.studio, asked.model, asked.raw, count, worn, asked.choices, found
        )

    async def _fingerprints(
        self, asked: Submission, count: int, found: Resolved | None = None
    ) -> list[str | None]:
        """Return what the stored answers to these are found by, nothing where they are refused."""
        try:
            requests, _ = await self._prepared(asked, count, found)
        except PlaygroundError:
            return []
        source = self.studio.account.of(str(asked.model)).connection.source
        return [fingerprint(request, source) for request in requests]

    async def account(self) -> str:
        """Say what the account holds and what is used of the limits; nothing offline."""
        if self.studio.account.offline:
            return ""
        limits = self.studio.account.limits
        usage = await self.studio.jobs.usage(limits)
        return tell(words.account_text(await self.studio.account.balance(), usage, limits))

    async def code(self, *values: object) -> records.Json:
        """Write the form's request as code; a form that cannot be sent says why instead."""
        asked = self.form.collect(values)
        if "seed" not in asked.raw and asked.token.isdigit():
            asked.raw["seed"] = asked.token  # random: form.js sent the newest one in its place
        note = ""
        if shows_nothing(str(asked.raw.get("prompt") or "")):
            asked.raw["prompt"] = STAND_IN_PROMPT
            note = tell(msg("No prompt yet: an example stands in for it."))
        try:
            (request, *_), _ = await self._prepared(asked, 1)
        except PlaygroundError as error:
            before = msg("The code shows the settings before that.")
            return {"note": tell(joined(error.message, error.hint, before))}
        connection = self.studio.account.of(request.model).connection
        provider = connection.provider
        try:
            call = connection.build(request)
        except PlaygroundError as error:
            return {"note": tell(joined(error.message, error.hint))}
        if not provider.platform.image_at:
            return {"note": tell(msg("This needs several calls, which a few lines do not show."))}
        return {
            "note": note,
            "curl": snippets.curl(call, provider.platform),
            "python": snippets.python(call, provider.platform),
            "javascript": snippets.javascript(call, provider.platform),
        }

    # --- in common -------------------------------------------------------------------------

    def _started(self, job: Job) -> records.Json:
        now = datetime.now(UTC)
        return {"kind": "job", "job": records.job_json(job, self.studio.account.models, now)}

    async def _again(self, request: gr.Request, event: gr.EventData) -> records.Json:
        """Send a card's request once more: once for each card, whatever is pressed where."""
        data, owner = data_of(event), visitor(request.cookies)
        run_id = data.get("run")
        if not is_id(run_id) or await self.studio.jobs.asked(run_id, owner) is None:
            return _note(msg("This request is no longer listed."))
        try:
            token = read_press(data.get("token"))
            job = await self.studio.again(run_id, owner=owner, token=token)
        except TriedAlready as error:
            tried = await self._run_json(run_id, owner)
            return {"kind": "tried", "run": tried, "text": tell(error.message)}
        except PlaygroundError as error:
            return _refused(error)
        return self._started(job) | {"tried": await self._run_json(run_id, owner)}

    async def _run_json(self, run_id: str, owner: str) -> records.Json | None:
        run = await self.studio.jobs.asked(run_id, owner)
        return None if run is None else records.run_json(run, datetime.now(UTC))

    async def _origin(self, basis: object) -> Origin | None:
        origin = origin_of(basis)
        stored = origin is not None and await self.studio.gallery.image(origin.image_id) is not None
        return origin if stored else None


def deal_json(estimate: Decimal | None, count: int, stored: int = 0) -> records.Json:
    """Return what Generate says, where no braces are choices."""
    makes, costs = words.deal_text(estimate, count, stored)
    return {"makes": tell(makes), "costs": tell(costs), "choices": None}


def is_id(told: object) -> TypeGuard[str]:
    """Whether the browser told what can be an id."""
    return isinstance(told, str) and ID.fullmatch(told) is not None


def code_props(provider: Provider) -> dict[str, str]:
    """Return what the panel of code shows beside the code itself."""
    platform = provider.platform
    return {
        "setup": snippets.setup(platform),
        "answer": platform.answer,
        "decode": snippets.decoding(platform),
    }


def _prompt_of(asked: Submission) -> str:
    """Return the prompt as it was typed, without the blanks around it, as requests have it."""
    prompt = asked.raw.get("prompt")
    return prompt.strip() if isinstance(prompt, str) else ""


def _note(sentence: str) -> records.Json:
    return {"kind": "note", "text": tell(sentence)}


def _refused(error: PlaygroundError) -> records.Json:
    return {"kind": "error", "error": records.error_json(error)}
