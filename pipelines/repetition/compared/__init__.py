"""Two texts side by side: what was kept, changed, added and left out, and what is no change."""
