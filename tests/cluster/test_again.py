"""All that tests/storage/test_again.py holds of any database, on PostgreSQL."""

from __future__ import annotations

import pytest

from tests.storage.conftest import open_studio, open_timed, server, slept, time  # noqa: F401
from tests.storage.test_again import *  # noqa: F403

pytestmark = pytest.mark.wide

# It looks into the file of SQLite.
del test_an_image_that_came_after_all_is_not_paid_for_again  # noqa: F821
