"""A report against that of the year before: what became of its passages, and the checks of both.

    relations `previous_year` ─▶ queue ─▶ children: compare_years, each with the corpus open to read ─▶ rows

The rows belong to the later report, and the checks to its current version. Which report stands for the year
before is the relation `previous_year`. What a comparison says depends on the two versions alone, so that it
is worked out in children while the one process that writes the corpus goes on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archive.corpus.facts import drop_checks, insert_checks, load_facts
from archive.corpus.version_diff import basis_of, compare_versions, edits_in
from pipelines.checks.cell_checks import RENDITION_MISMATCH
from pipelines.checks.run_checks import check_across_years
from pipelines.duplicates.diff import State
from pipelines.duplicates.diff_cells import table_of
from pipelines.duplicates.protected import Sort
from pipelines.identity import short_id

if TYPE_CHECKING:
    import sqlite3

    from archive.corpus.version_diff import Compared
    from archive.database import Database
    from pipelines.checks.check_catalogue import Check
    from pipelines.duplicates.diff import Aligned

_YEARS = """
SELECT d.current_version_id, b.id, b.current_version_id, d.year
FROM documents AS d
JOIN relations AS r ON r.from_document_id = d.id AND r.kind = 'previous_year'
JOIN documents AS b ON b.id = r.to_document_id
WHERE d.id = ? AND d.current_version_id IS NOT NULL AND b.current_version_id IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Years:
    """A report and that of the year before, each with the version that is compared.

    Attributes:
        basis: a hash of all that the comparison depends on.
    """

    document: str
    version: str
    previous_document: str
    previous_version: str
    year: int
    basis: str


@dataclass(frozen=True, slots=True)
class ComparedYears:
    """What a comparison says.

    Attributes:
        passages: what became of each, in order, as `stored_year_on_year` has it.
        checks: of the figures of both years.
    """

    passages: str
    checks: tuple[Check, ...]


def find_years(db: Database, document: str) -> Years | None:
    """Return what a report is to be compared with; None where there is none of the year before.

    Args:
        db: the corpus; the relations of the document are up to date.
        document: the document's id.
    """
    row = db.row(_YEARS, document)
    if row is None:
        return None
    version, previous_document, previous, year = row
    basis = short_id(basis_of(db, version, previous), str(year))
    return Years(document, version, previous_document, previous, year, basis)


def are_years_told(db: Database, document: str, years: Years | None) -> bool:
    """Tell whether the rows of a report say what this comparison would."""
    told = db.value("SELECT basis FROM stored_year_on_year WHERE document_id = ?", document)
    return bool(told == (years and years.basis))


def compare_years(db: sqlite3.Connection, years: Years) -> ComparedYears:
    """Compare a report with that of the year before; a function of how both were read alone."""
    compared = compare_versions(db, years.previous_version, years.version)
    facts, before = load_facts(db, years.version), load_facts(db, years.previous_version)
    passages = [_describe_passage(compared, aligned) for aligned in compared.aligned]
    return ComparedYears(
        json.dumps(passages, ensure_ascii=False, separators=(",", ":")),
        # Reports without tables have nothing to be checked.
        check_across_years(facts, before, years.year) if facts and before else (),
    )


def write_years(db: Database, document: str, years: Years | None, found: ComparedYears | None) -> None:
    """Put what a comparison with the year before found in the place of what was told of a report.

    Args:
        db: the corpus, within a transaction.
        document: the document's id.
        years: what was compared; None where there is nothing to be compared, and so nothing to be told.
        found: by it.
    """
    db.execute("DELETE FROM stored_year_on_year WHERE document_id = ?", (document,))
    drop_checks(db, document, f"<> '{RENDITION_MISMATCH}'")
    if years is None or found is None:
        return
    row = {
        "document_id": document,
        "previous_document_id": years.previous_document,
        "version_id": years.version,
        "previous_version_id": years.previous_version,
        "basis": years.basis,
        "passages": found.passages,
    }
    db.insert_row("stored_year_on_year", row)
    insert_checks(db, years.version, found.checks, years.previous_version)


def _describe_passage(compared: Compared, aligned: Aligned) -> list[Any]:
    """Say what became of a passage as `stored_year_on_year` has it."""
    edits = [list(edit.values()) for edit in edits_in(compared, aligned)]
    cells = [
        [*table_of(cell.named_by), cell.new and cell.new.ordinal, cell.old and cell.old.ordinal]
        for cell in compared.cells_at(aligned)
        if cell.is_told
    ]
    words = sum(edit.sort in (Sort.WORDS, Sort.TURN) for edit in aligned.edits)
    told = [aligned.new, aligned.old]
    if edits or cells:
        return [*told, int(aligned.moved), words, len(edits) + len(cells), edits, cells]
    if compared.state(aligned) is State.CHANGED:
        return [*told, int(aligned.moved), words]
    return [*told, 1] if aligned.moved else told
