"""A text that says the same thing several times over, and not always in the same words."""
