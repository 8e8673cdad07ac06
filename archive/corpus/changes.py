"""What happened to a document between its captures: when it appeared, and when its text changed.

    captures in order ─▶ versions ─ digests of what is not volatile ─▶ transitions ─ comparison ─▶ changes

A change is a transition between two texts that differ in more than white space, shape and what is volatile,
from the version in which the text before was first seen to the first that shows the new one. Headlines are
text. Digests and comparisons are kept, for a page with a counter is another version every night. Only whole
texts are compared: what a further page that could not be had may hold is neither dropped nor new.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence, Set
from itertools import islice
from typing import Any, NamedTuple

from archive.corpus.version_diff import Compared, basis_of, compare_versions, count_states, figures_in
from archive.corpus.versions import PATH_SEPARATOR
from archive.database import Database, stated_json
from pipelines.duplicates.diff import State
from pipelines.duplicates.left_out import without_volatile
from pipelines.identity import text_sha256
from pipelines.readers.pages import PART_MISSING
from pipelines.text.normalise import normalise_passage

MOST_FIGURES = 200
"""Figures that the evidence of one change lists; it says how many there are."""
MOST_HEADINGS = 20
"""Headings of passages that changed."""

_SHOWN = """
SELECT c.id, c.fetched_at, c.outcome, r.version_id, r.headlines, r.notes
FROM _addresses AS a
JOIN captures AS c ON c.id = a.capture_id
JOIN _readings AS r ON r.url = c.url AND c.outcome IN ('ok', 'not_modified')
    AND r.source_id = iif(c.record_type = 'revisit', c.revisit_of, c.id)
WHERE a.document_id = ? AND c.run_id IS NOT NULL    -- what others saw is no event of ours
ORDER BY c.fetched_at, c.id
"""

_CHANGE_COLUMNS = (
    *("document_id", "kind", "observed_at", "from_version_id", "to_version_id", "capture_id", "evidence"),
)
_TOLD = f"SELECT {', '.join(_CHANGE_COLUMNS)} FROM changes WHERE document_id = ?"  # noqa: S608  our names


class _Shown(NamedTuple):
    """A capture that answered, and what it shows; its version is None where it could not be read."""

    capture: str
    fetched_at: str
    outcome: str
    version: str | None
    headlines: str
    notes: str


def note_changes(db: Database, document: str) -> None:
    """Recompute when a document appeared and when its text changed.

    Args:
        db: the corpus, within a transaction; the document's captures and versions are up to date.
        document: the document's id.
    """
    shown = [_Shown(*row) for row in db.execute(_SHOWN, (document,))]
    write_changes(db, document, ("appeared", "changed"), set(_changes(db, document, shown)))


def write_changes(
    db: Database,
    document: str,
    kinds: Sequence[str],
    wanted: Set[tuple[str | None, ...]],
) -> bool:
    """Put rows in the place of those of some kinds that are told of a document; return whether any differ.

    Args:
        db: the corpus, within a transaction.
        document: the document's id.
        kinds: of the rows that are replaced.
        wanted: what is to stand there, in the order of the table's columns.
    """
    told = {row for row in db.execute(_TOLD, (document,)) if row[1] in kinds}
    db.executemany(
        "DELETE FROM changes WHERE document_id = ? AND kind = ? AND observed_at = ? AND capture_id = ?",
        [(row[0], row[1], row[2], row[5]) for row in sorted(told - wanted, key=repr)],
    )
    db.insert_rows("changes", _CHANGE_COLUMNS, sorted(wanted - told, key=repr))
    return wanted != told


def _changes(db: Database, document: str, shown: Sequence[_Shown]) -> Iterator[tuple[str | None, ...]]:
    """Yield the rows of a document."""
    if shown:
        first = shown[0]
        evidence = stated_json({"capture": first.capture, "outcome": first.outcome})
        yield document, "appeared", first.fetched_at, None, first.version, first.capture, evidence
    several = len({one.version for one in shown if one.version}) > 1
    digests = _stable_digests(db, document) if several else {}
    before, headlines = None, frozenset[str]()
    for one in shown:
        if one.version is None or PART_MISSING in json.loads(one.notes):
            continue
        stated = frozenset(map(without_volatile, json.loads(one.headlines)))
        if before is None:
            before, headlines = one.version, stated
        elif one.version != before and digests[one.version] != digests[before]:
            evidence = _evidence(db, before, one.version)
            yield document, "changed", one.fetched_at, before, one.version, one.capture, evidence
            before, headlines = one.version, stated
        elif not (headlines <= stated or stated <= headlines):
            # One that is only more, or less, is of the page's frame, or of how it was read.
            gone, come = ("；".join(sorted(one)) for one in (headlines - stated, stated - headlines))
            evidence = stated_json({"headlines": [{"sort": "words", "old": gone, "new": come}]})
            yield document, "changed", one.fetched_at, before, before, one.capture, evidence
            headlines = stated


def _stable_digests(db: Database, document: str) -> dict[str, str]:
    """Return of each version of a document the digest of what is not volatile in its text."""
    missing = db.rows(
        "SELECT v.id, v.text FROM versions AS v LEFT JOIN _stable_texts AS t ON t.version_id = v.id "
        "WHERE v.document_id = ? AND t.version_id IS NULL",
        document,
    )
    made = [(version, text_sha256(normalise_passage(without_volatile(text)))) for version, text in missing]
    db.insert_rows("_stable_texts", ("version_id", "digest"), made)
    return dict(
        db.execute(
            "SELECT version_id, digest FROM _stable_texts AS t JOIN versions AS v ON v.id = t.version_id "
            "WHERE v.document_id = ?",
            (document,),
        )
    )


def _evidence(db: Database, old: str, new: str) -> str:
    """Return what a comparison of two versions found; it is made anew where one is read in another way."""
    basis = basis_of(db, old, new)
    row = db.row(
        "SELECT evidence FROM _comparisons WHERE old_version = ? AND new_version = ? AND basis = ?",
        old,
        new,
        basis,
    )
    if row is not None:
        return str(row[0])
    evidence = stated_json(_found(compare_versions(db, old, new)))
    row = {"old_version": old, "new_version": new, "basis": basis, "evidence": evidence}
    db.insert_row("_comparisons", row, "OR REPLACE")
    return evidence


def _found(compared: Compared) -> dict[str, Any]:
    counts = count_states(compared)
    figures = [figure for aligned in compared.aligned for figure in figures_in(compared, aligned)]
    headings = (
        {"state": compared.state(aligned).value, "heading_path": PATH_SEPARATOR.join(leaf.heading_path)}
        for aligned in compared.aligned
        for leaf in [
            compared.old[aligned.old or 0] if aligned.new is None else compared.new[aligned.new],
        ]
        if compared.state(aligned) is not State.KEPT
    )
    return {
        "passages": {state.value: counts[state.value] for state in State},
        "figures_changed": len(figures),
        "figures": figures[:MOST_FIGURES],
        "headings": list(islice(headings, MOST_HEADINGS)),
    }
