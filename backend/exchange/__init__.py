"""Out as files, in from files. Never generates anything."""
