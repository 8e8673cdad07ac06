"""Two texts side by side: what differs, word by word, figures apart."""
