"""Setting up in the page: what is read from a paste, what is kept, and that the key stays put."""

from __future__ import annotations

import errno
import os
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backend.errors import PlaygroundError
from backend.providers.sentry_block import PLATFORM
from backend.settings.change import (
    SettingsChange,
    apply,
    read_pasted,
    shown,
    without_key,
    write_env,
)
from backend.settings.load import Settings, load_settings
from backend.settings.places import beside
from backend.types import Limits

KEY = "ak_test-0123456789"
URL = "https://api.example/api/v1"

CURL = f"""curl --request POST \\
  --url {URL}/images/generation \\
  --header 'Authorization: Bearer {KEY}' \\
  --header 'Content-Type: application/json' \\
  --data '{{"model": "black-forest-labs/FLUX.1-schnell", "prompt": "see https://x.example/"}}'
"""


def settings(**changes: Any) -> Settings:
    return replace(Settings(Path("data"), Path(".env")), **changes)


@pytest.mark.parametrize(
    ("text", "url", "key"),
    [
        (CURL, URL, KEY),
        (f'curl -X POST "{URL}/images/generation" -H "authorization: bearer {KEY}"', URL, KEY),
        (f"curl {URL}/serverless/models?x=1 -H 'Authorization: Bearer {KEY}'", URL, KEY),
        (f"{URL}/ {KEY}", URL, KEY),
        (f"API_KEY='{KEY}'", None, KEY),
        (f"The URL is {URL}.", URL, None),
        (f"curl {URL}/users/credits -H 'Authorization: Bearer $API_KEY'", URL, None),
        (f"curl {URL}/users/credits -H 'Authorization: Bearer <your key>'", URL, None),
        (f"curl {URL}/users/credits -H 'Authorization: Bearer YOUR_API_KEY'", URL, None),
        ("curl http://127.0.0.1:9/v1/images/generation", "http://127.0.0.1:9/v1", None),
        ("good morning", None, None),
        ("", None, None),
    ],
)
def test_url_and_key_are_read_out_of_what_was_pasted(
    text: str, url: str | None, key: str | None
) -> None:
    found = read_pasted(text, PLATFORM)
    assert (found.api_url, found.api_key) == (url, key)
    assert KEY not in repr(found)


def test_saved_settings_are_those_of_the_next_start() -> None:
    change = SettingsChange(URL, KEY, "expert-1", "10", "", "2.50")
    now = apply(settings(), change, {})
    later = load_settings({}, {}, places=beside(Path.cwd()))
    for found in (now, later):
        assert found.on_platform and found.api_key == KEY and found.api_url == URL
        assert found.limits == Limits(10, None, Decimal("2.50"))
    assert now.key_host == later.key_host == "api.example"


def test_a_pasted_example_stands_in_for_url_and_key() -> None:
    found = apply(settings(), SettingsChange(pasted=CURL), {})
    assert (found.api_url, found.api_key) == (URL, KEY)
    assert KEY not in repr(SettingsChange(pasted=CURL))


def test_a_pasted_key_goes_to_no_other_address_than_its_own() -> None:
    with pytest.raises(PlaygroundError, match="pasted key is for api"):
        apply(settings(), SettingsChange("https://elsewhere.example/v1", pasted=CURL), {})
    assert not Path(".env").exists()
    found = apply(settings(), SettingsChange("https://api.example/api/v2", pasted=CURL), {})
    assert (found.api_url, found.api_key) == ("https://api.example/api/v2", KEY)


@pytest.mark.parametrize("typed", ["YOUR_API_KEY", "sk-...", "$API_KEY", "<your-key>", "****"])
def test_a_stand_in_typed_as_the_key_is_refused(typed: str) -> None:
    with pytest.raises(PlaygroundError, match="no key"):
        apply(settings(), SettingsChange(URL, typed), {})
    assert not Path(".env").exists()


def test_the_file_is_for_the_owner_alone_even_where_it_was_not() -> None:
    path = Path(".env")
    path.write_text("# mine\nOTHER='x y'\nSENTRY_BLOCK_TIER=expert-2\n")
    path.chmod(0o644)
    apply(settings(), SettingsChange(URL, KEY), {})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "# mine\nOTHER='x y'\n" in path.read_text()
    assert load_settings({}, {}, places=beside(Path.cwd())).tier == "engineer-1"


