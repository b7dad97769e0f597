"""The playground that a command asks: of this process, or the running one that has the folder.

Both are asked over the same interface, the one that is described at /docs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from backend.errors import FolderInUse, InvalidInput, LookupFailed, PlaygroundError, SettingsError
from backend.settings.load import Settings
from backend.storage.address import address_of
from backend.studio import Studio
from backend.wire.playground import Answered, PlaygroundClient
from ui.routes.experiment_exports import experiment_export_routes
from ui.routes.experiments import experiment_routes
from ui.routes.files import file_routes
from ui.routes.generate import generate_routes
from ui.routes.schema import DescribedApp
from ui.routes.settings import settings_routes

_PARTS = (
    experiment_routes,
    experiment_export_routes,
    file_routes,
    generate_routes,
    settings_routes,
)

Json = dict[str, Any]


class Playground:
    """Asks one playground. `running`: it is another program, which goes on without this one.

    `provider` is who makes its images, `engine` the same in words, `notices` are its own.
    """

    def __init__(self, client: PlaygroundClient, *, running: bool) -> None:
        self._client, self.running = client, running
        self.provider = self.engine = ""
        self.notices: list[str] = []

    @property
    def url(self) -> str:
        return self._client.url

    async def meet(self) -> None:
        """Learn who makes its images. Raises: PlaygroundError."""
        self.provider = (await self.ask("GET", "/healthz"))["provider"]
        status = await self.ask("GET", "/api/status")
        self.engine, self.notices = status["mode"], status["notices"]

    async def ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Return the answer's JSON. Raises: PlaygroundError, in the playground's own words."""
        answered = await self._client.ask(method, path, body)
        if not answered.ok:
            raise self._refusal(answered)
        return answered.json

    async def save(self, path: str, target: Path) -> None:
        """Keep a file of the playground's. Raises: as `ask`; OSError."""
        answered = await self._client.save(path, target)
        if not answered.ok:
            raise self._refusal(answered)

    async def names(self) -> set[str]:
        """Return all that a model takes, of whatever model."""
        models = await self.ask("GET", "/api/models")
        return {parameter["name"] for model in models for parameter in model["parameters"]}

    def _refusal(self, answered: Answered) -> PlaygroundError:
        told = answered.json if isinstance(answered.json, dict) else {}
        if isinstance(error := told.get("error"), dict):
            return InvalidInput(error["message"], error["hint"], field=error["field"])
        if answered.status in (401, 429):
            return SettingsError(
                f"The playground at {self.url} asks for its login ({told.get('detail')}).",
                "Set PLAYGROUND_AUTH=USER:PASSWORD to the login that it was started with.",
            )
        said = told.get("detail") or f"it answered {answered.status}"
        return LookupFailed(f"The playground at {self.url} could not be asked: {said}")


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Playground]:
    """Open the data folder, or find the playground that has it.

    Here nothing goes on that was under way before. Raises: PlaygroundError.
    """
    try:
        studio = Studio(settings, goes_on=False)
    except FolderInUse as error:
        client = PlaygroundClient(_running(settings, error), settings.auth)
        try:
            playground = Playground(client, running=True)
            await playground.meet()
            _refuse_another(playground, settings)
            yield playground
        finally:
            await client.close()
        return
    async with studio:
        await studio.account.asked()  # else prices are those of the catalogue
        app = DescribedApp(routes=[route for part in _PARTS for route in part(studio).routes])
        client = PlaygroundClient("http://127.0.0.1", app=app)
        playground = Playground(client, running=False)
        await playground.meet()
        yield playground


def _running(settings: Settings, error: FolderInUse) -> str:
    """Return the address of the playground that has the folder. Raises: SettingsError."""
    root = settings.data_dir
    url, elsewhere = address_of(root)
    if elsewhere:
        raise SettingsError(
            f"A playground on the computer {elsewhere} has the data folder {root}.",
            "Run this there, or end that one first.",
        ) from error
    if not url:
        raise FolderInUse(
            f"Another program has the data folder {root}, and gives no address to hand this to.",
            "It is starting, or it is another command: wait for it, then run this again.",
        ) from error
    return url


def _refuse_another(playground: Playground, settings: Settings) -> None:
    """Refuse to have others make the images than were asked for. Raises: SettingsError."""
    if settings.mode in ("auto", playground.provider):
        return
    raise SettingsError(
        f"The playground at {playground.url} makes images by {playground.provider},"
        f" not by {settings.mode}.",
        "End that one first, or leave --provider and PLAYGROUND_PROVIDER out.",
    )
