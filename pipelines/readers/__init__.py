"""Readers of files that are no web pages: one module per type, bytes in, blocks out (see `registry`)."""
