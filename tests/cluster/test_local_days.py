"""All that tests/storage/test_local_days.py holds of any database, on PostgreSQL."""

from __future__ import annotations

import pytest

from tests.storage.test_local_days import *  # noqa: F403

pytestmark = pytest.mark.wide

# It is about former versions of SQLite's file.
del test_an_older_library_keeps_its_sums_and_gets_days_of_any_zone  # noqa: F821
