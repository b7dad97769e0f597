"""All that tests/storage/test_turns.py holds of any database, on PostgreSQL."""

from __future__ import annotations

import pytest

from tests.storage.conftest import open_studio, open_timed, server, slept, time  # noqa: F401
from tests.storage.test_turns import *  # noqa: F403

pytestmark = pytest.mark.wide

# It looks into the file of SQLite.
del test_a_lower_limit_a_minute_holds_for_those_that_wait_already  # noqa: F821
# Addresses and keys are each machine's environment's, and change with a start alone.
del test_a_new_key_is_used_by_those_that_wait  # noqa: F821
del test_another_address_gets_nothing_that_was_asked_of_the_old_one  # noqa: F821
del test_what_was_sent_before_a_change_is_received_with_the_old_connection  # noqa: F821
