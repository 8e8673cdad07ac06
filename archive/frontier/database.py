"""The file behind the frontier (`crawl.db`): opening it, its layout, its transactions."""

from __future__ import annotations

import contextlib
import sqlite3
from importlib.resources import files
from typing import TYPE_CHECKING

from archive.database import Database
from archive.warc.entries import ArchiveError
from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCHEMA_VERSION = 4

_WAIT_S = 120.0
"""For another process to end its transaction: far longer than any lasts, because to give up ends the run."""


class FrontierBroken(ArchiveError):
    """`crawl.db` cannot be written; nothing more can be acknowledged."""


class FrontierOutdated(GongkaiError):
    """`crawl.db` was written by another version; it is made again from WARC."""


class FrontierFile:
    """One SQLite file, open; several processes may have it open at a time.

    Args:
        path: `crawl.db`; made when it is missing.

    Raises:
        FrontierBroken: it cannot be written.
        FrontierOutdated: it was written by another version.
        sqlite3.DatabaseError: it is no database, or a damaged one.
    """

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None, factory=Database)
        try:
            self._prepare()
        except sqlite3.OperationalError as error:
            self.connection.close()
            raise _cannot_write(error) from error
        except BaseException:
            self.connection.close()
            raise

    def _prepare(self) -> None:
        # Only what WARC has synced is recorded, and `archive.frontier.recovery` records again what a power
        # cut took of the newest transactions: a sync for each would cost a slow disk a third of its pages.
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = NORMAL")
        version = self.connection.value("PRAGMA user_version")
        if version not in {0, SCHEMA_VERSION}:
            raise FrontierOutdated(f"crawl.db has the layout {version}, this gongkai has {SCHEMA_VERSION}")
        if version == 0:
            schema = files("archive.frontier").joinpath("schema.sql").read_text(encoding="utf-8")
            self.connection.executescript(
                f"BEGIN;\n{schema}\nPRAGMA user_version = {SCHEMA_VERSION};\nCOMMIT;"
            )

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything in the block, or nothing of it. A block inside a block is part of the outer one.

        Raises:
            FrontierBroken: the file cannot be written.
        """
        try:
            with self.connection.transaction():
                yield
        except sqlite3.OperationalError as error:
            raise _cannot_write(error) from error


def _cannot_write(error: sqlite3.OperationalError) -> FrontierBroken:
    return FrontierBroken(
        f"crawl.db cannot be written: {error}",
        hint="Make room and run again; what WARC holds is caught up with",
    )
