"""The published copy: what of the corpus the public sees, built as a new file."""
