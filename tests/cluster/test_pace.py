"""All that tests/storage/test_pace.py holds of any database, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from backend.storage.database import open_engine
from tests.cluster.copied import copy
from tests.library import make
from tests.storage.test_pace import *  # noqa: F403

pytestmark = pytest.mark.wide

# It asks SQLite how it goes about it.
del test_of_a_large_library_the_end_of_one_index_is_read  # noqa: F821


@pytest.fixture
def engine(tmp_path: Path, shared_database: str) -> Iterator[sa.Engine]:
    make(1, tmp_path / "data", with_files=0)
    copy(tmp_path / "data" / "playground.db", shared_database)
    engine = open_engine(shared_database)
    yield engine
    engine.dispose()
