"""A report against that of the year before: passage by passage, and the checks of its figures.

The rows belong to the later report, and the checks to its current version. Which report stands for the year
before is the relation `previous_year`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from archive.corpus.facts import insert_checks, load_facts
from archive.corpus.version_diff import basis_of, compare_versions, figures_in
from archive.corpus.versions import PATH_SEPARATOR
from pipelines.checks.across_years import check_across_years
from pipelines.checks.cell_checks import RENDITION_MISMATCH
from pipelines.duplicates.protected import Sort

if TYPE_CHECKING:
    from archive.corpus.version_diff import Compared
    from archive.database import Database
    from pipelines.duplicates.diff import Aligned


_YEARS = """
SELECT d.current_version_id, b.current_version_id, b.id
FROM documents AS d
JOIN relations AS r ON r.from_document_id = d.id AND r.kind = 'previous_year'
JOIN documents AS b ON b.id = r.to_document_id
WHERE d.id = ? AND d.current_version_id IS NOT NULL AND b.current_version_id IS NOT NULL
"""

_COLUMNS = (
    *("ordinal", "state", "heading_path", "position", "previous_position", "moved", "figures_changed"),
    *("words_changed", "figures", "section_id", "previous_section_id"),
)

_INSERT = f"""
INSERT INTO year_on_year
    (document_id, version_id, previous_version_id, previous_document_id, {", ".join(_COLUMNS)})
VALUES (:document, :version, :previous, :previous_document, {", ".join(f":{name}" for name in _COLUMNS)})
"""  # noqa: S608  the names are constants of this module


def compare_years(db: Database, document: str) -> None:
    """Recompute what became of the passages of the report of the year before; without one nothing is told.

    Where both are the versions that were compared last, read in the same way, nothing is to be done.

    Args:
        db: the corpus, within a transaction; the relations of the document are up to date.
        document: the document's id.
    """
    years = db.row(_YEARS, document)
    basis = basis_of(db, years[1], years[0]) if years else None
    told = db.row("SELECT basis FROM _compared_years WHERE document_id = ?", document)
    if basis == (told[0] if told else None):
        return
    db.execute("DELETE FROM year_on_year WHERE document_id = ?", (document,))
    db.execute("DELETE FROM _compared_years WHERE document_id = ?", (document,))
    if years is not None:
        db.execute("INSERT INTO _compared_years VALUES (?, ?)", (document, basis))
        _insert_rows(db, document, *years)


def _insert_rows(db: Database, document: str, version: str, previous: str, previous_document: str) -> None:
    compared = compare_versions(db, previous, version)
    shared = {
        "document": document,
        "version": version,
        "previous": previous,
        "previous_document": previous_document,
    }
    db.executemany(
        _INSERT,
        [
            {**shared, "ordinal": ordinal, **_describe_passage(compared, aligned)}
            for ordinal, aligned in enumerate(compared.aligned)
        ],
    )


def _describe_passage(compared: Compared, aligned: Aligned) -> dict[str, Any]:
    figures = figures_in(compared, aligned)
    previous = None if aligned.old is None else compared.old[aligned.old]
    leaf = None if aligned.new is None else compared.new[aligned.new]
    named = leaf or previous
    return {
        "state": compared.state(aligned),
        "heading_path": PATH_SEPARATOR.join(named.heading_path) if named else "",
        "position": aligned.new,
        "previous_position": aligned.old,
        "moved": aligned.moved,
        "figures_changed": len(figures),
        "words_changed": sum(edit.sort in (Sort.WORDS, Sort.TURN) for edit in aligned.edits),
        "figures": json.dumps(figures, ensure_ascii=False),
        "section_id": leaf and leaf.section_id,
        "previous_section_id": previous and previous.section_id,
    }


# Reports without tables have nothing to be compared.
_TABLED_YEARS = """
SELECT d.year, d.current_version_id, b.current_version_id
FROM documents AS d
JOIN relations AS r ON r.from_document_id = d.id AND r.kind = 'previous_year'
JOIN documents AS b ON b.id = r.to_document_id
WHERE d.id = ? AND EXISTS (SELECT 1 FROM facts WHERE version_id = d.current_version_id)
  AND EXISTS (SELECT 1 FROM facts WHERE version_id = b.current_version_id)
"""


def check_years(db: Database, document: str) -> None:
    """Recompute the checks of a document against the year before; one that has none before it has none.

    Args:
        db: the corpus, within a transaction; the relations of the document are up to date.
        document: the document's id.
    """
    db.execute(
        "DELETE FROM checks WHERE document_id = ? AND other_version_id IS NOT NULL AND check_id <> ?",
        (document, RENDITION_MISMATCH),
    )
    years = db.row(_TABLED_YEARS, document)
    if years is not None:
        year, version, before = years
        checks = check_across_years(load_facts(db, version), load_facts(db, before), year)
        insert_checks(db, document, version, checks, before)
