"""All that tests/storage/test_counting.py holds of any database, on PostgreSQL."""

from __future__ import annotations

import pytest

from tests.storage.test_counting import *  # noqa: F403

del test_no_page_and_no_total_looks_through_the_whole_library  # noqa: F821  # it asks SQLite how it goes about it

pytestmark = pytest.mark.wide
