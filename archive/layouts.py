"""Which gongkai made what stands in a data directory: one look at every door, and one message.

Corpus, crawl state and copies follow from the evidence, so none is ever converted: what another version made
is made anew, while readers keep the copy they have.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from archive.corpus.store import SCHEMA_VERSION as CORPUS_SCHEMA
from archive.data_folder import DataDir
from archive.exact_search import SEARCH_FORM
from archive.frontier.state import SCHEMA_VERSION as CRAWL_LAYOUT
from pipelines.errors import BadConfiguration

COPY_FORM = f"{CORPUS_SCHEMA}.{SEARCH_FORM}"
"""What a published copy says of itself: the schema of its tables, and the form of its search."""


class OtherVersion(BadConfiguration):
    """Another version of gongkai made what is to be read."""


def find_other_layouts(data: DataDir) -> dict[Path, str]:
    """Return what another version made, and which, in words; nothing that is damaged is of it."""
    asked = (
        (data.corpus_db, "SELECT value FROM _meta WHERE key = 'schema_version'", CORPUS_SCHEMA),
        (data.crawl_db, "PRAGMA user_version", str(CRAWL_LAYOUT)),
        (data.public_db, _COPY, COPY_FORM),
    )
    return {
        path: f"{path.relative_to(data.root)} is of version {held}, this gongkai has {current}"
        for path, question, current in asked
        if (held := _ask(path, question)) not in {None, current}
    }


def require_current(data: DataDir, *read: Path) -> None:
    """Refuse to read what another version made. The crawl mends its own state.

    Args:
        data: the data directory.
        read: the databases that are read.

    Raises:
        OtherVersion: one is of another version.
    """
    others = find_other_layouts(data)
    if found := [others[path] for path in read if path in others]:
        raise OtherVersion(
            "; ".join(found),
            where=data.root,
            hint="Run gongkai upgrade; readers keep the copy they have until it is done",
        )


def is_current_copy(path: Path) -> bool:
    """Whether a published copy is as this version makes them."""
    return _ask(path, _COPY) == COPY_FORM


_COPY = "SELECT value FROM publication WHERE key = 'form'"


def _ask(path: Path, question: str) -> str | None:
    """Return what a database says of itself; None for one that is not there, is empty or cannot be read."""
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            # A database that was just made is of no version yet.
            if not db.execute("SELECT 1 FROM sqlite_master").fetchone():
                return None
            row = db.execute(question).fetchone()
    except sqlite3.DatabaseError:
        return None
    return str(row[0]) if row else f"before {COPY_FORM}"
