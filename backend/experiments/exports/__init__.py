"""An experiment taken out: as one web page, as one picture, as a table of its cells."""
