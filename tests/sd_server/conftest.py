"""sd-server, started once for all tests of a worker that need it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sd_server.server import sd_server


@pytest.fixture(scope="session")
def sd_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a real Stable Diffusion server."""
    folder: Path = tmp_path_factory.mktemp("sd-server")
    running = sd_server(folder)
    try:
        url = running.__enter__()
    except LookupError as error:
        if os.environ.get("REQUIRE_SD_SERVER") == "1":
            pytest.fail(f"REQUIRE_SD_SERVER=1, but there is {error}")
        pytest.skip(str(error))
    try:
        yield url
    finally:
        running.__exit__(None, None, None)
