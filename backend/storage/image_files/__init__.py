"""Image files and their thumbnails: in the data folder, or in an object store that many share."""
