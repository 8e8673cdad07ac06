"""Tables as a document prints them, in whatever layout: rows of cells, ready to be aligned to a form."""
