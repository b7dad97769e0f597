"""All that tests/storage/test_library.py holds of any database, on PostgreSQL."""

from __future__ import annotations

import pytest

from tests.storage.test_library import *  # noqa: F403

pytestmark = pytest.mark.wide
