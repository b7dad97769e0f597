"""All that tests/storage/test_runs.py holds of any database, on PostgreSQL."""

from __future__ import annotations

import pytest

from tests.storage.test_runs import *  # noqa: F403

pytestmark = pytest.mark.wide

# They are about former versions of SQLite's file, and about its steps.
del test_earlier_databases_are_counted_once  # noqa: F821
del test_a_part_costs_the_same_with_a_hundred_times_as_many_runs  # noqa: F821


@pytest.fixture
def url(shared_database: str) -> str:
    return shared_database
