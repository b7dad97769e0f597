"""All that tests/storage/test_rest.py holds of any database, on PostgreSQL."""

from __future__ import annotations

import pytest

from tests.storage.conftest import open_studio, open_timed, server, slept, time  # noqa: F401
from tests.storage.test_rest import *  # noqa: F403

pytestmark = pytest.mark.wide
