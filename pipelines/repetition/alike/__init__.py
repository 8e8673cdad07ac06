"""Passages that are alike: near copies and families, and what no likeness may pass over."""
