"""The file of settings: what is meant for a setting counts, or is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.errors import SettingsError
from backend.settings.env_file import read_env
from backend.settings.load import NAMES, load_settings
from backend.settings.places import beside, of_user

KEY = "ak_test-0123456789"


def read(content: str | bytes) -> dict[str, str]:
    data = content.encode() if isinstance(content, str) else content
    Path(".env").write_bytes(data)
    return read_env(Path(".env"), NAMES)


@pytest.mark.parametrize(
    "written",
    [
        "PLAYGROUND_PORT=8000",
        "\ufeffPLAYGROUND_PORT=8000\r\n",
        "PLAYGROUND_PORT=1\rPLAYGROUND_PORT=8000\r",
        " export  PLAYGROUND_PORT = '8000'  # mine",
        'PLAYGROUND_PORT=" 8000 "',
    ],
)
def test_a_setting_counts_however_editors_and_shells_write_it(written: str) -> None:
    assert read(written) == {"PLAYGROUND_PORT": "8000"}


def test_the_last_line_of_a_setting_counts_also_where_it_is_empty() -> None:
    assert read("PLAYGROUND_PORT=8000\nPLAYGROUND_PORT=\n") == {}


@pytest.mark.parametrize(
    "written",
    [
        "PLAYGROUND_DOLLARS_PER_DAY: 5",
        "set PLAYGROUND_DOLLARS_PER_DAY=5",
        "$env:PLAYGROUND_DOLLARS_PER_DAY = '5'",
        "playground_dollars_per_day=5",
        'PLAYGROUND_DOLLARS_PER_DAY="5',
    ],
)
def test_a_limit_that_would_not_hold_is_named_with_its_line(written: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(f"# mine\n\nSENTRY_BLOCK_API_KEY={KEY}\n\n{written}\n")
    assert "Line 5 of the settings .env" in str(caught.value)
    assert "PLAYGROUND_DOLLARS_PER_DAY=value" in str(caught.value)


def test_what_cannot_be_understood_is_not_quoted() -> None:
    with pytest.raises(SettingsError) as caught:
        read(f'SENTRY_BLOCK_API_KEY="{KEY}\n')
    assert "Line 1 " in str(caught.value) and KEY not in str(caught.value)


def test_what_other_programs_write_there_is_none_of_ours() -> None:
    others = "some words\nOTHER: 1\nMY_PLAYGROUND_PORT: 1\nNEXT_PLAYGROUND_PORT=1\n"
    assert read(others + "PLAYGROUND_PORT=8000") == {"PLAYGROUND_PORT": "8000"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_file_that_is_no_plain_text_is_not_taken_for_an_empty_one(encoding: str) -> None:
    with pytest.raises(SettingsError, match="UTF-8"):
        read("PLAYGROUND_DOLLARS_PER_DAY=5\n".encode(encoding))


def test_an_empty_option_is_none() -> None:
    """`--host "$NOT_SET"` of a script opens no door, and puts no images where it is started."""
    options = {"host": "", "port": "", "data_dir": "", "allow_host": [""]}
    settings = load_settings(options, {"PLAYGROUND_PORT": "8000"}, places=beside(Path("there")))
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.data_dir == Path("there/data") and not settings.network.from_elsewhere


def test_blanks_around_what_the_environment_says_are_none_of_it() -> None:
    around = {"PLAYGROUND_PORT": "8000 ", "PLAYGROUND_HOST": " ", "PLAYGROUND_DATA_DIR": " "}
    settings = load_settings({}, around, places=beside(Path("there")))
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.data_dir == Path("there/data")


def test_without_a_home_it_is_said_what_to_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", nobody)
    with pytest.raises(SettingsError, match="Set HOME, or name"):
        load_settings({}, {}, places=of_user({}))
