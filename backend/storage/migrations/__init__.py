"""Alembic's migrations of the ledger, run from code at start; append only."""
