"""What a text has of others, in runs of characters, and what of it is new."""
