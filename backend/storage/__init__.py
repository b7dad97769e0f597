"""How things are kept: the data folder, the database, rows as values."""
