"""One image file, bytes in, values out; never a path."""
