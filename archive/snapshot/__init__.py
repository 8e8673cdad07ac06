"""Dated snapshots of the published tables, for people who work with files."""
