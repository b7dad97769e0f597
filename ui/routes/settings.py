"""Setting up in the page: status, test and save. The key comes in here and never goes out.

These are our own routes, not Gradio events: nothing of a form is kept in Gradio's sessions.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.errors import PlaygroundError
from backend.settings.change import SettingsChange, read_pasted, shown
from backend.settings.load import TIERS
from ui.present import words
from ui.routes.answers import json_answer, json_body, refused

_FIELDS = tuple(field.name for field in fields(SettingsChange))
_TEXT_MAX_CHARS = 100_000


def settings_routes(studio: Any) -> list[Route]:
    """Return the routes of the settings panel and of the header's state."""
    own = _Setup(studio)
    return [
        Route("/api/status", own.status),
        Route("/api/setup", own.show),
        Route("/api/setup", own.save, methods=["POST"]),
        Route("/api/setup/read", own.read, methods=["POST"]),
        Route("/api/setup/test", own.test, methods=["POST"]),
    ]


class _Setup:
    def __init__(self, studio: Any) -> None:
        self.studio = studio

    async def status(self, request: Request) -> Response:
        """Return what the header shows: where images come from, and what the start put right."""
        return json_answer(
            {
                "offline": self.studio.provider == "offline",
                "mode": words.mode_text(self.studio.provider, self.studio.api_url),
                "notices": [*self.studio.notices, *filter(None, [self.studio.settings.missing])],
            }
        )

    async def show(self, request: Request) -> Response:
        settings = self.studio.settings
        return json_answer(
            {
                **shown(settings),
                "offline": self.studio.provider == "offline",
                "tiers": [tier_json(name) for name in TIERS],
                "used": words.usage_text(await self.studio.usage(), settings.limits),
            }
        )

    async def read(self, request: Request) -> Response:
        """Say what a pasted text holds: the URL, and whether there is a key in it."""
        text = (await _body(request)).get("pasted", "")
        found = read_pasted(text)
        return json_answer({"api_url": found.api_url, "has_key": found.api_key is not None})

    async def test(self, request: Request) -> Response:
        """Ask the platform for models and balance with what the panel holds; free of charge."""
        try:
            models, balance = await self.studio.test_setup(_change(await _body(request)))
        except PlaygroundError as error:
            return refused(error)
        noun = "image model" if models == 1 else "image models"
        return json_answer(
            {"text": f"It works: {models} {noun}, and a balance of {words.dollars(balance)}."}
        )

    async def save(self, request: Request) -> Response:
        try:
            await self.studio.change_settings(_change(await _body(request)))
        except PlaygroundError as error:
            return refused(error)
        return await self.show(request)


def tier_json(name: str) -> dict[str, Any]:
    """Return a tier with the limits it gives, as the panel's choices show them."""
    minute, day = TIERS[name]
    per_day = "no limit a day" if day is None else f"{day:,} a day"
    label = name.replace("-", " ").capitalize()
    return {"name": name, "label": f"{label}: {minute:,} a minute, {per_day}"}


async def _body(request: Request) -> dict[str, str]:
    return {
        name: value[:_TEXT_MAX_CHARS]
        for name, value in (await json_body(request)).items()
        if name in _FIELDS and isinstance(value, str)
    }


def _change(body: dict[str, str]) -> SettingsChange:
    return SettingsChange(**body)
