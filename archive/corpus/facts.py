"""Facts and checks of versions: the cells of the statutory tables, and what was checked within a document.

Two captures can show one text and yet other tables, for markup is not text. Which of their readings stands
for the version is decided by the readings alone: ours before those of others, most stated cells, then fewest
without a value, then the smaller digest. So it does not matter which was read first.
"""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect_right
from itertools import accumulate
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from pipelines.checks.cell_checks import RENDITION_MISMATCH, check_renditions
from pipelines.forms.form_model import CellState, Fact, How
from pipelines.identity import check_id, fact_id, text_sha256
from pipelines.readers.pages import PART_MISSING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from archive.database import Database
    from pipelines.checks.check_catalogue import Check
    from pipelines.document import Reading

    Rank = tuple[bool, int, int, str]


# The columns of a fact that are fields of `Fact` by the same name.
_CELL = (
    *("form", "table_key", "table_no", "ordinal", "block_key", "row_key", "row_label"),
    *("column_key", "column_label", "value", "unit", "raw", "state", "how", "implied"),
    *("grid_row", "grid_column", "page", "confidence"),
)

_OWN = ("table_key", "table_no", "ordinal", "value", "raw", "confidence")

KNOWN_CELL = tuple(column for column in _CELL if column not in _OWN)
"""The columns of a known cell behind its number and digest."""

# The columns of a check that are fields of `Check` by the same name.
_RESULT = (
    *("table_key", "table_no", "place", "check_id", "severity", "outcome", "left_value", "right_value"),
    *("difference", "explained_by", "message_zh", "message_en"),
)

_cell = attrgetter(*_CELL)
_shared = attrgetter(*KNOWN_CELL)
_result = attrgetter(*_RESULT)
_place = attrgetter("table_key", "table_no", "ordinal")
_figures = attrgetter("place", "left_value", "right_value", "difference")

_STATEMENT = (
    *("table_key", "table_no", "check_id", "severity", "outcome", "cells", "explained_by"),
    *("message_zh", "message_en"),
)
_FACT_COLUMNS = (
    *("version", "table_key", "table_no", "ordinal", "cell", "prefix", "tail", "place", "value", "raw"),
    *("confidence", "box"),
)
_CHECK_COLUMNS = (
    *("version", "statement", "prefix", "tail", "place", "left_value", "right_value", "difference"),
    "other_version",
)
_NUMBER = "SELECT number FROM stored_versions WHERE id = ?"
_NOWHERE = -1
_FIGURE = re.compile(r"-?(?<![\d.])\d+(?:\.\d+)?(?!\d|\.(?!\s|$))")

_OF_VERSION = (
    f"SELECT {', '.join(_CELL)} FROM facts WHERE version_id = ? ORDER BY table_key, table_no, ordinal"  # noqa: S608
)


_STORED_RANK = "SELECT is_foreign, -stated, unstated, digest FROM _version_facts WHERE version_id = ?"
_IS_READ_BY_US = """
SELECT EXISTS (
    SELECT 1 FROM _readings AS r JOIN captures AS c ON c.id = r.source_id
    WHERE r.version_id = ? AND c.run_id IS NOT NULL
)
"""


def store_facts(db: Database, version: str, reading: Reading, *, is_foreign: bool = False) -> None:
    """Store the facts and checks of a reading with its version, unless those that are there go before them.

    Args:
        db: the corpus, within a transaction; the passages of the version are stored.
        version: the version's id.
        reading: what was read.
        is_foreign: whether others archived it: then it says nothing of a text that we read ourselves.
    """
    stored = db.row(_STORED_RANK, version)
    is_taken_over = stored is not None and stored[0] > is_foreign
    if not is_taken_over and reading.form is None and not reading.facts and not reading.checks:
        return
    rank = _rank(reading, is_foreign=is_foreign)
    if (stored is not None and stored <= rank) or (is_foreign and db.value(_IS_READ_BY_US, version)):
        return
    number = db.value(_NUMBER, version)
    for table in ("stored_facts", "known_places", "stored_checks"):
        db.execute(f"DELETE FROM {table} WHERE version = ?", (number,))  # noqa: S608  names of ours
    _, stated, unstated, digest = rank
    row = {
        "version_id": version,
        "is_foreign": is_foreign,
        "stated": -stated,
        "unstated": unstated,
        "digest": digest,
        "is_linked": 0,
    }
    db.insert_row("_version_facts", row, "OR REPLACE")
    db.execute("UPDATE stored_versions SET form = ? WHERE id = ?", (reading.form, version))
    _insert_facts(db, version, number, reading)
    insert_checks(db, version, reading.checks)


