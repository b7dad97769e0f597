"""A key, how it is shown, and what of it nobody may be told back. Sends nothing."""

from __future__ import annotations

import base64

from backend.providers.base import Auth
from backend.wire.body import ECHO_MIN_BYTES


class Credentials:
    """The key of one API; false where there is none to show. `key` is checked already."""

    def __init__(self, key: str | None, auth: Auth) -> None:
        self._key = None if auth is Auth.NONE else key
        self._auth = auth
        self.secrets = self._secrets()

    def __bool__(self) -> bool:
        return self._key is not None

    def __repr__(self) -> str:
        return f"Credentials({'set' if self else 'none'})"

    @property
    def header(self) -> str:
        """What the header `Authorization` says."""
        assert self._key is not None
        if self._auth is Auth.BASIC:
            return f"Basic {base64.b64encode(self._key.encode()).decode()}"
        return f"{'Key' if self._auth is Auth.KEY else 'Bearer'} {self._key}"

    def _secrets(self) -> tuple[str, ...]:
        if self._key is None:
            return ()
        if self._auth is not Auth.BASIC:
            return (self._key,)
        password = self._key.partition(":")[2]  # shorter ones stand in every other word
        return (self._key, self.header[6:], *([password] * (len(password) >= ECHO_MIN_BYTES)))
