"""Databases as earlier versions left them: what came later is taken out again."""

from __future__ import annotations

import sqlite3

TABLES = (
    *("acts", "quarters", "makers", "image_looks", "colour_sets"),
    *("experiments", "cells", "votes", "machines"),
    *("program_keys", "program_calls", "logins", "wrong_logins", "shared_texts"),
)
RUN_COLUMNS = (
    *("error_said", "making_json", "machine", "stopped", "anew", "tied"),
    *("waits_for", "waits_until", "ticket_json", "free"),
)


def back_to_version_5(db: sqlite3.Connection) -> None:
    """Take out the tables, and the columns of `runs`, that came after version 0005.

    What took the place of something older is for the caller to make again.
    """
    for table in TABLES:
        db.execute(f"DROP TABLE {table}")
    for column in RUN_COLUMNS:
        db.execute(f"ALTER TABLE runs DROP COLUMN {column}")
    db.execute("UPDATE alembic_version SET version_num='0005'")
