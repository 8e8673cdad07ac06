"""Tables that the characters of a text draw, in whatever layout: rows of cells, ready to be aligned."""
