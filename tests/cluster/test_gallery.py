"""All that tests/storage/test_gallery.py holds of any database, on PostgreSQL."""

from __future__ import annotations

import pytest

from tests.storage.conftest import open_studio, open_timed, server, slept, time  # noqa: F401
from tests.storage.test_gallery import *  # noqa: F403

pytestmark = pytest.mark.wide

# They lose the file of SQLite, or are about its former versions.
del test_lineage_and_marks_survive_a_lost_database  # noqa: F821
del test_a_folder_of_the_first_version_is_carried_over  # noqa: F821
del test_what_was_undone_is_so_in_a_database_made_anew_too  # noqa: F821
