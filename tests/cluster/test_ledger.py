"""All that tests/storage/test_ledger.py holds of any database, on PostgreSQL."""

from __future__ import annotations

import pytest

from tests.storage.test_ledger import *  # noqa: F403

pytestmark = pytest.mark.wide

# SQLite's own settings; and the tables, which are not all the same here (test_search.py).
del test_a_commit_reaches_the_disk_before_it_returns  # noqa: F821
del test_the_migrations_make_exactly_the_tables_of_the_code  # noqa: F821
