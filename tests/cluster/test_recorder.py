"""What tests/storage/test_recorder.py holds, on PostgreSQL; and rows that somebody else has."""

from __future__ import annotations

import time

import sqlalchemy as sa

from backend.generation.ledger import Ledger
from backend.storage.tables import runs
from backend.types import RunState
from tests.storage.test_recorder import *  # noqa: F403
from tests.storage.test_recorder import Held, saves, sent


def test_who_changes_all_runs_of_a_job_is_in_no_ring_with_images_that_come_at_once(
    ledger: Ledger, ledger_url: str, held: Held
) -> None:
    first, one, other = sent(ledger, 3)
    by_hand = sa.create_engine(ledger_url)
    with by_hand.connect() as db:

        def close(run_id: str) -> None:
            db.execute(runs.update().where(runs.c.id == run_id).values(stopped=True))

        def then_the_other() -> None:
            time.sleep(0.5)
            close(one.run_id)
            db.commit()

        # In a ring it would be the one to fail.
        db.execute(sa.text("SET deadlock_timeout = '50ms'"))
        close(other.run_id)
        calls = held.together(*saves(ledger, [first, one, other]), then_the_other)
        for call in calls:
            call.result()
    by_hand.dispose()
    assert len(ledger.runs_in(RunState.SAVED)) == 3
