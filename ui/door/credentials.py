"""The one user that may come in: read from a setting, or made up."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from dataclasses import dataclass, field

from backend.errors import SettingsError

PASSWORD_MIN_CHARS = 12

GENERATED_USER = "playground"


@dataclass(frozen=True, slots=True)
class Credentials:
    """The one user that may come in."""

    user: str
    password: str = field(repr=False)

    def match(self, user: str, password: str) -> bool:
        """Compare both, in a time that does not tell how much of them is right."""
        right_user = hmac.compare_digest(as_bytes(user), as_bytes(self.user))
        right_password = hmac.compare_digest(as_bytes(password), as_bytes(self.password))
        return right_user & right_password


def basic_of(header: str) -> tuple[str, str] | None:
    """Return the user and password of an Authorization header, None where it is no Basic one."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""  # counts as wrong
    return user, password


def parse_auth(text: str) -> Credentials:
    """Read `user:password`. Raises: SettingsError, which never quotes the text."""
    user, colon, password = text.partition(":")
    if not colon or not user.strip() or not text.isprintable():
        raise SettingsError(
            "The login is not of the form user:password.", "Check --auth or PLAYGROUND_AUTH."
        )
    if len(password) < PASSWORD_MIN_CHARS:
        raise SettingsError(
            "The login's password is too short.",
            f"Choose one of {PASSWORD_MIN_CHARS} or more, or leave --auth out to have one made.",
        )
    return Credentials(user, password)


def generate_auth() -> Credentials:
    """Return a login that nobody can guess (144 random bits), to be shown once."""
    return Credentials(GENERATED_USER, secrets.token_urlsafe(18))


def as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
