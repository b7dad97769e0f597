"""The stored images: found, marked, compared."""