def insert_checks(
    db: Database, version: str, checks: Sequence[Check], other_version: str | None = None
) -> None:
    """Insert results of checks, their cells by their places, those of the other version last.

    Args:
        db: the corpus, within a transaction.
        version: the version that was checked.
        checks: what came of it.
        other_version: the version that it was checked against; None for checks within the document.
    """
    number, other = db.value(_NUMBER, version), db.value(_NUMBER, other_version)
    statements = number_entries(db, "known_statements", _STATEMENT, list(map(_state_check, checks)))
    rows = [
        (number, statement, *split_id(check_id(version, check)), *_figures(check), other)
        for check, statement in zip(checks, statements, strict=True)
    ]
    db.insert_rows("stored_checks", _CHECK_COLUMNS, rows)


def number_entries(
    db: Database, table: str, columns: Sequence[str], entries: Sequence[Sequence[object]]
) -> list[int]:
    """Return the numbers of entries of a dictionary, in the order given; those that it lacks are entered.

    Args:
        db: the corpus, within a transaction.
        table: the dictionary.
        columns: all its columns but `number` and `digest`.
        entries: the values of these columns.
    """
    digests = [_digest(entry) for entry in entries]
    known = dict(db.rows(_KNOWN.format(table), json.dumps(digests)))
    for digest, entry in zip(digests, entries, strict=True):
        if digest not in known:
            db.insert_rows(table, ("digest", *columns), [(digest, *entry)])
            known[digest] = db.value("SELECT last_insert_rowid()")
    return [known[digest] for digest in digests]


_KNOWN = "SELECT digest, number FROM {} WHERE digest IN (SELECT value FROM json_each(?))"


