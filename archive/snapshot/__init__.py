"""Dated snapshots of the published tables, for people who work with files."""

from archive.snapshot.write import NothingPublished, Snapshot, SnapshotFailed, write_snapshot
from archive.snapshot.written import WrittenTable

__all__ = ["NothingPublished", "Snapshot", "SnapshotFailed", "WrittenTable", "write_snapshot"]
