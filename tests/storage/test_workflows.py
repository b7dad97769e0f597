"""The folder of a user's own workflows: what cannot be read is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.errors import SettingsError
from backend.settings.workflows import FILE_MAX_BYTES, read_workflows


def test_a_folders_workflows_are_read_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "portrait.json").write_text("{}", encoding="utf-8-sig")
    (tmp_path / "notes.txt").write_bytes(b"\xff")
    assert read_workflows(tmp_path) == {"portrait": "{}"}
    assert read_workflows(tmp_path / "none") == {}


@pytest.mark.parametrize(
    "data", [b"\xff\xfe{", b" " * (FILE_MAX_BYTES + 1)], ids=["no text", "too large"]
)
def test_one_that_cannot_be_read_is_named_among_the_others(tmp_path: Path, data: bytes) -> None:
    for name in ("a", "wrong", "z"):
        (tmp_path / f"{name}.json").write_text("{}")
    (tmp_path / "wrong.json").write_bytes(data)
    found = read_workflows(tmp_path)
    wrong = found.pop("wrong")
    assert isinstance(wrong, SettingsError) and "wrong.json cannot be read" in wrong.message
    assert found == {"a": "{}", "z": "{}"}


def test_a_folder_that_cannot_be_listed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.json").write_text("{}")
    monkeypatch.setattr(Path, "glob", refuses)
    (wrong,) = read_workflows(tmp_path).values()
    assert isinstance(wrong, SettingsError) and f"{tmp_path} cannot be read" in wrong.message
