"""All that tests/storage/test_forgetting.py holds of any database, on PostgreSQL."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from backend.library.marks import Changes
from backend.storage.database import open_engine
from tests.http.faults import FaultServer, status
from tests.storage.conftest import (
    FLUX,
    SDXL,
    OpenStudio,
    open_studio,  # noqa: F401
    server,  # noqa: F401
    slept,  # noqa: F401
)
from tests.storage.test_forgetting import *  # noqa: F403
from tests.storage.test_forgetting import NEGATIVE, PROMPT, TAG, WORDS, forget, generate, one

pytestmark = pytest.mark.wide

# They look into the file of SQLite or the journal beside it, or lose it.
del test_no_byte_of_the_folder_has_the_words_and_the_money_stays_counted  # noqa: F821
del test_a_tag_goes_with_the_last_image_that_ever_had_it  # noqa: F821
del test_a_database_made_anew_finds_nothing_of_it  # noqa: F821
del test_what_is_cut_off_is_finished_although_the_database_was_lost  # noqa: F821


async def test_no_row_has_the_words_and_the_money_stays_counted(
    open_studio: OpenStudio,  # noqa: F811
    server: FaultServer,  # noqa: F811
    shared_database: str,
) -> None:
    async with open_studio() as studio:
        kept, record = await one(studio, "a plain dog", seed=1), await one(studio, seed=2)
        other = (await generate(studio, SDXL, prompt=PROMPT, negative_prompt=NEGATIVE)).runs[0]
        assert other.record is not None
        server.script(status(400, f"No {PROMPT}, please."))
        await generate(studio, FLUX, prompt=PROMPT, seed=3)
        await studio.gallery.change([record.id], Changes(starred=True, add_tags=(TAG,)))
        usage, runs = await studio.jobs.usage(), (await studio.runs.page()).total
        assert set(WORDS) == said_in(shared_database)
        await forget(studio, record, other.record)
        assert said_in(shared_database) == set()
        assert await studio.jobs.usage() == usage and (await studio.runs.page()).total == runs
        assert await studio.gallery.image(kept.id) is not None
    assert said_in(shared_database) == set()


def said_in(url: str) -> set[str]:
    """Return which of the words any row of any table has."""
    engine = open_engine(url)
    with engine.connect() as db:
        names = db.execute(
            sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).scalars()
        rows = [str(row) for name in names for row in db.execute(sa.text(f'TABLE "{name}"'))]
    engine.dispose()
    return {word for word in WORDS if any(word in row for row in rows)}
