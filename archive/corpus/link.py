"""What follows from the captures: documents, issuers, health, relations.

    whose each portal is
    _to_link ─▶ visits ─▶ how portals were in which run
             ├▶ documents ─▶ attachments of articles, tied to what is held
             │            ├▶ relations and tasks of every document that is affected, renditions of one report
             │            └▶ first places of their passages ─▶ families
             ├▶ kin, fates ─▶ what became of documents, and their relations again
             ├▶ years ─▶ reports against those of the year before
             ├▶ texts ─▶ which documents are copies
             ├▶ portals
             └▶ bodies that documents name, or named

Each row is a pure function of what the corpus holds, recomputed for the keys that changed, so that it does
not matter in which order, or in how many nights, the captures came in.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from archive.corpus.changes import note_changes
from archive.corpus.facts import compare_renditions, take_unlinked
from archive.corpus.fates import note_visit, queue_fates, queue_kin, tell_fate
from archive.corpus.issuers import (
    describe_bodies,
    issuer_of,
    note_unplaced,
    place_portals,
    queue_bodies,
    write_roster,
)
from archive.corpus.portal_states import note_health
from archive.corpus.relations import note_attachments, queue_copies, relate_copies, relate_documents
from archive.corpus.section_links import place_sections
from archive.corpus.store import hold_children
from archive.corpus.version_diff import are_years_told, compare_years, find_years, write_years
from archive.corpus.versions import place_on_pages
from archive.database import Database, stated_json
from pipelines.addresses import without_tracking
from pipelines.attachments.link_targets import file_name
from pipelines.metadata.fields import Source, metadata_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from archive.corpus.store import Ask
    from pipelines.bodies.roster import Roster


BATCH = 2000
"""Documents per transaction: what a kill can cost, about a minute. Each writes most pages of indexes once."""

_OF_DOCUMENT = """
SELECT c.id, c.run_id, c.record_type, c.url, c.fetched_at, c.status, c.outcome, c.portal_id, c.payload_sha256,
       r.source_id, r.version_id, r.read_state, r.read_reason, r.file_type, r.metadata, r.tables
FROM _addresses AS a
JOIN captures AS c ON c.id = a.capture_id
LEFT JOIN _readings AS r ON r.url = c.url AND c.outcome IN ('ok', 'not_modified')
    AND r.source_id = iif(c.record_type = 'revisit', c.revisit_of, c.id)
WHERE a.document_id = ?
ORDER BY c.fetched_at, c.id
"""

# The columns of a document that are fields of its metadata; none is filled in from elsewhere.
_STATED = tuple(metadata_columns())


class _Seen(NamedTuple):
    """One capture of a document with the reading that it shows; of no run where others made it."""

    capture: str
    run: str | None
    record_type: str
    url: str
    fetched_at: str
    status: int | None
    outcome: str
    portal: str | None
    payload: str | None
    source: str | None
    version: str | None
    read_state: str | None
    read_reason: str | None
    file_type: str | None
    metadata: str | None
    tables: str | None


_RELATED_TO = """
SELECT v.text_sha256, v.confidence, d.portal_id, d.url, d.title, d.kind, d.issuer_id, d.year, d.doc_number,
       d.published_on, d.status, d.read_state, d.read_reason, d.current_version_id
