"""Bytes to text: which characters, which part of the page, which tables."""
