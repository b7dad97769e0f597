"""Every test is alone: no key in its environment, a data folder of its own, sockets to loopback."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from backend.settings.load import ENV_FILE, NAMES
from tests import examples  # noqa: F401  # what Hypothesis goes by
from tests.canary.scan import pytest_sessionfinish  # noqa: F401  # a hook

_LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(autouse=True)
def _isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (*NAMES, "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(ENV_FILE, str(tmp_path / ".env"))  # never the one beside the program


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(_LOOPBACK):
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)
