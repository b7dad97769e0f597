"""The pages of the login and the door's refusals, in the language of whoever asks."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from tests.marked import ASKED, can_be_asked_for
from tests.ui.login.visitors import OPENED_BY_A_PERSON, RIGHT, log_in

PROGRAM = {"Accept": "application/json"} | ASKED


@pytest.fixture(autouse=True)
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    can_be_asked_for(monkeypatch)


def untold(page: str) -> list[str]:
    """Return the texts of a page that stand between no marks, but for the product's name."""
    body = re.sub(r"(?s)<style>.*?</style>|<header.*?</header>", "", page)
    texts = [text.strip() for text in re.sub(r"<[^>]*>", "\n", body).splitlines()]
    return [text for text in texts if text and not re.match(r"«[^«]+»", text)]


@pytest.mark.parametrize("path", ["/login", "/logout"])
def test_all_of_a_page_is_told_in_the_visitor_s_language(client: TestClient, path: str) -> None:
    page = client.get(path, headers=OPENED_BY_A_PERSON | ASKED).text
    assert '<html lang="x-marked" dir="rtl">' in page
    assert "<h1>«Log" in page and untold(page) == []


def test_a_wrong_password_is_told_in_the_visitor_s_language(client: TestClient) -> None:
    client.headers.update(ASKED)
    try:
        pages = [log_in(client, "wrong").text for _ in range(6)]
    finally:
        del client.headers["Accept-Language"]
    assert "«That user name or password is not right.»" in pages[0] and untold(pages[0]) == []
    assert "right.» «After many wrong ones" in pages[-1] and untold(pages[-1]) == []


def test_refusals_of_the_door_are_told_in_the_language_of_who_is_refused(
    client: TestClient,
) -> None:
    refused = [
        client.get("/api/images", headers=PROGRAM),
        client.get("/api/images", headers=PROGRAM | {"Host": "evil.example"}),
        client.get("/api/images", headers=PROGRAM | {"Sec-Fetch-Site": "cross-site"}),
        client.put("/api/images", headers=PROGRAM),
    ]
    inside = (RIGHT.user, RIGHT.password)
    refused.append(client.get("/file=/etc/passwd", headers=PROGRAM, auth=inside))
    event = {"data": [{"path": "/etc/passwd"}], "fn_index": 0}
    url = "/gradio_api/run/predict"
    refused.append(client.post(url, json=event, headers=PROGRAM, auth=inside))
    refused.append(client.post(url, content=b"{", headers=PROGRAM, auth=inside))
    assert [answer.status_code for answer in refused] == [401, 421, 403, 405, 404, 422, 422]
    assert [answer.text for answer in refused if not answer.json()["detail"].startswith("«")] == []
