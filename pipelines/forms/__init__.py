"""The statutory forms as data, and their cells as a document states them."""