def test_an_emptied_limit_takes_the_tier_s_again() -> None:
    first = apply(settings(), SettingsChange(URL, KEY, requests_per_day="3"), {})
    apply(first, SettingsChange(URL, "", requests_per_day=""), {})
    assert load_settings({}, {}, places=beside(Path.cwd())).limits.requests_per_day == 180


def test_an_empty_key_keeps_the_saved_one_on_the_same_host() -> None:
    first = apply(settings(), SettingsChange(URL, KEY), {})
    second = apply(first, SettingsChange("https://api.example/api/v2", ""), {})
    assert (second.api_key, second.api_url) == (KEY, "https://api.example/api/v2")


def test_another_host_asks_for_the_key_again_and_changes_nothing() -> None:
    first = apply(settings(), SettingsChange(URL, KEY), {})
    before = Path(".env").read_text()
    with pytest.raises(PlaygroundError, match="Paste the key for this address"):
        apply(first, SettingsChange("https://elsewhere.example/v1", ""), {})
    assert Path(".env").read_text() == before


def test_a_url_changed_behind_the_page_s_back_does_not_get_the_key() -> None:
    apply(settings(), SettingsChange(URL, KEY), {})
    write_env(Path(".env"), {"SENTRY_BLOCK_API_URL": "https://elsewhere.example/v1"})
    found = load_settings({}, {}, places=beside(Path.cwd()))
    assert not found.on_platform and found.missing and KEY not in found.missing
    assert "enter the key again" in found.missing


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (SettingsChange("http://api.example/v1", KEY), "https"),
        (SettingsChange("ftp://x", KEY), "http"),
        (SettingsChange("https://[::1", KEY), "not a web address"),
        (SettingsChange("https://xn--/", KEY), "not a web address"),
        (SettingsChange(pasted=f"https://[::1/v1 {KEY}"), "not a web address"),
        (SettingsChange(URL, pasted=f"curl https://[::1 -H 'X: Bearer {KEY}'"), "another address"),
        (SettingsChange("https://user:pass@api.example/", KEY), ""),
        (SettingsChange(URL, "ak_“x”"), "key"),
        (SettingsChange(URL, ""), "no API key"),
        (SettingsChange("", KEY), "URL is missing"),
        (SettingsChange(URL, KEY, "gold"), "gold"),
        (SettingsChange(URL, KEY, requests_per_day="many"), "Requests a day is 'many'"),
        (SettingsChange(URL, KEY, dollars_per_day="-1"), "US dollars a day is '-1'"),
        (
            SettingsChange(URL, KEY, experiment_sends="0"),
            "Requests of an experiment at once is '0'",
        ),
        (SettingsChange(URL, KEY, experiment_sends="33"), "a whole number from 1 to 32"),
    ],
)
def test_what_cannot_be_used_is_refused_and_nothing_is_kept(
    change: SettingsChange, said: str
) -> None:
    with pytest.raises(PlaygroundError) as caught:
        apply(settings(), change, {})
    assert said in str(caught.value) and KEY not in str(caught.value)
    assert not Path(".env").exists()


def test_what_the_environment_sets_is_not_set_here() -> None:
    with pytest.raises(PlaygroundError, match="set in the environment"):
        apply(settings(), SettingsChange(URL, KEY), {"SENTRY_BLOCK_API_KEY": "ak_other"})
    assert not Path(".env").exists()


def test_a_key_that_is_removed_leaves_all_else_in_the_file() -> None:
    Path(".env").write_text(f"# mine\nSENTRY_BLOCK_API_URL={URL}\nPLAYGROUND_PORT=8000\n")
    now = apply(
        load_settings({}, {}, places=beside(Path.cwd())),
        SettingsChange(URL, KEY, dollars_per_day="2"),
        {},
    )
    now = without_key(now, {})
    text = Path(".env").read_text()
    assert KEY not in text and "KEY" not in text
    assert "# mine\n" in text and "PLAYGROUND_PORT=8000" in text
    later = load_settings({}, {}, places=beside(Path.cwd()))
    for each in (now, later):
        assert (each.api_url, each.api_key, each.key_host) == (URL, None, None)
        assert not each.on_platform and each.limits.dollars_per_day == Decimal(2)