FROM documents AS d LEFT JOIN versions AS v ON v.id = d.current_version_id WHERE d.id = ?
"""


def link(db: Database, roster: Roster, workers: int = 1) -> int:
    """Recompute what depends on the documents and portals that changed.

    In batches, each taken off the queue in the transaction that does it: a relation to a document of a later
    batch is found when that one is linked.

    Args:
        db: the corpus; of another roster it would be another corpus.
        roster: who is known by which names.
        workers: children that compare passages, and reports with those of the year before.

    Returns:
        How many documents were linked.
    """
    linked = 0
    with db.transaction():
        write_roster(db, roster)
        relate_documents(db, place_portals(db, roster))
    _for_each_queued(db, "visit", note_visit)
    with hold_children(db, workers) as ask:
        while documents := _queued(db, "document"):
            with _step(db, "document", documents):
                changed = [one for one in documents if _link_document(db, one, roster)]
                affected = note_attachments(db, documents).union(changed)
                relate_documents(db, affected)
                compare_renditions(db, affected)
                place_sections(db, documents, ask)
            linked += len(documents)
        _link_fates(db)
        _link_years(db, ask)
    _for_each_queued(db, "text", relate_copies)
    _for_each_queued(db, "portal", note_health)
    while bodies := _queued(db, "body"):
        with _step(db, "body", bodies):
            describe_bodies(db, bodies, roster)
    return linked


def _for_each_queued(db: Database, kind: str, recompute: Callable[[Database, str], object]) -> None:
    while ids := _queued(db, kind):
        with _step(db, kind, ids):
            for one in ids:
                recompute(db, one)


def _link_fates(db: Database) -> None:
    """Tell what became of documents, once all of them are written: a move takes two."""
    _for_each_queued(db, "kin", queue_kin)
    while fates := _queued(db, "fate"):
        with _step(db, "fate", fates):
            relate_documents(db, [one for one in fates if tell_fate(db, one)])


def _link_years(db: Database, ask: Ask) -> None:
    """Compare reports with those of the year before, once it is settled which these are."""
    while documents := _queued(db, "year"):
        years = {one: find_years(db, one) for one in documents}
        changed = [one for one, found in years.items() if not are_years_told(db, one, found)]
        with _step(db, "year", documents):
            compared = ask(compare_years, [found for one in changed if (found := years[one])])
            for one in changed:
                write_years(db, one, years[one], next(compared) if years[one] else None)


@contextlib.contextmanager
def _step(db: Database, kind: str, ids: list[str]) -> Iterator[None]:
    """Do a step in one transaction and take it off the queue."""
    with db.transaction():
        yield
        db.executemany("DELETE FROM _to_link WHERE kind = ? AND id = ?", [(kind, one) for one in ids])


def _queued(db: Database, kind: str) -> list[str]:
    return db.column("SELECT id FROM _to_link WHERE kind = ? ORDER BY id LIMIT ?", kind, BATCH)


def _link_document(db: Database, document: str, roster: Roster) -> bool:
    """Recompute a document; return whether anything changed that relations, its own or others', build on."""
    before = db.row(_RELATED_TO, document)
    _write_document(db, document, roster)
    queue_fates(db, document)
    note_changes(db, document)
    note_unplaced(db, document, roster)
    after = db.row(_RELATED_TO, document)
    has_new_facts = take_unlinked(db, document)
    if after is None or (before == after and not has_new_facts):
        return False
    texts = {state[0] for state in (before, after) if state and state[0]}
    queue_copies(db, document, texts)
    return True


def _write_document(db: Database, document: str, roster: Roster) -> None:
    seen = [_Seen(*row) for row in db.execute(_OF_DOCUMENT, (document,))]
    readings = [one for one in seen if one.read_state]
    if not readings:
        return
    own = [one for one in readings if one.run]
    for seen_by in (own, [one for one in readings if not one.run]):
        _tell_repeats(db, seen_by)
    _date_versions(db, readings)
    readings = own or readings
    newest = readings[-1]
    told = next((one for one in reversed(readings) if one.version), newest)
    metadata = json.loads(told.metadata or "{}")
    _name_untitled(db, document, metadata)
    issuer = issuer_of(db, metadata.get("issuer"), newest.portal, roster)
    joint = [issuer_of(db, name, newest.portal, roster) for name in metadata.get("joint_issuers", ())]
    # What stands until what became of the document is told anew.
    stands = db.row("SELECT status, status_reason FROM documents WHERE id = ?", document)
    status, doubt = stands or ("live", None)
    row = {
        **{field: metadata.get(field) for field in _STATED},
        "id": document,
        "portal_id": newest.portal,
        "url": min((without_tracking(one.url) for one in readings), key=lambda url: (len(url), url)),
        "kind": metadata.get("kind", "other"),
        "issuer_id": issuer,
        "joint_issuers": json.dumps([one for one in dict.fromkeys(joint) if one != issuer]),
        "region_code": db.value("SELECT region_code FROM issuers WHERE id = ?", issuer),
        "metadata_sources": stated_json(metadata.get("sources", {})),
        "metadata_disagreements": stated_json(metadata.get("disagreements", [])),
        "status": status,
        "status_reason": doubt,
        "read_state": newest.read_state,
        "read_reason": newest.read_reason,
        "file_type": newest.file_type,
        "first_seen": readings[0].fetched_at,
        "last_seen": newest.fetched_at,
        "current_version_id": told.version,
    }
    queue_bodies(db, document)
    db.insert_row("documents", row, "OR REPLACE")
    queue_bodies(db, document)
    db.execute(
        "UPDATE _captures SET document_id = ?1 "
        "WHERE id IN (SELECT capture_id FROM _addresses WHERE document_id = ?1) AND document_id IS NULL",
        (document,),
    )
    db.execute(
        "UPDATE _captures SET document_id = ?1 WHERE role = 'part' AND document_id IS NULL "
        "AND parent_capture_id IN (SELECT capture_id FROM _addresses WHERE document_id = ?1)",
        (document,),
    )


