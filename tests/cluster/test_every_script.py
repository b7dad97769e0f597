"""All that tests/storage/test_every_script.py holds of any database, on PostgreSQL."""

from __future__ import annotations

import pytest

from tests.storage.test_every_script import *  # noqa: F403

del test_what_is_forgotten_leaves_no_word_in_the_index  # noqa: F821  # it asks SQLite how it goes about it

pytestmark = pytest.mark.wide