def _digest(entry: Sequence[object]) -> int:
    digest = hashlib.sha256(json.dumps(entry).encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


def split_id(public_id: str) -> tuple[int, int]:
    """Return the first eight hexadecimal digits of an id, and the sixteen others, as signed numbers."""
    digits = bytes.fromhex(public_id)
    return int.from_bytes(digits[:4], signed=True), int.from_bytes(digits[4:], signed=True)


def _state_check(check: Check) -> tuple[object, ...]:
    figures = (check.left_value, check.right_value, check.difference)
    cells = [(*_parse_ref(ref), 0) for ref in check.cells] + [
        (*_parse_ref(ref), 1) for ref in check.other_cells
    ]
    return (
        *(check.table_key, check.table_no, check.check_id, check.severity, check.outcome),
        *(json.dumps(cells, separators=(",", ":")), check.explained_by),
        *(leave_places(check.message_zh, *figures), leave_places(check.message_en, *figures)),
    )


def _parse_ref(ref: str) -> tuple[str, int, int]:
    """Return the table of a cell, which one of its key that is, and the cell's ordinal."""
    table, _, place = ref.partition("#")
    number, _, ordinal = place.partition(":")
    return table, int(number), int(ordinal)


def leave_places(sentence: str, left: str | None, right: str | None, difference: str | None) -> str:
    """Return a sentence with places for the figures of its check, of which the view `checks` makes it again.

    So a sentence that many reports are told is kept once. A figure that happens to be one of these is put in
    its place again all the same.
    """
    places = {(difference or "").lstrip("-"): "{difference}", right: "{right}", left: "{left}"}
    return _FIGURE.sub(lambda figure: places.get(figure[0], figure[0]), sentence.replace("{", "{}"))


def drop_checks(db: Database, document: str, compared: str) -> None:
    """Delete the results of the checks of a document against other ones.

    Args:
        db: the corpus, within a transaction.
        document: the document's id.
        compared: which checks, as SQL that follows the id of a check.
    """
    db.execute(_DROP.format(compared), (document,))


_DROP = """
DELETE FROM stored_checks
WHERE version IN (SELECT number FROM stored_versions WHERE document_id = ?) AND other_version IS NOT NULL
  AND (SELECT check_id FROM known_statements WHERE number = statement) {}
"""


def load_facts(db: sqlite3.Connection, version: str) -> tuple[Fact, ...]:
    """Return the facts of a version by table and ordinal; where they stand in its text is left out."""
    return tuple(_fact(row) for row in db.execute(_OF_VERSION, (version,)))


def take_unlinked(db: Database, document: str) -> bool:
    """Take note that a document is linked; return whether its current facts are newer than that."""
    return bool(
        db.execute(
            "UPDATE _version_facts SET is_linked = 1 WHERE is_linked = 0 "
            "AND version_id = (SELECT current_version_id FROM documents WHERE id = ?)",
            (document,),
        ).rowcount
    )


def _fact(row: Sequence[Any]) -> Fact:
    fields = dict(zip(_CELL, row, strict=True))
    fields["state"] = CellState(fields["state"])
    fields["how"] = How(fields["how"]) if fields["how"] else None
    return Fact(**fields)


def _rank(reading: Reading, *, is_foreign: bool) -> Rank:
    stated = sum(fact.value is not None for fact in reading.facts)
    content = (
        reading.form,
        [(fact.start, *_cell(fact)) for fact in reading.facts],
        [(*_result(check), check.cells, check.other_cells) for check in reading.checks],
    )
    digest = text_sha256(json.dumps(content))
    return is_foreign, -stated, len(reading.facts) - stated, digest


def _insert_facts(db: Database, version: str, number: int, reading: Reading) -> None:
    ends = list(accumulate(len(passage.lead) + len(passage.raw) for passage in reading.passages))
    sections = dict(db.rows("SELECT position, section FROM stored_occurrences WHERE version = ?", number))
    found = (_NOWHERE if fact.start is None else bisect_right(ends, fact.start) for fact in reading.facts)
    # What begins behind the last passage stands in none.
    places = [place if place in sections else _NOWHERE for place in found]
    held = [
        (number, place, place if place in sections else None, sections.get(place)) for place in set(places)
    ]
    db.insert_rows("known_places", ("version", "place", "position", "section"), held)
    cells = number_entries(db, "known_cells", KNOWN_CELL, list(map(_shared, reading.facts)))
    rows = (
        (
            *(number, *_place(fact), cell, *split_id(fact_id(version, fact.ref)), place),
            *(fact.value, None if fact.raw == fact.value else fact.raw, fact.confidence, _write_box(fact)),
        )
        for fact, cell, place in zip(reading.facts, cells, places, strict=True)
    )
    db.insert_rows("stored_facts", _FACT_COLUMNS, rows)


def _write_box(fact: Fact) -> str | None:
    return json.dumps([round(edge) for edge in fact.box], separators=(",", ":")) if fact.box else None


# Renditions of one report, held against each other: a page and what is attached to it, files of one page.
#
#     attachment_of ─▶ documents near a document ─ same body and year, both with tables ─▶ checks of both
#
# Each of two renditions has the results, its own cells first, so that they stand with whichever is read.

_NEAR = """
SELECT to_document_id FROM relations WHERE from_document_id = ?1 AND kind = 'attachment_of'
UNION SELECT from_document_id FROM relations WHERE to_document_id = ?1 AND kind = 'attachment_of'
UNION SELECT other.from_document_id
      FROM relations AS own JOIN relations AS other
          ON other.to_document_id = own.to_document_id AND other.kind = 'attachment_of'
      WHERE own.from_document_id = ?1 AND own.kind = 'attachment_of'
"""

_FORMERLY_NEAR = """
SELECT v.document_id FROM checks AS c JOIN versions AS v ON v.id = c.other_version_id
WHERE c.document_id = ? AND c.check_id = ?
"""

IS_WHOLE = f"ifnull({{}}.read_reason, '') NOT GLOB '{PART_MISSING}*'"
"""Whether a document, by its name in a question, lacks none of the pages of its text."""

# A page may have the reports of other bodies and years attached; those are not its own in another rendition.
_RENDITIONS = f"""
SELECT d.current_version_id, o.current_version_id
FROM documents AS d JOIN documents AS o
    ON o.id IN ({_NEAR}) AND o.id <> d.id
    AND o.kind = d.kind AND o.issuer_id = d.issuer_id AND o.year = d.year
WHERE d.id = ?1 AND d.kind = 'annual_report'
  AND {IS_WHOLE.format("d")} AND {IS_WHOLE.format("o")}
  AND EXISTS (SELECT 1 FROM facts WHERE version_id = d.current_version_id)
  AND EXISTS (SELECT 1 FROM facts WHERE version_id = o.current_version_id)
ORDER BY o.id
"""  # noqa: S608  other constants of this module


def compare_renditions(db: Database, documents: Iterable[str]) -> None:
    """Recompute how documents and their other renditions differ, for both of each two.

    Args:
        db: the corpus, within a transaction; documents and attachments are up to date.
        documents: those that changed, or came to be attached, or are attached no longer.
    """
    changed = set(documents)
    affected = set(changed)
    for document in changed:
        affected.update(db.column(_NEAR, document))
        affected.update(db.column(_FORMERLY_NEAR, document, RENDITION_MISMATCH))
    for document in sorted(affected):
        _compare_document(db, document)


def _compare_document(db: Database, document: str) -> None:
    drop_checks(db, document, f"= '{RENDITION_MISMATCH}'")
    renditions = db.rows(_RENDITIONS, document)
    for place, (version, other) in enumerate(renditions):
        facts, others = load_facts(db, version), load_facts(db, other)
        checks = check_renditions(facts, others, place)
        insert_checks(db, version, checks, other)
