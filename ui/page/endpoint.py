"""The documented endpoint `/generate` for other programs: waits for its images, or raises."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import gradio as gr

from backend.calls import generate as studio_generate
from backend.errors import PlaygroundError
from backend.said import joined
from backend.studio import Studio
from ui.door.press import read_token
from ui.gradio_private import request_of_call
from ui.language.chosen import answering, tell
from ui.present.place import below
from ui.present.records import record_json


def generate_endpoint(studio: Studio) -> Callable[..., Awaitable[list[dict[str, Any]]]]:
    """Return the function behind the endpoint; its signature is the contract."""

    async def generate(
        model: str,
        prompt: str,
        negative_prompt: str | None = "",
        width: int | None = None,
        height: int | None = None,
        num_steps: int | None = None,
        guidance_scale: float | None = None,
        seed: int | None = None,
        count: int = 1,
        token: str | None = None,
        fresh: bool = False,
        styles: list[str] | None = None,
    ) -> list[dict[str, Any]]:
        """Generate `count` images (1 to 8) and return their records once all have landed.

        `model` is a model's id; its label does too. What is None takes the model's default, a seed
        is drawn; what the model lacks is left out and null in the record. When any image fails
        this is an error with the page's own sentence: it also says how many were stored, and
        those are in the gallery. `token` is 32 hex digits of your making: the same ones are one
        job, paid once, however often they are sent. `fresh` makes an image anew, at the usual
        price, even where the answer is on disk. `styles` names those that are put on the prompt.
        """
        asked = {
            "model": model,
            "prompt": prompt,
            "negative_prompt": negative_prompt,
            "width": width,
            "height": height,
            "num_steps": num_steps,
            "guidance_scale": guidance_scale,
            "seed": seed,
            "count": count,
            "styles": styles,
        }
        asked_by = request_of_call()
        try:
            known = None if token is None else read_token(token)
            found = await studio_generate(studio, asked, token=known, fresh=fresh is True)
        except PlaygroundError as error:
            with answering(asked_by):
                sentence = tell(joined(error.message, error.hint))
            raise gr.Error(sentence, print_exception=False) from error
        with below("" if asked_by is None else asked_by.scope.get("root_path", "")):
            return [record_json(record) for record in found]

    return generate
