"""What every route answers where something else fails."""

from __future__ import annotations

import sqlite3

import sqlalchemy as sa
from starlette.testclient import TestClient

from ui.routes.schema import DescribedApp


def test_a_database_that_fails_is_a_sentence_and_no_traceback() -> None:
    app = DescribedApp()

    @app.get("/broken")
    async def broken() -> None:
        raise sa.exc.DatabaseError("SELECT a prompt", {"p": "a secret cat"}, sqlite3.Error("bad"))

    with TestClient(app) as client:
        answer = client.get("/broken")
    assert answer.status_code == 503 and "cat" not in answer.text
    assert answer.json()["error"]["message"] == "The database cannot be read just now."
