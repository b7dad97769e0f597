"""What a click of the form and another program's call ask of a studio: with styles, templates."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from backend.catalogue.named import meant
from backend.errors import InvalidInput, Stopped
from backend.experiments.axes import TEXTS
from backend.experiments.resolving import Resolved, chosen_of
from backend.generation.chosen import Chosen
from backend.generation.jobs import Job
from backend.said import joined, msg, msg_n
from backend.studio import Studio
from backend.styles.kinds import read_names
from backend.types import GenerationRequest, ImageRecord


async def prepared(
    studio: Studio,
    model_id: object,
    raw: Mapping[str, object],
    count: object,
    styles: Sequence[str] = (),
    choices: object = None,
    found: Resolved | None = None,
) -> tuple[list[GenerationRequest], Chosen | None]:
    """Return the checked requests of a click, and what was chosen where braces are choices.

    `styles` are the names of those on its prompts. Braces are choices where `choices` is the seed
    that chooses, "" to draw one; `found` is what was resolved of them already. Raises: InvalidInput
    naming the field.
    """
    if choices is None:
        (worn,) = await _dressed(studio, [raw], styles)
        return studio.prepare(model_id, worn, count), None
    found = found or await studio.resolve(model_id, raw, count, choices)
    dressed = await _dressed(studio, [{**raw, **texts} for texts in found.texts], styles)
    texts = [{name: str(one.get(name) or "") for name in TEXTS if name in one} for one in dressed]
    requests = studio.prepare_resolved(model_id, raw, replace(found, texts=texts))
    return requests, chosen_of(raw, requests, found, drawn=choices == "")


async def _dressed(
    studio: Studio, raws: Sequence[Mapping[str, object]], styles: Sequence[str]
) -> Sequence[Mapping[str, object]]:
    if not styles:
        return raws
    return await asyncio.to_thread(lambda: [studio.styles.dress(raw, styles) for raw in raws])


@dataclass(frozen=True, slots=True)
class Call:
    """What another program asks for, checked. `typed` is what it wrote, where styles are put on."""

    requests: list[GenerationRequest]
    chosen: Chosen | None
    typed: str | None
    seeds_drawn: bool


async def read(studio: Studio, asked: Mapping[str, object]) -> Call:
    """Return the checked requests for `asked["count"]` images. Raises: InvalidInput.

    `asked` holds the model's id or label, its parameters by name, and the names of `styles` for its
    prompt; with `templates` true braces in its prompts are choices, made by `template_seed`.
    """
    await studio.account.ask_for(asked["model"])
    model = meant(studio.account.models, asked["model"])
    worn, choices = read_names(asked.get("styles")), None
    if asked.get("templates"):
        seed = asked.get("template_seed")
        choices = "" if seed is None else seed
    requests, chosen = await prepared(studio, model, asked, asked["count"], worn, choices)
    typed = str(asked.get("prompt") or "").strip() if worn and chosen is None else None
    return Call(requests, chosen, typed, draws_seeds(asked))


async def generate(
    studio: Studio,
    asked: Mapping[str, object],
    *,
    owner: str = "",
    token: str | None = None,
    fresh: bool = False,
) -> list[ImageRecord]:
    """Generate images for another program and return them once all have landed; see `read`.

    `fresh` passes the cache by.
    The job goes on when nobody waits for it any more. Raises: PlaygroundError, also when any image
    fails; its hint then says how many were stored.
    """
    call = await read(studio, asked)
    job = await studio.submit(
        call.requests,
        owner=owner,
        anew=fresh,
        token=token,
        seeds_drawn=call.seeds_drawn,
        chosen=call.chosen,
        typed=call.typed,
    )
    return await landed(job)


async def landed(job: Job) -> list[ImageRecord]:
    """Return a job's images once all have landed. Raises: PlaygroundError as `generate`."""
    runs = await job.wait()
    errors = [run.error for run in runs if run.error is not None]
    stored = [run.record for run in runs if run.record is not None]
    if not errors and len(stored) < len(runs):  # an earlier job, by its token
        raise InvalidInput(
            msg("This was generated before, and its images were deleted since."),
            msg("Take another token to have them made again."),
            field="token",
        )
    if not errors:
        return stored
    # What failed, rather than what was not sent because of that; first of all what may be paid.
    failed = min(errors, key=lambda error: (isinstance(error, Stopped), not error.maybe_charged))
    told = copy.copy(failed)
    if stored:
        kept = msg_n(
            "1 of {total} images were stored.",
            "{n} of {total} images were stored.",
            len(stored),
            total=len(runs),
        )
        told.hint = joined(failed.hint, kept)
    raise told from failed


def draws_seeds(raw: Mapping[str, object]) -> bool:
    """Whether the raw values leave the seed open."""
    seed = raw.get("seed")
    return seed is None or (isinstance(seed, str) and not seed.strip())