def test_a_key_of_the_environment_is_removed_there() -> None:
    write_env(Path(".env"), {"SENTRY_BLOCK_API_KEY": KEY})
    with pytest.raises(PlaygroundError, match="set in the environment"):
        without_key(settings(api_url=URL, api_key=KEY), {"SENTRY_BLOCK_API_KEY": KEY})
    assert KEY in Path(".env").read_text()


def test_what_the_panel_shows_has_no_key() -> None:
    told = shown(settings(api_url=URL, api_key=KEY))
    assert told["has_key"] is True and KEY not in str(told)


LINES = "# mine\nexport OTHER='x y'\n\nSENTRY_BLOCK_TIER=expert-2\nnot a line =\n"


def keep(path: Path) -> None:
    write_env(path, {"SENTRY_BLOCK_API_KEY": KEY, "SENTRY_BLOCK_TIER": ""})


def test_a_linked_file_stays_a_link_and_its_file_is_written() -> None:
    Path("real").mkdir()
    real, link = Path("real/.env"), Path(".env")
    real.write_text(LINES)
    link.symlink_to(real)
    keep(link)
    assert link.is_symlink() and KEY in real.read_text() and "OTHER='x y'" in real.read_text()
    assert stat.S_IMODE(real.stat().st_mode) == 0o600


@pytest.mark.parametrize("length", [10, 5_000])
def test_a_file_that_cannot_be_replaced_is_written_in_place(
    monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    def mounted(*_: object) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")

    path = Path(".env")
    path.write_text(LINES + "#" * length)
    before = path.stat().st_ino
    monkeypatch.setattr("os.replace", mounted)
    keep(path)
    text = path.read_text()
    assert path.stat().st_ino == before and [p.name for p in Path().iterdir()] == [".env"]
    assert text.startswith("# mine\nexport OTHER='x y'\n") and KEY in text
    assert "TIER" not in text and "not a line =\n" + "#" * length in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_full_disk_leaves_the_settings_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    def mounted(*_: object) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")

    path = Path(".env")
    path.write_text(LINES)
    monkeypatch.setattr("os.replace", mounted)
    with limited_files(len(LINES) + 10), pytest.raises(PlaygroundError, match="cannot be kept"):
        keep(path)
    assert path.read_text() == LINES


@contextmanager
def limited_files(size: int) -> Iterator[None]:
    """Let no file grow beyond `size` bytes, as on a full disk."""
    resource = pytest.importorskip("resource")
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.getsignal(signal.SIGXFSZ)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("text", ["", LINES, "\ufeff" + LINES, LINES.replace("\n", "\r\n")])
def test_whatever_was_in_the_file_what_is_kept_is_read_again(text: str) -> None:
    path = Path(".env")
    path.write_bytes(text.encode())
    for value in (KEY, "it's \\ 'odd' #1", "x"):
        write_env(path, {"SENTRY_BLOCK_API_KEY": value, "PLAYGROUND_HOST": "h", "OTHER": "y"})
        assert load_settings({}, {}, places=beside(Path.cwd())).api_key == value
    assert path.read_text().count("SENTRY_BLOCK_API_KEY") == 1
    assert ("# mine" in path.read_text()) == bool(text)


@pytest.mark.parametrize("kind", ["folder", "pipe", "loop", "not text"])
def test_a_file_that_holds_no_settings_is_refused_in_a_sentence(kind: str) -> None:
    path = Path(".env")
    match kind:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "loop":
            path.symlink_to(path)
        case _:
            path.write_bytes("SENTRY_BLOCK_TIER=expert-2".encode("utf-16"))
    for use in (lambda: keep(path), lambda: load_settings({}, {}, places=beside(Path.cwd()))):
        with pytest.raises(PlaygroundError) as caught:
            use()
        assert str(path) in str(caught.value)


def test_a_link_to_a_file_that_is_gone_is_told_when_read() -> None:
    Path(".env").symlink_to("gone")
    with pytest.raises(PlaygroundError, match="not there"):
        load_settings({}, {}, places=beside(Path.cwd()))


def test_settings_that_were_put_out_of_use_are_none() -> None:
    Path(".env").symlink_to(os.devnull)
    assert load_settings({}, {}, places=beside(Path.cwd())).api_key is None