def _name_untitled(db: Database, document: str, metadata: dict[str, Any]) -> None:
    """Give a file without a title the name that its list or page gives it, an attachment else its own."""
    named = None if metadata.get("title") else find_name(db, document)
    if named is not None:
        metadata["title"], source = named
        metadata["sources"] = {**metadata.get("sources", {}), "title": source.value}


def _tell_repeats(db: Database, readings: list[_Seen]) -> None:
    """Call a revisit `not_modified` where the document showed that payload before, else `ok`."""
    shown: set[str | None] = set()
    for one in readings:
        if one.record_type == "revisit":
            outcome = "not_modified" if one.payload in shown or one.status == 304 else "ok"
            if outcome != one.outcome:
                db.execute("UPDATE _captures SET outcome = ? WHERE id = ?", (outcome, one.capture))
        shown.add(one.payload)


def _date_versions(db: Database, readings: list[_Seen]) -> None:
    shown: dict[str, list[_Seen]] = {}
    for one in readings:
        if one.version:
            shown.setdefault(one.version, []).append(one)
    for version, seen in shown.items():
        times = [one for one in seen if one.run] or seen
        db.execute(
            """
            UPDATE stored_versions SET (capture_id, first_seen, last_seen, tables) = (?, ?, ?, ?),
                (extractor, encoding, notes, pages, apart, confidence) = (
                    SELECT extractor, encoding, notes, pages, apart, confidence FROM _readings
                    WHERE url = ? AND source_id = ?
                )
            WHERE id = ?
            """,
            (
                times[0].capture,
                times[0].fetched_at,
                times[-1].fetched_at,
                # Of two readings of one text the one that tells more of its tables decides.
                max((one.tables or "" for one in times), key=lambda tables: (len(tables), tables)),
                times[0].url,
                times[0].source,
                version,
            ),
        )
        place_on_pages(db, version)


# What a file is called where its text gives no title: by what led to it, an attachment else by its own name.

_NAMES = """
SELECT c.list_title, r.file_name, c.url, c.role
FROM _addresses AS a
JOIN captures AS c ON c.id = a.capture_id AND c.outcome IN ('ok', 'not_modified')
JOIN _readings AS r ON r.url = c.url AND r.source_id = iif(c.record_type = 'revisit', c.revisit_of, c.id)
    AND (c.role = 'attachment' OR c.role = 'article' AND r.file_type <> 'html')
WHERE a.document_id = ? ORDER BY c.fetched_at DESC, c.id DESC
"""


def find_name(db: Database, document: str) -> tuple[str, Source] | None:
    """Return the name of a file and where it is stated: by its list, or by the page that it is attached to.

    One that stands in a list without a name has none. A page states its own title, or has none.

    Args:
        db: the corpus.
        document: the document's id.
    """
    rows = db.rows(_NAMES, document)
    attached = [row for row in rows if row[3] == "attachment"]
    for column, source, named_by in ((0, Source.LIST, rows), (1, Source.FILE, attached)):
        named = next((row[column] for row in named_by if row[column]), None)
        if named:
            return str(named), source
    named = file_name(attached[0][2]) if attached else None
    return (named, Source.FILE) if named else None
