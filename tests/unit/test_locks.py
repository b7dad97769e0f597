"""The lock files hold what the ranges ask for: exact, hashed, the same in both."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = {"requirements.lock": "requirements.txt", "requirements-dev.lock": "requirements-dev.txt"}
ENTRY = re.compile(r"^(?P<pin>[A-Za-z0-9][^\\\n]*?) \\\n(?P<hashes>(?: {4}--hash=.*\n)+)", re.M)


def ranges(name: str) -> list[Requirement]:
    """Return what a file of ranges asks for, with the files that it takes in."""
    found: list[Requirement] = []
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        text = line.split("#")[0].strip()
        if text.startswith("-r "):
            found += ranges(text.removeprefix("-r ").strip())
        elif text:
            found.append(Requirement(text))
    return found


def pins(name: str) -> dict[str, list[str]]:
    """Return the versions in a lock file by package: several where newer Pythons need another."""
    text = (ROOT / name).read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for entry in ENTRY.finditer(text):
        pin = Requirement(entry["pin"])
        (version,) = pin.specifier
        assert version.operator == "==", pin
        found.setdefault(canonicalize_name(pin.name), []).append(version.version)
    lines = [line for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)]
    assert len(lines) == sum(map(len, found.values())), "an entry without a hash"
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_range_holds_the_version_that_is_installed(lock: str) -> None:
    chosen = pins(lock)
    for wanted in ranges(LOCKS[lock]):
        versions = chosen.get(canonicalize_name(wanted.name))
        assert versions, f"{wanted.name} is not in {lock}: run `make lock`"
        for version in versions:
            assert wanted.specifier.contains(version), f"{wanted} and {version}: run `make lock`"


def test_tests_run_on_the_very_versions_that_users_get() -> None:
    users, tests = pins("requirements.lock"), pins("requirements-dev.lock")
    differing = {name for name, versions in users.items() if tests.get(name) != versions}
    assert differing == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_is_for_every_system_and_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text and "--index" not in text and "--find-links" not in text
    hashes = [entry["hashes"].count("--hash=sha256:") for entry in ENTRY.finditer(text)]
    assert min(hashes) >= 1
    numpy = next(e for e in ENTRY.finditer(text) if e["pin"].startswith("numpy=="))
    assert numpy["hashes"].count("--hash=sha256:") > 30  # one for each system and Python


@pytest.mark.parametrize("file", LOCKS.values())
def test_every_range_has_an_upper_end_and_a_reason(file: str) -> None:
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith(("#", "-r ")):
            continue
        text, _, reason = line.partition("#")
        assert "<" in text or "==" in text, f"{text.strip()} has no upper end"
        assert len(reason.strip()) > 8, f"{text.strip()} has no reason"
