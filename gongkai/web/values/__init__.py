"""Single values as a reader sees them: cells, codes in words, figures, passages, events."""
