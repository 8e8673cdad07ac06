"""Two versions side by side: their passages, and the cells of their tables; a report against the year before.

    relations `previous_year` ─▶ queue ─▶ children: compare_years, each with the corpus open to read ─▶ rows

What stands in a table that is read as cells is compared by cell and left out of its passage. The rows of two
years belong to the later report, and the checks to its current version; which report stands for the year
before is the relation `previous_year`. What a comparison says depends on the two versions alone, so that it
is worked out in children while the one process that writes the corpus goes on.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from archive.corpus.facts import IS_WHOLE, drop_checks, insert_checks, load_facts
from archive.corpus.section_links import name_sort
from archive.corpus.versions import split_path
from pipelines.checks.cell_checks import RENDITION_MISMATCH
from pipelines.checks.check_catalogue import Check
from pipelines.checks.run_checks import check_across_years
from pipelines.duplicates.diff import Aligned, Leaf, State, align_passages
from pipelines.duplicates.diff_cells import CellDifference, changed_forms, compare_cells, table_of
from pipelines.duplicates.left_out import number_end
from pipelines.duplicates.protected import Sort
from pipelines.identity import short_id
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

    from archive.database import Database
    from pipelines.duplicates.diff_wording import Edit

STATED = frozenset({Sort.FIGURE, Sort.NUMBER, Sort.NAME})
"""What is listed apart from words when it changes."""

LEAVES = """
WITH cells AS (
    SELECT DISTINCT position FROM facts WHERE version_id = :version AND table_key IN ('t2', 't3', 't4')
)
SELECT o.section_id, o.heading_path, o.lead, coalesce(o.raw, s.text), o.position IN cells
FROM occurrences AS o JOIN sections AS s ON s.id = o.section_id
WHERE o.version_id = :version ORDER BY o.position
"""
"""The passages of a version in order, as `leaves_of` reads them."""


# Of two readings of one text the one that stands for it decides which of its cells are compared.
_READ = """
SELECT v.id, v.tables, f.digest, f.is_foreign
FROM versions AS v LEFT JOIN _version_facts AS f ON f.version_id = v.id
WHERE v.id = ?
"""

_YEARS = f"""
SELECT d.current_version_id, b.id, b.current_version_id, d.year
FROM documents AS d
JOIN relations AS r ON r.from_document_id = d.id AND r.kind = 'previous_year'
JOIN documents AS b ON b.id = r.to_document_id
WHERE d.id = ? AND d.current_version_id IS NOT NULL AND b.current_version_id IS NOT NULL
  -- What lacks some of its pages has dropped nothing.
  AND {IS_WHOLE.format("d")} AND {IS_WHOLE.format("b")}
