"""Starting the real program: what is wrong is one sentence and a non-zero exit."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

from backend import __version__

pytestmark = pytest.mark.wide

ROOT = Path(__file__).parents[2]


@contextmanager
def start(
    *options: str, before: Callable[[], None] | None = None, **environ: str
) -> Iterator[subprocess.Popen[str]]:
    """Start the program; a test that fails does not wait for its end."""
    with subprocess.Popen(
        [sys.executable, str(ROOT / "app.py"), "--no-browser", *options],
        env=os.environ | environ,
        preexec_fn=before,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def refused(*options: str, **environ: str) -> str:
    with start(*options, **environ) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode not in (0, None)
    assert "Traceback" not in out + err
    assert err.strip().count("\n") == 0, err
    return err.strip()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--port", "99999"], "Choose a number from 1 to 65535"),
        (["--colour", "blue"], "--colour blue"),
        (["--provider", "openai"], "openai"),
        (["--env-file", "nowhere"], "nowhere"),
        (["--provider", "sentry_block"], "SENTRY_BLOCK_API_URL"),
    ],
)
def test_a_bad_option_is_one_sentence(options: list[str], said: str) -> None:
    assert said in refused(*options)


def test_a_taken_port_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = refused("--port", str(taken.getsockname()[1]))
    assert "cannot be used" in said and "--port" in said


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = refused("--port", "0", "--data-dir", str(tmp_path / "file" / "data"))
    assert "cannot be written" in said and "--data-dir" in said


def test_a_broken_catalogue_names_file_table_and_key(tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_text("[[model]]\nid = 'x'\n[model.params]\nprompt = {}\n")
    said = refused("--port", "0", "--data-dir", str(tmp_path))
    assert str(tmp_path / "models.toml") in said and 'model "x"' in said and '"label"' in said


def test_a_key_that_cannot_be_one_is_refused_without_showing_it(tmp_path: Path) -> None:
    said = refused(
        "--port",
        "0",
        "--data-dir",
        str(tmp_path),
        SENTRY_BLOCK_API_URL="https://api.example/v1",
        SENTRY_BLOCK_API_KEY="ak_“hidden”",
    )
    assert "key" in said.lower() and "hidden" not in said


def test_a_plain_http_address_elsewhere_is_refused(tmp_path: Path) -> None:
    said = refused(
        "--port",
        "0",
        "--data-dir",
        str(tmp_path),
        SENTRY_BLOCK_API_URL="http://api.example/v1",
        SENTRY_BLOCK_API_KEY="ak_test",
    )
    assert "https" in said


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to a child on Windows")
def test_it_starts_says_where_answers_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    with start("--port", "0", "--data-dir", str(tmp_path)) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "sample engine" in line
        url = line.split()[4]
        health = None
        for _ in range(200):
            try:
                with urlopen(f"{url}healthz") as answer:
                    health = json.loads(answer.read())
                break
            except URLError:
                time.sleep(0.05)
        assert health == {"status": "ok", "provider": "offline", "version": __version__}

        second = refused("--port", "0", "--data-dir", str(tmp_path))
        assert "in use by another playground" in second

        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode in (0, 130, -signal.SIGINT) and "Traceback" not in out + err


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGHUP on Windows")
def test_a_terminal_that_is_closed_ends_it_in_order(tmp_path: Path) -> None:
    with start("--port", "0", "--data-dir", str(tmp_path)) as process:
        assert process.stdout is not None and process.stdout.readline()
        assert (tmp_path / ".running").exists()
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=20)
    assert not (tmp_path / ".running").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGHUP on Windows")
def test_nohup_keeps_it_running(tmp_path: Path) -> None:
    def ignoring() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    with start("--port", "0", "--data-dir", str(tmp_path), before=ignoring) as process:
        assert process.stdout is not None and process.stdout.readline()
        process.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=3)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def test_a_short_password_is_refused_without_showing_it(tmp_path: Path) -> None:
    said = refused("--port", "0", "--data-dir", str(tmp_path), "--auth", "me:hunter2")
    assert "12" in said and "hunter2" not in said


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to a child on Windows")
def test_listening_to_the_network_makes_a_password_and_lets_nobody_in_without(
    tmp_path: Path,
) -> None:
    options = ["--host", "0.0.0.0", "--port", "0", "--data-dir", str(tmp_path)]
    with start(*options) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        url = lines[0].split()[4]
        password = lines[2].split("password ")[1].split()[0]
        assert len(password) >= 16
        with pytest.raises(HTTPError) as caught:
            urlopen(f"{url}api/images")
        assert caught.value.code == 401
        caught.value.close()
        login = base64.b64encode(f"playground:{password}".encode()).decode()
        with urlopen(
            Request(f"{url}api/images", headers={"Authorization": f"Basic {login}"})
        ) as ok:
            assert json.loads(ok.read())["total"] == 0
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def test_what_a_start_made_is_no_longer_looked_through_for_garbage(tmp_path: Path) -> None:
    code = f"""
import gc, uvicorn, app
from backend.settings.load import load_settings
async def main_loop(self):
    print(gc.isenabled(), gc.get_freeze_count() > 100_000, len(gc.get_objects()) < 50_000)
uvicorn.Server.main_loop = main_loop
settings = load_settings({{"data_dir": r"{tmp_path}"}})
app.serve(settings, app.listen("127.0.0.1", 0), None, open_browser=False)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip().endswith("True True True"), done.stdout + done.stderr
