"""A platform of the tests' own, added to a copy of the program: one file and one line."""
