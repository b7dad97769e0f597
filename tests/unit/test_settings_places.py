"""Where an installed program keeps what nobody named a folder for."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app import parse_arguments
from backend.settings import connections
from backend.settings.change import write_env
from backend.settings.load import load_settings
from backend.settings.places import BESIDE, of_user

ROOT = Path(__file__).resolve().parents[2]


def kept(environ: dict[str, str], system: str) -> tuple[str, str]:
    places = of_user(environ, system)
    return places.data.as_posix(), places.env_file.as_posix()


@pytest.mark.parametrize(
    ("system", "environ", "data", "settings"),
    [
        ("linux", {}, "~/.local/share/NAME", "~/.config/NAME/.env"),
        ("freebsd14", {}, "~/.local/share/NAME", "~/.config/NAME/.env"),
        ("linux", {"XDG_DATA_HOME": "/d"}, "/d/NAME", "~/.config/NAME/.env"),
        ("linux", {"XDG_CONFIG_HOME": "/c"}, "~/.local/share/NAME", "/c/NAME/.env"),
        ("linux", {"XDG_DATA_HOME": "d", "XDG_CONFIG_HOME": ""}, *kept({}, "linux")),
        (
            *("darwin", {"XDG_DATA_HOME": "/d"}),
            *(f"~/Library/Application Support/NAME/{name}" for name in ("data", ".env")),
        ),
        ("win32", {"LOCALAPPDATA": "/l"}, "/l/NAME/data", "/l/NAME/.env"),
        ("win32", {}, "~/AppData/Local/NAME/data", "~/AppData/Local/NAME/.env"),
    ],
)
def test_an_installed_program_keeps_things_where_the_system_has_them(
    system: str, environ: dict[str, str], data: str, settings: str
) -> None:
    named = (text.replace("NAME", "sentry-block-playground") for text in (data, settings))
    assert kept(environ, system) == tuple(named)


def test_a_checkout_keeps_things_beside_itself() -> None:
    settings = load_settings({}, {"HOME": "/nobody"})
    assert (settings.data_dir, settings.env_file) == (ROOT / "data", ROOT / ".env")
    assert BESIDE.command == "python app.py"


def test_the_package_s_name_starts_a_checkout_as_it_is() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sentry_block_playground", "verify", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.startswith("usage: python app.py verify"), done.stderr
    assert "beside this program" in done.stdout


def test_folders_that_are_named_count_for_an_installed_program_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    places = of_user({}, "linux")
    settings = load_settings({}, {}, places=places)
    assert settings.data_dir == tmp_path / ".local/share/sentry-block-playground"
    assert settings.env_file == tmp_path / ".config/sentry-block-playground/.env"
    write_env(settings.env_file, {"PLAYGROUND_DATA_DIR": "mine"})
    settings = load_settings({}, {}, places=places)
    assert settings.data_dir == tmp_path / ".config/sentry-block-playground/mine"
    environ = {"PLAYGROUND_DATA_DIR": "/d", "PLAYGROUND_ENV_FILE": "/c"}
    settings = load_settings({}, environ, places=places)
    assert (settings.data_dir, settings.env_file) == (Path("/d"), Path("/c"))
    assert load_settings({"data_dir": "/a"}, environ, places=places).data_dir == Path("/a")


def test_the_folder_of_the_settings_is_made_with_the_first_of_them_for_its_owner_alone(
    tmp_path: Path,
) -> None:
    for name in ("a", "b"):
        file = tmp_path / name / "playground" / ".env"
        if name == "a":
            write_env(file, {"PLAYGROUND_PORT": "7861"})
        else:
            connections.write(connections.file_beside(file), [])
        (written,) = file.parent.iterdir()
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (file.parent, written)]
        assert modes == [0o700, 0o600]


@pytest.mark.parametrize("command", [[], ["verify"]])
def test_the_help_of_an_installed_program_is_its_own(
    command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit):
        parse_arguments([*command, "--help"], of_user({"XDG_DATA_HOME": "/100% mine"}, "linux"))
    told = capsys.readouterr().out
    assert told.startswith(" ".join(["usage: sentry-block-playground", *command]))
    assert "(default: /100% mine/sentry-block-playground)" in told
    assert "(default: ~/.config/sentry-block-playground/.env)" in told
    assert "app.py" not in told
