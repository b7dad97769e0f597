"""Settings: who wins, what is refused, and that the key does not show."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backend.errors import SettingsError
from backend.settings.load import NAMES, Settings, load_settings
from backend.settings.places import beside
from backend.types import Limits

KEY = "ak_test-0123456789"
URL = "https://api.example/api/v1"


def load(environ: dict[str, str] | None = None, **arguments: Any) -> Settings:
    return load_settings(arguments, environ or {}, places=beside(Path.cwd()))


def env_file(text: str) -> Path:
    path = Path(".env")
    path.write_text(text, encoding="utf-8")
    return path


def test_with_nothing_set_it_is_offline_on_loopback() -> None:
    settings = load()
    assert not settings.on_platform
    assert (settings.host, settings.port, settings.api_url) == ("127.0.0.1", 7860, None)


def test_url_and_key_together_mean_the_platform() -> None:
    env_file(f"SENTRY_BLOCK_API_URL={URL}\nSENTRY_BLOCK_API_KEY='{KEY}'\n")
    settings = load()
    assert settings.on_platform and settings.api_key == KEY and settings.missing is None


@pytest.mark.parametrize("name", ["SENTRY_BLOCK_API_URL", "SENTRY_BLOCK_API_KEY"])
def test_one_without_the_other_stays_offline_and_says_what_lacks(name: str) -> None:
    settings = load({name: URL if "URL" in name else KEY})
    assert not settings.on_platform
    assert settings.missing and KEY not in settings.missing
    assert all(n in settings.missing for n in ("SENTRY_BLOCK_API_URL", "SENTRY_BLOCK_API_KEY"))


def test_arguments_win_over_the_environment_and_that_over_the_file() -> None:
    env_file("PLAYGROUND_PORT=1111\nPLAYGROUND_HOST=127.0.0.2\nPLAYGROUND_PROVIDER=offline\n")
    settings = load({"PLAYGROUND_PORT": "2222", "PLAYGROUND_HOST": "127.0.0.3"}, port="3333")
    assert (settings.port, settings.host, settings.mode) == (3333, "127.0.0.3", "offline")


def test_only_our_own_names_are_taken_from_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELSEWHERE", "secret")
    env_file("GRADIO_SHARE=True\nSENTRY_BLOCK_API_URL=https://${ELSEWHERE}/\n")
    assert load().api_url == "https://${ELSEWHERE}/"


def test_the_key_is_not_in_the_repr() -> None:
    assert KEY not in repr(load({"SENTRY_BLOCK_API_URL": URL, "SENTRY_BLOCK_API_KEY": KEY}))


@pytest.mark.parametrize(
    ("environ", "limits"),
    [
        ({}, Limits(54, 180, None)),
        ({"SENTRY_BLOCK_TIER": "expert-1"}, Limits(1350, None, None)),
        ({"PLAYGROUND_REQUESTS_PER_MINUTE": "7"}, Limits(7, 180, None)),
        ({"PLAYGROUND_EXPERIMENT_SENDS": "32"}, Limits(54, 180, None, 32)),
        ({"PLAYGROUND_REQUESTS_PER_DAY": "0"}, Limits(54, None, None)),
        ({"PLAYGROUND_DOLLARS_PER_DAY": "2.50"}, Limits(54, 180, Decimal("2.50"))),
    ],
)
def test_the_tier_sets_the_limits_and_own_ones_replace_them(
    environ: dict[str, str], limits: Limits
) -> None:
    assert load(environ).limits == limits


@pytest.mark.parametrize(
    ("environ", "arguments"),
    [
        ({"PLAYGROUND_PORT": "http"}, {}),
        ({}, {"port": "70000"}),
        ({}, {"port": "-1"}),
        ({"PLAYGROUND_PROVIDER": "openai"}, {}),
        ({"SENTRY_BLOCK_TIER": "gold"}, {}),
        ({"PLAYGROUND_REQUESTS_PER_DAY": "1.5"}, {}),
        ({"PLAYGROUND_DOLLARS_PER_DAY": "NaN"}, {}),
        ({"PLAYGROUND_DOLLARS_PER_DAY": "-1"}, {}),
        ({"SENTRY_BLOCK_API_KEY": KEY}, {"provider": "sentry_block"}),
        ({}, {"env_file": "nowhere.env"}),
    ],
)
def test_what_cannot_be_used_is_one_sentence_without_the_key(
    environ: dict[str, str], arguments: dict[str, Any]
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(environ, **arguments)
    said = str(caught.value)
    assert "\n" not in said and said.endswith(".") and KEY not in said


@pytest.mark.parametrize("name", ["FAL_API_KEY", "A1111_API_URL", "REPLICATE_API_KEY"])
def test_what_other_programs_set_for_other_platforms_changes_nothing(name: str) -> None:
    assert load({name: KEY}) == load({}) and name not in NAMES


def test_every_setting_is_in_the_example_file() -> None:
    text = (Path(__file__).parents[2] / ".env.example").read_text(encoding="utf-8")
    listed = {line.split("=")[0] for line in text.splitlines() if "=" in line and line[0] != "#"}
    assert listed == set(NAMES) - {"SENTRY_BLOCK_KEY_HOST"}  # written by the program


def test_what_is_not_given_lies_beside_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "program"
    home.mkdir()
    (home / ".env").write_text("PLAYGROUND_PORT=1111\n")
    monkeypatch.chdir("/")
    settings = load_settings({}, {}, places=beside(home))
    assert settings.data_dir == home / "data" and settings.port == 1111


def test_a_folder_in_the_file_is_meant_from_the_file_s_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("PLAYGROUND_DATA_DIR=images\n")
    monkeypatch.chdir("/")
    assert load_settings({}, {}, places=beside(tmp_path)).data_dir == tmp_path / "images"
    assert load_settings(
        {}, {"PLAYGROUND_DATA_DIR": "x"}, places=beside(tmp_path)
    ).data_dir == Path("x")
    assert load_settings({"data_dir": "y"}, {}, places=beside(tmp_path)).data_dir == Path("y")


def test_images_where_it_was_started_from_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "there"
    (there / "data" / "images").mkdir(parents=True)
    (there / "data" / "playground.db").touch()
    monkeypatch.chdir(there)
    said = load_settings({}, {}, places=beside(tmp_path)).elsewhere
    assert said and str(there / "data") in said and "--data-dir" in said
    assert load_settings({"data_dir": "other"}, {}, places=beside(tmp_path)).elsewhere is None
    assert load_settings({}, {}, places=beside(there)).elsewhere is None


def test_a_file_that_is_named_in_the_environment_need_not_be_there_yet(tmp_path: Path) -> None:
    settings = load_settings(
        {}, {"PLAYGROUND_ENV_FILE": str(tmp_path / "mine")}, places=beside(tmp_path)
    )
    assert settings.env_file == tmp_path / "mine"


def test_a_home_that_nobody_knows_is_one_sentence() -> None:
    with pytest.raises(SettingsError, match="Set HOME"):
        load(data_dir="~nobody-by-this-name/data")
