"""All that tests/storage/test_looking.py holds of any database, on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster.copied import copy
from tests.storage.conftest import open_studio, server, slept  # noqa: F401
from tests.storage.test_looking import *  # noqa: F403
from tests.storage.test_looking import not_looked_at

pytestmark = pytest.mark.wide

# It loses the file of SQLite.
del test_a_database_made_anew_from_the_files_gets_them_again  # noqa: F821


@pytest.fixture
def url(shared_database: str) -> str:
    return shared_database


@pytest.fixture
def old(tmp_path: Path, url: str) -> Path:
    data = not_looked_at(tmp_path / "data")
    copy(data / "playground.db", url)
    return data
