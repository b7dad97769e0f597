"""The login that is given or made."""

from __future__ import annotations

import pytest

import ui  # noqa: F401  # before gradio
from backend.errors import SettingsError
from tests.ui.login.visitors import RIGHT
from ui.door.credentials import generate_auth, parse_auth

# --- credentials ------------------------------------------------------------------------------


def test_a_given_login_is_read_as_user_and_password() -> None:
    assert parse_auth("ada:correct horse: battery") == RIGHT
    assert parse_auth("ada:pässwörd-lang").password == "pässwörd-lang"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("ada", "not of the form user:password"),
        (":a-long-password", "not of the form user:password"),
        (" :a-long-password", "not of the form user:password"),
        ("ada:a-long-pass\nword", "not of the form user:password"),
        ("", "not of the form user:password"),
        ("ada:", "too short"),
        ("ada:elevenchars", "too short"),
    ],
)
def test_a_useless_login_is_refused_without_quoting_it(text: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence) as caught:
        parse_auth(text)
    assert text.partition(":")[2] not in str(caught.value) or len(text) < 6


def test_a_generated_login_is_long_and_never_the_same() -> None:
    first, second = generate_auth(), generate_auth()
    assert first.user == "playground" and len(first.password) >= 16
    assert first.password != second.password
    assert parse_auth(f"{first.user}:{first.password}") == first
    assert first.password not in repr(first)
