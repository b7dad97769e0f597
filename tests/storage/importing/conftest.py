"""What the tests of this folder share."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.settings.load import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "data", tmp_path / ".env")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pictures").mkdir()
    return tmp_path / "pictures"
