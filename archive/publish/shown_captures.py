"""Which captures may leave the house: those of the published copy, less those that show what is suppressed.

A capture is copied as it was received, so nothing within it can be hidden. So every capture is withheld of a
document that is suppressed or holds a suppressed passage, and of one that links to it, every list of the
portal that names it, and what repeats a withheld payload.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from archive.data_folder import DataDir
from archive.publish.live import open_joined
from archive.publish.suppressions import add_canonical, hides_all, read_suppressions
from archive.warc.cdxj import PAGES_SUFFIX
from archive.warc.record_index import index_path
from pipelines.errors import GongkaiError


class BadSelection(GongkaiError):
    """What is asked for cannot be looked up in the published copy, or is not in it."""


class NotYetHidden(GongkaiError):
    """The published copy still shows what `suppressions.yaml` hides by now."""


_IS_LISTED = """EXISTS (SELECT 1 FROM suppressions) AND canonical(url) IN (
    SELECT canonical(target) FROM suppressions WHERE kind = 'url')"""
_WITHHOLD = f"""
CREATE TEMP TABLE withheld_documents (id TEXT PRIMARY KEY);
CREATE TEMP TABLE withheld (id TEXT PRIMARY KEY);
CREATE TEMP TABLE asked (id TEXT PRIMARY KEY);
CREATE TEMP TABLE chosen (id TEXT PRIMARY KEY, warc_file TEXT, warc_offset INTEGER, is_page INTEGER NOT NULL);
CREATE UNIQUE INDEX temp.chosen_places ON chosen (warc_file, warc_offset);
CREATE TEMP TABLE lines (line TEXT);
INSERT INTO withheld_documents
SELECT id FROM documents WHERE read_reason = 'suppressed'
UNION SELECT document_id FROM suppressions
    JOIN occurrences ON section_id = target JOIN versions ON versions.id = version_id
    WHERE suppressions.kind = 'passage'
UNION SELECT document_id FROM captures WHERE role = 'part' AND document_id IS NOT NULL AND {_IS_LISTED};
INSERT INTO withheld SELECT id FROM captures
WHERE document_id IN (SELECT id FROM withheld_documents) OR (document_id IS NULL AND {_IS_LISTED});
INSERT OR IGNORE INTO withheld_documents
SELECT parent.document_id FROM captures JOIN captures AS parent ON parent.id = captures.parent_capture_id
WHERE captures.id IN (SELECT id FROM withheld) AND parent.document_id IS NOT NULL;
INSERT OR IGNORE INTO withheld SELECT id FROM captures
WHERE document_id IN (SELECT id FROM withheld_documents)
    OR (role = 'list' AND portal_id IN (
        SELECT portal_id FROM captures WHERE id IN (SELECT id FROM withheld)));
INSERT OR IGNORE INTO withheld SELECT id FROM captures WHERE revisit_of IN (SELECT id FROM withheld);
"""  # noqa: S608  a constant
_CHOOSE = """
INSERT INTO chosen SELECT id, warc_file, warc_offset, 1 FROM captures
WHERE (id IN (SELECT id FROM asked) OR document_id IN (SELECT id FROM asked))
    AND id NOT IN (SELECT id FROM withheld);
-- An article in several pages is shown by all that it was read with, also from earlier visits.
INSERT OR IGNORE INTO chosen SELECT id, warc_file, warc_offset, 1 FROM captures
WHERE id IN (SELECT part.value FROM captures JOIN chosen USING (id), json_each(parts) AS part)
    AND id NOT IN (SELECT id FROM withheld);
-- What a revisit leaves out stands in its original.
INSERT OR IGNORE INTO chosen SELECT id, warc_file, warc_offset, 0 FROM captures
WHERE id IN (SELECT revisit_of FROM captures JOIN chosen USING (id));
"""


@contextlib.contextmanager
def shown_captures(data: DataDir) -> Iterator[sqlite3.Connection]:
    """Open the published copy and the visits since, with what is withheld in a temporary table of its own.

    Raises:
        NothingPublished: nothing is published yet.
        NotYetHidden: something was suppressed since, which nobody could take back once it has left the house.
        BadSuppressions: what is to be hidden cannot be read.
    """
    listed = data.root / "suppressions.yaml"
    with open_joined(data) as db:
        if not hides_all(db, read_suppressions(listed)):
            raise NotYetHidden(
                "the published copy shows what is to be hidden",
                where=listed,
                hint="Run `gongkai publish` first",
            )
        add_canonical(db)
        db.executescript(_WITHHOLD)
        yield db


def choose_captures(db: sqlite3.Connection, sql: str, values: tuple[str, ...] = ()) -> int:
    """Choose captures, and the originals of revisits; return how many were asked for and may be shown.

    Args:
        db: as `shown_captures` opens it.
        sql: a query whose first column holds ids of captures, or of documents for all their captures.
        values: its parameters.

    Raises:
        BadSelection: the query cannot be run.
    """
    try:
        for row in db.execute(sql, values):
            db.execute("INSERT OR IGNORE INTO asked VALUES (?)", row[:1])
    except sqlite3.Error as error:
        raise BadSelection(f"this query cannot be run: {error}", where=sql) from error
    db.executescript(_CHOOSE)
    return int(db.execute("SELECT count(*) FROM chosen WHERE is_page").fetchone()[0])


def chosen_lines(db: sqlite3.Connection, warc: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what the indexes of pages say of the chosen captures: key and timestamp, and the facts; sorted.

    Args:
        db: as `choose_captures` left it.
        warc: the folder of the WARC files, with their indexes; a file without one gives no line.
    """
    for path in _indexes(db, warc):
        with contextlib.suppress(FileNotFoundError), path.open(encoding="ascii") as index:
            for line in index:
                facts = json.loads(line[line.index("{") :])
                db.execute(
                    """INSERT INTO lines SELECT ? FROM chosen WHERE warc_file = ? AND warc_offset = ?""",
                    (line, facts["filename"], int(facts["offset"])),
                )
    for (line,) in db.execute("SELECT line FROM lines ORDER BY line"):
        key, stamp, facts = line.split(" ", 2)
        yield f"{key} {stamp}", json.loads(facts)


def unindexed_files(db: sqlite3.Connection, warc: Path) -> list[str]:
    """Return which indexes of chosen captures are not there: their WARC files are damaged or gone."""
    return [path.name for path in _indexes(db, warc) if not path.exists()]


def _indexes(db: sqlite3.Connection, warc: Path) -> Iterator[Path]:
    for (name,) in db.execute("SELECT DISTINCT warc_file FROM chosen ORDER BY 1"):
        yield index_path(warc / name, PAGES_SUFFIX)