"""  # noqa: S608  a constant of ours


class Compared(FrozenStruct):
    """What became of the passages and cells of a version in another.

    Attributes:
        old: the passages of the earlier version.
        new: those of the later.
        aligned: what became of them; a passage whose cells alone differ is `kept` here.
        cells: the cells that differ.
        places: of each of `cells`, the place of its passage: in `new`, or in `old` where the cell is gone.
        other_forms: the places in `new` of tables that follow another form than before.
    """

    old: list[Leaf]
    new: list[Leaf]
    aligned: tuple[Aligned, ...]
    cells: tuple[CellDifference, ...]
    places: tuple[int | None, ...]
    other_forms: frozenset[int | None]

    def cells_at(self, aligned: Aligned) -> list[CellDifference]:
        """Return the cells that differ in the tables of a passage."""
        return [
            cell
            for cell, place in zip(self.cells, self.places, strict=True)
            if place is not None and place == (aligned.new if cell.new else aligned.old)
        ]

    def state(self, aligned: Aligned) -> State:
        """Return what became of a passage, its tables included."""
        has_other_tables = aligned.new in self.other_forms or bool(self.cells_at(aligned))
        return State.CHANGED if aligned.state is State.KEPT and has_other_tables else aligned.state


def load_leaves(db: sqlite3.Connection, version: str) -> list[Leaf]:
    """Return the passages of a version in order, without what is compared by cell."""
    tables = db.execute("SELECT tables FROM versions WHERE id = ?", (version,)).fetchone()
    rows = db.execute(LEAVES, {"version": version})
    return leaves_of(rows, json.loads(tables[0]) if tables else ())


def leaves_of(rows: Iterable[Sequence[Any]], table_spans: Iterable[Sequence[int]]) -> list[Leaf]:
    """Return passages without what is compared by cell.

    Args:
        rows: of each passage, in order, its section, its headings joined, the characters before it, itself as
            printed, and whether cells of it are read (`LEAVES`).
        table_spans: where in the text tables stand, half-open (`versions.tables`).
    """
    spans = sorted((start, end) for start, end in table_spans)
    leaves: list[Leaf] = []
    position = 0
    for section, path, lead, raw, has_cells in rows:
        start = position + len(lead)
        position = start + len(raw)
        text = "".join(_text_outside(raw, start, spans)) if has_cells else raw
        leaves.append(Leaf(section, text, split_path(path)))
    return leaves


def _text_outside(raw: str, start: int, spans: Sequence[tuple[int, int]]) -> Iterator[str]:
    """Yield what of a passage stands in no table."""
    position = 0
    for first, last in spans:
        if first - start < len(raw) and last - start > position:
            yield raw[position : max(first - start, position)]
            position = max(min(last - start, len(raw)), position)
    yield raw[position:]


def compare_versions(db: sqlite3.Connection, old: str, new: str) -> Compared:
    """Compare two versions, whichever documents they are of.

    Args:
        db: the corpus.
        old: the id of the earlier version.
        new: that of the later.
    """
    leaves, new_leaves = load_leaves(db, old), load_leaves(db, new)
    facts, new_facts = load_facts(db, old), load_facts(db, new)
    cells = compare_cells(facts, new_facts)
    places, new_places = _cell_places(db, old), _cell_places(db, new)
    at = tuple(
        new_places.get(cell.new.ref) if cell.new else places.get(cell.old.ref if cell.old else "")
        for cell in cells
    )
    tables = changed_forms(facts, new_facts)
    other_forms = {new_places[fact.ref] for fact in new_facts if (fact.table_key, fact.table_no) in tables}
    aligned = align_passages(leaves, new_leaves)
    return Compared(leaves, new_leaves, aligned, cells, at, frozenset(other_forms - {None}))


def basis_of(db: sqlite3.Connection, old: str, new: str) -> str:
    """Return a hash of all that a comparison of two versions depends on."""
    return short_id(*(repr(db.execute(_READ, (version,)).fetchone()) for version in (old, new)))


def _cell_places(db: sqlite3.Connection, version: str) -> dict[str, int | None]:
    """Return in which passage each cell of a version stands, by its name within the document."""
    return dict(
        db.execute(
            "SELECT table_key || '#' || table_no || ':' || ordinal, position FROM facts WHERE version_id = ?",
            (version,),
        )
    )


def stated_edits(edits: Sequence[Edit], old: str, new: str) -> list[Edit]:
    """Return the edits of a passage that change a figure, a number or a name.

    Args:
        edits: of a changed passage.
        old: the passage before; the numeral of its heading is no figure.
        new: the passage now.
    """
    found: list[Edit] = []
    place, new_place = 0, 0
    for edit in edits:
        is_numeral = place < number_end(old) or new_place < number_end(new)
        says = any(char.isalnum() for char in edit.old + edit.new)
        if edit.sort in STATED and says and not is_numeral:
            found.append(edit)
        place, new_place = place + len(edit.old), new_place + len(edit.new)
    return found


def edits_in(compared: Compared, aligned: Aligned) -> list[dict[str, Any]]:
    """Return the figures, numbers and names that changed in the prose of a passage, as JSON objects."""
    if aligned.old is None or aligned.new is None:
        return []
    old, new = compared.old[aligned.old].raw, compared.new[aligned.new].raw
    return [
        {"sort": edit.sort, "old": edit.old.strip(), "new": edit.new.strip()}
        for edit in stated_edits(aligned.edits, old, new)
    ]


def figures_in(compared: Compared, aligned: Aligned) -> list[dict[str, Any]]:
    """Return the figures, numbers and names that changed in a passage and in its tables, as JSON objects."""
    cells = [cell_figure(cell) for cell in compared.cells_at(aligned) if cell.is_told]
    return edits_in(compared, aligned) + cells


def cell_figure(cell: CellDifference) -> dict[str, Any]:
    """Return a cell that changed as a JSON object with its keys; an unparted row has no column."""
    named = cell.named_by
    figure: dict[str, Any] = {
        "sort": Sort.FIGURE,
        "old": cell.old.raw or "" if cell.old else "",
        "new": cell.new.raw or "" if cell.new else "",
        "table": named.table_key,
        "table_no": named.table_no,
        "block": named.block_key,
        "row": named.row_key,
        "column": None if cell.is_row else named.column_key,
    }
    return {key: value for key, value in figure.items() if value is not None}


def count_states(compared: Compared) -> Counter[str]:
    """Return how many passages were kept, changed, new and dropped."""
    return Counter(compared.state(aligned).value for aligned in compared.aligned)


class _Years(NamedTuple):
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


_Told = tuple[str, tuple[Check, ...]]
"""What became of each passage, as `stored_year_on_year` has it; checks of the figures of both years."""


def find_years(db: Database, document: str) -> _Years | None:
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
    return _Years(document, version, previous_document, previous, year, basis)


def are_years_told(db: Database, document: str, years: _Years | None) -> bool:
    """Tell whether the rows of a report say what this comparison would."""
    told = db.value("SELECT basis FROM stored_year_on_year WHERE document_id = ?", document)
    return bool(told == (years and years.basis))


def compare_years(db: sqlite3.Connection, years: _Years) -> _Told:
    """Compare a report with that of the year before; a function of how both were read alone."""
    compared = compare_versions(db, years.previous_version, years.version)
    facts, before = load_facts(db, years.version), load_facts(db, years.previous_version)
    passages = [_describe_passage(compared, aligned) for aligned in compared.aligned]
    # Reports without tables have nothing to be checked.
    checks = check_across_years(facts, before, years.year) if facts and before else ()
    return json.dumps(passages, ensure_ascii=False, separators=(",", ":")), checks


def write_years(db: Database, document: str, years: _Years | None, found: _Told | None) -> None:
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
    passages, checks = found
    row = {
        "document_id": document,
        "previous_document_id": years.previous_document,
        "version_id": years.version,
        "previous_version_id": years.previous_version,
        "basis": years.basis,
        "passages": passages,
    }
    db.insert_row("stored_year_on_year", row)
    insert_checks(db, years.version, checks, years.previous_version)


def _describe_passage(compared: Compared, aligned: Aligned) -> list[Any]:
    """Say what became of a passage as `stored_year_on_year` has it."""
    edits = [[name_sort(each["sort"]), each["old"], each["new"]] for each in edits_in(compared, aligned)]
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
