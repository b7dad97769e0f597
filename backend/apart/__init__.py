"""Reads strangers' files in processes of their own, which can be ended. Knows no format."""
