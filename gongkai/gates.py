"""Gates between deriving and publishing: what must hold before readers see a new copy.

Evidence is append-only, so a corpus never shrinks on its own: one that did is a fault of ours, and the copy
that readers have stays in place until someone has looked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.corpus.store import reading
from archive.warc.files import archive_files
from pipelines.errors import ExitCode, GongkaiError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from archive.data_folder import DataDir

NEVER_SHRINK = ("captures", "documents", "versions")
"""Tables whose rows are never fewer than in the copy published before."""


class GateRefused(GongkaiError):
    """Publishing would replace a good copy by a worse one."""

    exit_code = ExitCode.REFUSED


def check_gates(data: DataDir) -> None:
    """Compare the corpus with the published copy.

    Args:
        data: the data directory.

    Raises:
        GateRefused: captures are still unread, none was derived, or a table lost rows.
        CorpusUnreadable: the corpus or the published copy is damaged.
    """
    with reading(data.corpus_db) as corpus_db:
        corpus = count_rows(corpus_db, (*NEVER_SHRINK, "_to_read", "_to_link"))
    published: dict[str, int] = {}
    if data.public_db.exists():
        with reading(
            data.public_db, hint="gongkai publish --force puts a new copy in its place"
        ) as public_db:
            published = count_rows(public_db, NEVER_SHRINK)
    refusals = find_refusals(corpus, published)
    if not corpus["captures"] and archive_files(data.warc):
        refusals.append("the corpus is empty, and there is evidence (run gongkai derive)")
    if refusals:
        raise GateRefused("; ".join(refusals), where=data.corpus_db.name, hint="The published copy stays")


def find_refusals(corpus: Mapping[str, int], published: Mapping[str, int]) -> list[str]:
    """Say why a corpus must not be published; nothing for one that may be.

    Args:
        corpus: rows by table, the work queues included.
        published: rows by table of the copy that readers have; empty when there is none.
    """
    refusals = []
    if corpus.get("_to_read", 0) or corpus.get("_to_link", 0):
        refusals.append("deriving was not finished (run gongkai derive)")
    refusals += [
        f"{table} fell from {published[table]} to {corpus[table]} rows"
        for table in NEVER_SHRINK
        if corpus[table] < published.get(table, 0)
    ]
    return refusals


def count_rows(connection: sqlite3.Connection, tables: tuple[str, ...]) -> dict[str, int]:
    """Count the rows of some tables of a database."""
    return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}  # noqa: S608  names from this module
