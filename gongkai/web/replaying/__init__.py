"""Archived pages shown again: read from the archive under limits, as text and structure, cells marked."""
