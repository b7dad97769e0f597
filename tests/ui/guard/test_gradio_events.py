"""What of an event reaches Gradio: sound ones, for functions that there are, without files."""

from __future__ import annotations

import io
import json
import os
import stat
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

import ui  # noqa: F401  # before gradio
from ui.gradio_private import SESSIONS_MAX, private_folder

HASH = "s1"
JSON = {"Content-Type": "application/json"}
FILE = {"path": "/etc/hostname", "meta": {"_type": "gradio.FileData"}}


def demo_of(app: Starlette) -> Any:
    (mount,) = [route for route in app.routes if isinstance(route, Mount)]
    return mount.app.app.get_blocks()


def called(app: Starlette) -> Iterator[tuple[int, str, int]]:
    """Yield (index, name, number of values) of all functions that the server has."""
    for index, function in demo_of(app).fns.items():
        if function.fn is not None:
            yield index, function.api_name, len(function.inputs)


def copies(app: Starlette) -> list[Path]:
    folder = Path(os.environ["GRADIO_TEMP_DIR"])
    return [path for path in folder.rglob("*") if path.is_file()]


def test_no_event_takes_a_file_by_any_way(client: TestClient, app: Starlette) -> None:
    found = list(called(app))
    assert len(found) > 8, "the walk no longer finds the page's events"
    for index, name, many in found:
        by_name = [f"/gradio_api/{way}/{name}" for way in ("run", "call")]
        for path in (*by_name, "/gradio_api/run/x", "/gradio_api/queue/join"):
            for data in ([FILE] * many, [[FILE]] * many, [{"deep": [FILE]}] * many):
                body = {"data": data, "fn_index": index, "session_hash": HASH, "event_data": FILE}
                answer = client.post(path, json=body)
                assert answer.status_code == 422, (path, name)
                assert "takes a file" in answer.json()["detail"]
    for path in ("/gradio_api/api/price", "/gradio_api/call/v2/price", "/api/price"):
        assert client.post(path, json={"data": [FILE, 1]}).status_code == 404
    assert copies(app) == []


def test_gradio_itself_would_refuse_the_file_too(client: TestClient, app: Starlette) -> None:
    demo = demo_of(app)
    assert demo.has_launched, "Gradio moves whatever file a value names"


@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        ("run/deal", b"\xff", 422),
        ("cancel", b"\xff", 422),
        ("reset", b"\xff", 422),
        ("queue/join", b'{"data": [NaN]}', 422),
        ("call/generate", b'{"data": ["\xed\xa0\x80"]}', 422),
        ("cancel", b"{}", 422),
        ("cancel", b'{"event_id": "x", "session_hash": "y"}', 422),
        ("reset", b'{"event_id": 5}', 422),
        ("reset", b"{}", 422),
        ("run/deal", b"{}", 422),
        ("run/deal", b'{"data": []}', 422),
        ("run/deal", b'{"data": ["a", 1, 2]}', 422),
        ("queue/join", b'{"data": []}', 422),
        ("queue/join", b'{"data": [], "session_hash": "s"}', 404),
        ("queue/join", b'{"data": [], "session_hash": "s", "fn_index": 99999}', 404),
        ("run/nowhere", b'{"data": []}', 404),
        ("call/nowhere", b'{"data": []}', 404),
        ("call/v2", b'{"data": []}', 404),
        ("run/x", b'{"data": [], "fn_index": 99999}', 404),
    ],
)
def test_a_senseless_event_is_a_sentence_and_no_traceback(
    client: TestClient, path: str, sent: bytes, status: int
) -> None:
    said = io.StringIO()
    with redirect_stderr(said):
        answer = client.post(f"/gradio_api/{path}", content=sent, headers=JSON)
    assert answer.status_code == status
    assert answer.json()["detail"]
    assert said.getvalue() == ""


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/queue/data?session_hash=nobody",
        "/gradio_api/queue/data",
        "/gradio_api/queue/data?session_hash=a&session_hash=b",
        "/gradio_api/call/generate/nothing",
    ],
)
def test_what_was_never_asked_cannot_be_followed(client: TestClient, path: str) -> None:
    said = io.StringIO()
    with redirect_stderr(said):
        answer = client.get(path)
    assert answer.status_code == 404 and said.getvalue() == ""


ODD: list[Any] = [
    None,
    True,
    -1,
    1.5,
    1e300,
    10**30,
    "\ud800",
    "\0",
    "9" * 50,
    [[1]],
    {"a": [1]},
    {"id": "0" * 32, "what": {"a": 1}, "model": [1], "index": [0], "run": {"x": 1}},
    {"origin": {"id": [1], "kind": {}}, "lists": [[1]]},
    '{"draft": {"model": [1]}, "id": {"a": 1}}',
    '{"id": "\\ud800"}',
    '{"recipe": [1]}',
]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: ascii(odd)[:30])
def test_values_of_a_wrong_kind_are_no_mistake_of_the_program(
    client: TestClient, app: Starlette, odd: Any
) -> None:
    for index, name, many in called(app):
        for about in (None, odd):
            said = io.StringIO()
            body = {"data": [odd] * many, "fn_index": index, "event_data": about}
            with redirect_stderr(said):
                answer = client.post("/gradio_api/run/x", content=json.dumps(body), headers=JSON)
            assert said.getvalue() == "", name
            assert answer.status_code in (200, 422) or name == "generate", name


def test_calls_that_each_are_a_session_do_not_fill_the_memory(
    client: TestClient, app: Starlette
) -> None:
    sessions = demo_of(app).state_holder.session_data
    for n in range(SESSIONS_MAX + 30):
        body = {"data": [], "session_hash": f"new{n}"}
        assert client.post("/gradio_api/run/account", json=body).status_code == 200
    assert len(sessions) <= SESSIONS_MAX


# --- Gradio's own folder ------------------------------------------------------------------------


def test_gradios_folder_is_private_and_empty_at_each_start(tmp_path: Path) -> None:
    folder = private_folder(tmp_path)
    assert folder.parent == tmp_path and stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert os.environ["GRADIO_TEMP_DIR"] == str(folder)
    (folder / "left").mkdir()
    (folder / "left" / "over").write_text("x")
    assert list(private_folder(tmp_path).iterdir()) == []


def test_an_open_folder_becomes_private(tmp_path: Path) -> None:
    (tmp_path / "gradio").mkdir(mode=0o755)
    assert stat.S_IMODE(private_folder(tmp_path).stat().st_mode) == 0o700


def test_what_a_link_leads_to_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "kept").write_text("x")
    (tmp_path / "gradio").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    folder = private_folder(tmp_path)
    assert not folder.is_symlink() and (tmp_path / "elsewhere" / "kept").exists()


def test_a_file_in_its_place_goes(tmp_path: Path) -> None:
    (tmp_path / "gradio").write_text("x")
    assert private_folder(tmp_path).is_dir()


def test_where_it_cannot_be_made_another_private_one_is(tmp_path: Path) -> None:
    (tmp_path / "no folder").write_text("x")
    folder = private_folder(tmp_path / "no folder")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.rmdir()
