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
from backend.providers.base import Tier
from backend.settings.change import SettingsChange, shown
from backend.studio import Studio
from ui.present import words
from ui.routes.answers import json_answer, json_body, refused

_FIELDS = tuple(field.name for field in fields(SettingsChange))
_TEXT_MAX_CHARS = 100_000


def settings_routes(studio: Studio) -> list[Route]:
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
    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    async def status(self, request: Request) -> Response:
        """Return what the header shows: where images come from, and what the start put right."""
        return json_answer(
            {
                "offline": self.studio.account.offline,
                "mode": words.mode_text(self.studio.account.mode, self.studio.account.api_url),
                "notices": [
                    *self.studio.notices,
                    *filter(None, [self.studio.account.settings.missing]),
                ],
            }
        )

    async def show(self, request: Request) -> Response:
        settings = self.studio.account.settings
        return json_answer(
            {
                **shown(settings),
                "offline": self.studio.account.offline,
                "tiers": [tier_json(*tier) for tier in settings.provider.platform.tiers.items()],
                "used": words.usage_text(await self.studio.jobs.usage(), settings.limits),
            }
        )

    async def read(self, request: Request) -> Response:
        """Say what a pasted text holds: the URL, and whether there is a key in it."""
        text = (await _body(request)).get("pasted", "")
        found = self.studio.account.read_pasted(text)
        return json_answer({"api_url": found.api_url, "has_key": found.api_key is not None})

    async def test(self, request: Request) -> Response:
        """Ask the platform for models and balance with what the panel holds; free of charge."""
        try:
            models, balance = await self.studio.account.test(_change(await _body(request)))
        except PlaygroundError as error:
            return refused(error)
        noun = "image model" if models == 1 else "image models"
        return json_answer(
            {"text": f"It works: {models} {noun}, and a balance of {words.dollars(balance)}."}
        )

    async def save(self, request: Request) -> Response:
        try:
            await self.studio.account.change(_change(await _body(request)))
        except PlaygroundError as error:
            return refused(error)
        return await self.show(request)


def tier_json(name: str, tier: Tier) -> dict[str, Any]:
    """Return a tier with the limits it gives, as the panel's choices show them."""
    day = tier.requests_per_day
    per_day = "no limit a day" if day is None else f"{day:,} a day"
    label = name.replace("-", " ").capitalize()
    return {"name": name, "label": f"{label}: {tier.requests_per_minute:,} a minute, {per_day}"}


async def _body(request: Request) -> dict[str, str]:
    return {
        name: value[:_TEXT_MAX_CHARS]
        for name, value in (await json_body(request)).items()
        if name in _FIELDS and isinstance(value, str)
    }


def _change(body: dict[str, str]) -> SettingsChange:
    return SettingsChange(**body)
