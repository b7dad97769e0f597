"""All that tests/storage/test_acts.py holds of any database, on PostgreSQL."""

from __future__ import annotations

import pytest

from tests.storage.test_acts import *  # noqa: F403

pytestmark = pytest.mark.wide
