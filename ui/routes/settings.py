"""Health and readiness, and setting up in the page: status, test and save.

The key comes in here and never goes out. These are our own routes, not Gradio events: nothing of a
form is kept in Gradio's sessions.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from backend import __version__
from backend.errors import PlaygroundError
from backend.providers.base import Tier
from backend.said import msg
from backend.settings.change import SettingsChange, shown
from backend.studio import Studio
from ui.door.login import SESSION
from ui.language.chosen import tell
from ui.present import words
from ui.present.words import number
from ui.routes.answers import REFUSED, JsonBody, json_answer, refused, takes
from ui.routes.models import asked, state
from ui.routes.schema import new_router

_FIELDS = tuple(field.name for field in fields(SettingsChange))
_TEXT_MAX_CHARS = 100_000


def _texts(body: JsonBody) -> dict[str, str]:
    """Return what the body holds of the panel's fields."""
    return {
        name: value[:_TEXT_MAX_CHARS]
        for name, value in body.items()
        if name in _FIELDS and isinstance(value, str)
    }


Texts = Annotated[dict[str, str], Depends(_texts)]


def settings_routes(studio: Studio) -> APIRouter:
    """Return the routes of the program's health, the header's state and the settings panel."""
    own, router = _Setup(studio), new_router("Program")
    router.get(
        "/healthz",
        summary="Health",
        response_model=state.Health,
        responses={503: {"model": state.Starting, "description": "It cannot generate yet"}},
    )(own.health)
    router.get(
        "/readyz",
        summary="Readiness",
        response_model=state.Ready,
        responses={503: {"model": state.NotReady, "description": "Send it no visitors yet"}},
    )(own.readiness)
    router.get("/api/status", summary="Status", response_model=state.Status)(own.status)
    router.get("/api/credits", summary="Credits", response_model=state.Credits)(own.credits)
    router.get("/api/setup", summary="The settings", response_model=state.Setup)(own.show)
    router.post(
        "/api/setup",
        summary="Change the settings",
        response_model=state.Setup,
        responses=REFUSED,
        openapi_extra=takes(asked.SetupChange, required=False),
    )(own.save)
    router.post(
        "/api/setup/remove-key",
        summary="Remove the saved key",
        response_model=state.Setup,
        responses=REFUSED,
    )(own.remove_key)
    router.post(
        "/api/setup/read",
        summary="Read a pasted text",
        response_model=state.Pasted,
        openapi_extra=takes(asked.Paste, required=False),
    )(own.read)
    router.post(
        "/api/setup/test",
        summary="Test the settings",
        response_model=state.Tested,
        responses=REFUSED,
        openapi_extra=takes(asked.SetupChange, required=False),
    )(own.test)
    return router


class _Setup:
    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    async def health(self) -> Response:
        """Say whether images can be made. It needs no login."""
        if not self.studio.ready:
            return JSONResponse({"status": "starting"}, 503)
        return JSONResponse(
            {"status": "ok", "provider": self.studio.account.mode, "version": __version__}
        )

    async def readiness(self) -> Response:
        """Say whether what it stands on answers, for whoever shares visitors out among several.

        It needs no login.
        """
        found = await self.studio.readiness.found()
        parts = {name: "ok" if there else "down" for name, there in found.items()}
        ok = self.studio.ready and all(found.values())
        return JSONResponse({"status": "ok" if ok else "down", **parts}, 200 if ok else 503)

    async def status(self, request: Request) -> Response:
        """Return what the header shows: where images come from, and what the start put right."""
        return json_answer(
            {
                "login": SESSION in request.scope,
                "offline": self.studio.account.offline,
                "mode": tell(
                    words.mode_text(self.studio.account.mode, self.studio.account.api_url)
                ),
                "notices": [
                    tell(notice) for notice in (*self.studio.notices, self._missing()) if notice
                ],
            }
        )

    def _missing(self) -> str | None:
        """Return what keeps a key from being used; without one the header's own notice says all."""
        settings = self.studio.account.settings
        return settings.missing if settings.api_key else None

    async def credits(self) -> Response:
        """Return what the account holds, as the platform says it, and what was sent today."""
        account = self.studio.account
        usage = await self.studio.jobs.usage(account.limits)
        return json_answer(
            {
                "balance_usd": None if account.offline else number(await account.balance()),
                "requests_today": usage.requests_today,
                "dollars_today": number(usage.dollars_today),
            }
        )

    async def show(self) -> Response:
        """Return the settings and what is used of the limits. The key is never told."""
        account, settings = self.studio.account, self.studio.account.settings
        return json_answer(
            {
                **shown(settings),
                "offline": account.offline,
                "shared": account.shared,
                "tiers": [tier_json(*tier) for tier in settings.provider.platform.tiers.items()],
                "used": tell(
                    words.usage_text(await self.studio.jobs.usage(account.limits), settings.limits)
                ),
                "in_force": tell(words.in_force_text(account.api_url, account.limits)),
            }
        )

    async def read(self, texts: Texts) -> Response:
        """Say what a pasted text holds: the URL, and whether there is a key in it."""
        found = self.studio.account.read_pasted(texts.get("pasted", ""))
        return json_answer(
            {
                "api_url": found.api_url,
                "has_key": found.api_key is not None,
                "key": None if found.api_key is None else words.masked(found.api_key),
                "text": tell(words.pasted_text(found)),
            }
        )

    async def test(self, texts: Texts) -> Response:
        """Ask the platform for models and balance with what the panel holds; free of charge."""
        try:
            models, balance = await self.studio.account.test(SettingsChange(**texts))
        except PlaygroundError as error:
            return refused(error)
        name = self.studio.account.settings.provider.platform.name
        known = self.studio.account.models_of(name)
        return json_answer({"text": tell(words.tested_text(models, balance, known))})

    async def save(self, texts: Texts) -> Response:
        """Keep the settings in the .env file and go on with them."""
        try:
            await self.studio.account.change(SettingsChange(**texts))
        except PlaygroundError as error:
            return refused(error)
        return await self.show()

    async def remove_key(self) -> Response:
        """Take the key out of the .env file and go on without it: with the sample engine."""
        try:
            await self.studio.account.remove_key()
        except PlaygroundError as error:
            return refused(error)
        return await self.show()


def tier_json(name: str, tier: Tier) -> dict[str, Any]:
    """Return a tier with the limits it gives, as the panel's choices show them."""
    day, limits = (
        tier.requests_per_day,
        {
            "tier": name.replace("-", " ").capitalize(),
            "minute": tier.requests_per_minute,
        },
    )
    label = msg("{tier}: {minute} a minute, no limit a day", **limits)
    if day is not None:
        label = msg("{tier}: {minute} a minute, {day} a day", day=day, **limits)
    return {"name": name, "label": tell(label)}
