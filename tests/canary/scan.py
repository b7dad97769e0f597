"""Looks for a key where none may be; at the end of every test session in all that it left behind.

tests/conftest.py imports `pytest_sessionfinish` from here. Under xdist the controller runs it: the
workers' folders lie below its own.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

SUITE_KEY = "ak_test-0123456789"
"""The key of all tests (tests/storage/conftest.py)."""


def needles(key: str) -> list[bytes]:
    """Return the ways in which bytes may hold `key`: plain, for URLs, base64, hex, as in EXIF."""
    raw = key.encode()
    found = [raw, quote(key, safe="").encode(), quote(key).encode(), raw.hex().encode()]
    found.append(key.replace("/", "\\/").encode())  # as some write it in JSON
    found += [key.encode("utf-16-le"), key.encode("utf-16-be")]
    for lead in range(3):  # base64 of a longer text; its first and last characters vary
        found.append(base64.b64encode(bytes(lead) + raw)[4:-4])
        found.append(base64.urlsafe_b64encode(bytes(lead) + raw)[4:-4])
    return found


def holds(content: bytes, key: str) -> bool:
    """Whether `key` can be found in `content`."""
    return any(needle in content for needle in needles(key))


def files_with(folder: Path, key: str) -> Iterator[Path]:
    """Yield every file below `folder` that holds `key` in its content or name, but for `.env`s."""
    for parent, _, names in os.walk(folder):
        for path in (Path(parent, name) for name in names):
            if path.name == ".env" or path.is_symlink() or not path.is_file():
                continue
            try:
                content = path.read_bytes()
            except OSError:  # a test may leave what cannot be read
                continue
            if holds(content, key) or key in str(path):
                yield path


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the session where a file of its tests holds the suite's key outside of a .env."""
    config = session.config
    if hasattr(config, "workerinput"):  # a worker of xdist; its controller looks
        return
    base = getattr(config, "_tmp_path_factory").getbasetemp()  # noqa: B009  # private to pytest
    found = sorted(files_with(base, SUITE_KEY))
    if found:
        listed = "".join(f"\n    {path}" for path in found[:20])
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.ensure_newline()
            reporter.write_line(
                f"CANARY: the tests' key is in {len(found)} files:{listed}", red=True
            )
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
