"""All that tests/storage/test_turns.py holds of any database, on PostgreSQL."""

from __future__ import annotations

import pytest

from backend.errors import SettingsError
from tests.storage.clock import OpenTimed
from tests.storage.conftest import open_studio, open_timed, server, slept, time  # noqa: F401
from tests.storage.test_turns import *  # noqa: F403

pytestmark = pytest.mark.wide

# It looks into the file of SQLite.
del test_a_lower_limit_a_minute_holds_for_those_that_wait_already  # noqa: F821
# Addresses and keys are each machine's environment's, and change with a start alone.
del test_a_key_that_is_removed_while_it_is_asked_how_long_to_wait_ends_the_wait  # noqa: F821
del test_a_new_key_is_used_by_those_that_wait  # noqa: F821
del test_another_address_gets_nothing_that_was_asked_of_the_old_one  # noqa: F821
del test_what_was_sent_before_a_change_is_received_with_the_old_connection  # noqa: F821
del test_what_waits_for_a_key_that_is_removed_is_sent_to_nobody  # noqa: F821


async def test_a_key_that_each_machine_has_for_itself_is_not_removed_on_the_page(
    open_timed: OpenTimed,  # noqa: F811
) -> None:
    async with open_timed() as studio:
        with pytest.raises(SettingsError, match="Several machines share these settings"):
            await studio.account.remove_key()
        assert studio.account.settings.api_key
