"""All that tests/storage/test_colours.py holds of any database, on PostgreSQL."""

from __future__ import annotations

import pytest

from tests.storage.test_colours import *  # noqa: F403

del test_a_page_of_a_colour_common_or_rare_looks_at_few_images  # noqa: F821  # it asks SQLite how it goes about it

pytestmark = pytest.mark.wide
