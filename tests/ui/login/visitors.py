"""Who logs in, and how."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.testclient import TestClient

import ui  # noqa: F401  # before gradio
from ui.door.credentials import Credentials
from ui.door.login import LoginGate

BASE = "http://127.0.0.1:7860"
RIGHT = Credentials("ada", "correct horse: battery")
OPENED_BY_A_PERSON = {"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Mode": "navigate"}


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def find_gate(app: Starlette) -> LoginGate:
    layer: Any = app.middleware_stack
    while not isinstance(layer, LoginGate):
        layer = layer.app
    return layer


def log_in(client: TestClient, password: str = RIGHT.password, **more: str) -> Any:
    form = {"user": RIGHT.user, "password": password} | more
    return client.post("/login", data=form, headers=OPENED_BY_A_PERSON)
