"""What may not be shown: `suppressions.yaml` in the data directory, applied to the published copy alone.

Portals publish personal data by mistake and retract it. The evidence and the working corpus keep what was
harvested; the copy shows that something stood there and is not shown. An entry names an address (the whole
document, of an article in several pages by any of them) or a passage (by its section id, wherever it stands),
with a reason and a date (`docs/datasette.md` shows both).
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from archive.corpus.facts import KNOWN_CELL
from archive.database import Database, unchanging_uri
from archive.yaml_places import Place, compose
from pipelines.addresses import canonical_address, find_canonical
from pipelines.errors import BadConfiguration
from pipelines.identity import document_id
from pipelines.metadata.fields import hidden_columns
from pipelines.structs import FrozenStruct

_FORM = "Write entries of either url or passage, with reason and date"
MARK = "〔此处依个人信息保护不予显示〕"


class BadSuppressions(BadConfiguration):
    """`suppressions.yaml` cannot be understood, so nothing may be published."""


class Suppression(FrozenStruct):
    """One thing that may not be shown.

    Attributes:
        kind: `url` or `passage`.
        target: the address as written, or the section id.
        reason: why, in the operator's words; it is published.
        date: the day it was decided.
    """

    kind: str
    target: str
    reason: str
    date: dt.date


_HIDDEN = "SELECT kind, target FROM suppressions"


def read_hidden(copy: Path) -> set[tuple[str, str]]:
    """Return what a published copy hides, by kind and target.

    Raises:
        sqlite3.DatabaseError: it cannot be read.
    """
    with closing(sqlite3.connect(unchanging_uri(copy), uri=True)) as db:
        return set(db.execute(_HIDDEN))


def hides_all(copy: sqlite3.Connection, wanted: Iterable[Suppression]) -> bool:
    """Whether a published copy hides all that is to be hidden by now.

    Args:
        copy: the one that is read from, as it is open: the link to the newest may be moved meanwhile.
        wanted: what is to be hidden.

    Raises:
        sqlite3.DatabaseError: it cannot be read.
    """
    hidden = set(copy.execute(_HIDDEN))
    return {(each.kind, each.target) for each in wanted} <= hidden


def read_suppressions(path: Path) -> tuple[Suppression, ...]:
    """Read the list; an absent file is an empty one.

    Raises:
        BadSuppressions: it is no YAML list of entries as described above. What was meant to be hidden
            would be shown if such an entry were passed over.
    """
    if not path.exists():
        return ()
    root = compose(path, BadSuppressions, _FORM)
    return tuple(map(_entry, Place(path, "", root, BadSuppressions).items())) if root else ()


def _entry(place: Place) -> Suppression:
    places = place.fields(dict.fromkeys(("url", "passage", "reason", "date")), frozenset(("reason", "date")))
    kinds = [kind for kind in ("url", "passage") if kind in places]
    if len(kinds) != 1:
        place.refuse("names not one thing", _FORM)
    [kind] = kinds
    return Suppression(kind, places[kind].text(), places["reason"].text(), places["date"].day())


_TEXTS = "SELECT number FROM stored_versions WHERE document_id = :id"
# What is known of a document beyond its address, its place in the crawl and its dates of capture.
_HIDE_DOCUMENT = (
    f"""UPDATE documents SET {" ".join(f"{column} = NULL," for column in hidden_columns())}
       issuer_id = NULL, joint_issuers = '[]', metadata_sources = '{{}}', metadata_disagreements = '[]',
       current_version_id = NULL, read_reason = 'suppressed' WHERE id = :id""",  # noqa: S608  names of our table
    "UPDATE known_captures SET list_title = NULL, provenance = NULL WHERE document_id = :id",
    "UPDATE changes SET from_version_id = NULL, to_version_id = NULL WHERE document_id = :id",
    "UPDATE changes SET evidence = '{}' WHERE document_id = :id AND kind = 'changed'",
    "DELETE FROM stored_year_on_year WHERE :id IN (document_id, previous_document_id)",
    "DELETE FROM relations WHERE :id IN (from_document_id, to_document_id)",
    "DELETE FROM attachments WHERE document_id = :id",
    # What it is called may be what must not be shown.
    "UPDATE attachments SET name = NULL WHERE attachment_id = :id OR url = :url",
    # Those of the report of the year after quote its figures.
    f"DELETE FROM stored_checks WHERE version IN ({_TEXTS}) OR other_version IN ({_TEXTS})",  # noqa: S608  likewise
    f"DELETE FROM stored_facts WHERE version IN ({_TEXTS})",  # noqa: S608  likewise
    f"DELETE FROM known_places WHERE version IN ({_TEXTS})",  # noqa: S608  likewise
    "DELETE FROM tasks WHERE document_id = :id",
    "DELETE FROM plan_items WHERE document_id = :id",
    "DELETE FROM plans WHERE document_id = :id",
    "DELETE FROM variants WHERE document_id = :id",
    "DELETE FROM repetitions WHERE document_id = :id",
    f"DELETE FROM stored_occurrences WHERE version IN ({_TEXTS})",  # noqa: S608  likewise
    "DELETE FROM stored_versions WHERE document_id = :id",
)
# Of passages and of what cells and checks say, what no text has any more.
_DROP_UNUSED = """
DELETE FROM known_cells WHERE number NOT IN (SELECT cell FROM stored_facts);
DELETE FROM known_statements WHERE number NOT IN (SELECT statement FROM stored_checks);
DELETE FROM stored_sections WHERE number NOT IN (SELECT section FROM stored_occurrences);
DELETE FROM stored_section_links WHERE section_a NOT IN (SELECT number FROM stored_sections)
OR section_b NOT IN (SELECT number FROM stored_sections);
"""
_NUMBER = "(SELECT number FROM stored_sections WHERE id = :id)"
_SHOWING = "SELECT version_id FROM occurrences WHERE section_id = :id"
_ATTACHED = f"SELECT attachment_id FROM attachments WHERE version_id IN ({_SHOWING})"  # noqa: S608  constants
_SHOWN_IN = f"SELECT version FROM stored_occurrences WHERE section = {_NUMBER}"  # noqa: S608  likewise
_HIDDEN_TABLES = f"""SELECT f.version, f.table_key, f.table_no FROM known_places AS p
    JOIN stored_facts AS f ON f.version = p.version AND f.place = p.place WHERE p.section = {_NUMBER}"""  # noqa: S608  likewise
_HIDE_FIGURES = (
    # Of a table that begins or goes on in the passage nothing is shown: its headers may stand there too.
    f"""DELETE FROM stored_checks WHERE version IN ({_SHOWN_IN}) AND EXISTS (
           SELECT 1 FROM known_statements AS k WHERE k.number = statement
           AND (stored_checks.version, k.table_key, k.table_no) IN ({_HIDDEN_TABLES}))""",  # noqa: S608  likewise
    f"DELETE FROM stored_facts WHERE (version, table_key, table_no) IN ({_HIDDEN_TABLES})",  # noqa: S608  likewise
    # A check of the prose, or of a cell that is not shown any more, may quote it.
    f"""DELETE FROM stored_checks
       WHERE (version IN ({_SHOWN_IN}) OR other_version IN ({_SHOWN_IN})) AND EXISTS (
           SELECT 1 FROM known_statements AS k WHERE k.number = statement
           AND (k.table_key IS NULL AND stored_checks.version IN ({_SHOWN_IN}) OR EXISTS (
               SELECT 1 FROM json_each(k.cells) AS cell WHERE NOT EXISTS (
                   SELECT 1 FROM stored_facts AS f
                   WHERE f.version = iif(cell.value ->> 3, stored_checks.other_version, stored_checks.version)
                     AND f.table_key = cell.value ->> 0 AND f.table_no = cell.value ->> 1
                     AND f.ordinal = cell.value ->> 2))))""",  # noqa: S608  likewise
)


def _hide_labels(axis: str, shown: str, bit: int) -> tuple[str, str]:
    """Return statements by which cells of the passage's texts get a label that is not shown.

    Args:
        axis: `row` or `column`; only what the form does not know may quote the passage.
        shown: what is shown in its place, as SQL.
        bit: of the number of such a cell, which no number of the corpus reaches.
    """
    quotes = f"""c.{axis}_key IS NULL AND c.{axis}_label <> ''
        AND instr(squeezed(:text), squeezed(c.{axis}_label))"""
    listed = ", ".join(shown if column == f"{axis}_label" else column for column in KNOWN_CELL)
    return (
        f"""INSERT OR IGNORE INTO known_cells
           SELECT number | 1 << {bit}, number | 1 << {bit}, {listed} FROM known_cells AS c
           WHERE {quotes} AND number IN (SELECT cell FROM stored_facts WHERE version IN ({_SHOWN_IN}))""",  # noqa: S608  likewise
        f"""UPDATE stored_facts SET cell = cell | 1 << {bit} WHERE version IN ({_SHOWN_IN})
           AND EXISTS (SELECT 1 FROM known_cells AS c WHERE c.number = cell AND {quotes})""",  # noqa: S608  likewise
    )


# What other tables quote from the passage, in each of its spellings.
_HIDE_QUOTATIONS = (
    *_hide_labels("column", "NULL", 60),
    *_hide_labels("row", ":mark", 61),
    "DELETE FROM tasks WHERE instr(squeezed(:text), squeezed(text))",
    "DELETE FROM relations WHERE instr(:text, evidence)",
    f"""UPDATE documents SET metadata_disagreements = (
           SELECT json_group_array(json(value)) FROM json_each(metadata_disagreements)
           WHERE NOT instr(squeezed(:text), squeezed(json_extract(value, '$.value'))))
       WHERE metadata_disagreements <> '[]' AND current_version_id IN ({_SHOWING})""",  # noqa: S608  likewise
    f"""UPDATE documents SET title = NULL WHERE instr(:text, title)
       AND current_version_id IN ({_SHOWING})""",  # noqa: S608  likewise
    # An article prints the names of its attachments, and those are known by them.
    f"""UPDATE known_captures SET list_title = NULL
       WHERE instr(:text, list_title) AND document_id IN ({_ATTACHED})""",  # noqa: S608  likewise
    f"""UPDATE documents SET title = NULL WHERE instr(:text, title) AND id IN ({_ATTACHED})""",  # noqa: S608  likewise
    f"""UPDATE attachments SET name = NULL
       WHERE instr(:text, name) AND version_id IN ({_SHOWING})""",  # noqa: S608  likewise
)
_CURRENT_PLACES = """SELECT d.id, o.position FROM occurrences AS o
    JOIN documents AS d ON d.current_version_id = o.version_id WHERE o.section_id = :id"""
_HIDE_PASSAGE = (
    f"DELETE FROM stored_section_links WHERE {_NUMBER} IN (section_a, section_b)",  # noqa: S608  likewise
    "DELETE FROM tasks WHERE section_id = :id",
    "DELETE FROM plan_items WHERE section_id = :id",
    # That a report speaks of an item stays true; what it says there is not shown.
    f"""UPDATE relations SET evidence = json_set(evidence, '$.text', :mark) WHERE kind = 'implements'
       AND ((from_document_id, from_position) IN ({_CURRENT_PLACES})
            OR (to_document_id, to_position) IN ({_CURRENT_PLACES}))""",  # noqa: S608  likewise
    # Its other wordings quote it, and places below it its heading.
    f"DELETE FROM variants WHERE version_id IN ({_SHOWING})",  # noqa: S608  likewise
    f"DELETE FROM repetitions WHERE version_id IN ({_SHOWING})",  # noqa: S608  likewise
    # Its heading stands in the paths of what is below it, too.
    f"""UPDATE stored_occurrences SET headings = (
           SELECT h.headings FROM stored_occurrences AS h
           WHERE h.version = stored_occurrences.version AND h.position < stored_occurrences.position
               AND h.headings IS NOT NULL ORDER BY h.position DESC LIMIT 1)
       WHERE headings IS NULL
           AND version IN (SELECT version FROM stored_occurrences WHERE section = {_NUMBER})""",  # noqa: S608  likewise
    """UPDATE stored_occurrences SET (headings, title_chars) = ('', 0) WHERE (version, position) IN (
           SELECT v.number, below.position FROM occurrences AS hidden
           JOIN stored_versions AS v ON v.id = hidden.version_id
           JOIN occurrences AS below ON below.version_id = hidden.version_id
           WHERE hidden.section_id = :id AND hidden.heading_path <> ''
               AND instr(below.heading_path || ' › ', hidden.heading_path || ' › ') = 1)""",
    # So does how many figures changed in it, but not which.
    f"""UPDATE stored_year_on_year SET passages = (
           SELECT json_group_array(json(iif(EXISTS (
               SELECT 1 FROM occurrences AS place WHERE section_id = :id AND (version_id, position) IN (
                   (stored_year_on_year.version_id, p.value ->> 0), (previous_version_id, p.value ->> 1))
           ), json_remove(p.value, '$[5]', '$[5]'), p.value))) FROM json_each(passages) AS p)
       WHERE version_id IN ({_SHOWING}) OR previous_version_id IN ({_SHOWING})""",  # noqa: S608  likewise
    # That a text changed stays true, and how many of its passages; what changed in it is not shown.
    f"""UPDATE changes SET evidence = json_object('passages', json_extract(evidence, '$.passages'))
       WHERE kind = 'changed'
         AND (from_version_id IN ({_SHOWING}) OR to_version_id IN ({_SHOWING}))""",  # noqa: S608  likewise
    f"""UPDATE tasks SET heading_path = '' FROM documents AS plan, occurrences AS place
       WHERE plan.id = tasks.document_id AND plan.current_version_id IN ({_SHOWING})
         AND place.version_id = plan.current_version_id AND place.position = tasks.passage
         AND place.heading_path = ''""",  # noqa: S608  likewise
    # What stands around the text repeats its title, and may go on with the passage.
    f"UPDATE stored_versions SET apart = '[]' WHERE id IN ({_SHOWING})",  # noqa: S608  likewise
    f"UPDATE stored_occurrences SET raw = NULL WHERE section = {_NUMBER}",  # noqa: S608  likewise
    "UPDATE stored_sections SET text = :mark, chars = length(:mark) WHERE id = :id",
)


def apply_suppressions(db: Database, suppressions: Sequence[Suppression]) -> None:
    """Hide what is listed in a copy whose rows stand in it already, and list it in a table of its own.

    A hidden document keeps its row with its address and its captures; a hidden passage keeps its places.
    An entry that names nothing the corpus holds is listed all the same: it may be harvested tomorrow.
    """
    db.create_function("squeezed", 1, _squeezed, deterministic=True)
    add_canonical(db)
    db.executemany(
        "INSERT OR REPLACE INTO suppressions VALUES (?, ?, ?, ?)",
        sorted((it.kind, it.target, it.reason, it.date.isoformat()) for it in suppressions),
    )
    for suppression in suppressions:
        if suppression.kind == "url":
            _hide_document(db, suppression.target)
        else:
            _hide_passage(db, suppression.target)
    if suppressions:
        db.run_script(_DROP_UNUSED)


def add_canonical(db: sqlite3.Connection) -> None:
    """Let statements ask for the form under which an address is known, NULL where there is none."""
    db.create_function("canonical", 1, find_canonical, deterministic=True)


# The articles of which an address shows a part: it is no document by itself.
_ARTICLES_OF_PART = """SELECT d.id, d.url FROM known_captures AS c JOIN documents AS d ON d.id = c.document_id
    WHERE c.role = 'part' AND canonical(c.url) = ?"""


def _hide_document(db: sqlite3.Connection, url: str) -> None:
    address = canonical_address(url)
    articles = dict(db.execute(_ARTICLES_OF_PART, (address,)))
    for document, its_url in ({document_id(address): url} | articles).items():
        for statement in _HIDE_DOCUMENT:
            db.execute(statement, {"id": document, "url": its_url})


def _hide_passage(db: sqlite3.Connection, section: str) -> None:
    values = {"id": section, "mark": MARK}
    spellings = db.execute(
        """SELECT text FROM sections WHERE id = :id
           UNION SELECT raw FROM occurrences WHERE section_id = :id AND raw IS NOT NULL ORDER BY 1""",
        values,
    ).fetchall()
    if not spellings:
        return
    for statement in _HIDE_FIGURES:
        db.execute(statement, values)
    for (text,) in spellings:
        for statement in _HIDE_QUOTATIONS:
            db.execute(statement, {**values, "text": text})
    shift_tables(db, section, MARK)
    for statement in _HIDE_PASSAGE:
        db.execute(statement, values)
    # Its `text_sha256` stays that of the evidence.
    texts = db.execute(f"SELECT id, text FROM versions WHERE id IN ({_SHOWING})", values).fetchall()  # noqa: S608  likewise
    sizes = [(len(text), version) for version, text in texts]
    db.executemany("UPDATE stored_versions SET chars = ? WHERE id = ?", sizes)


def _squeezed(text: str | None) -> str | None:
    """Leave out white space, which a table and its passage print differently."""
    return text and "".join(text.split())


# Where tables stand in a text once a passage of it is hidden.

Span = tuple[int, int]


def shift_tables(db: sqlite3.Connection, section: str, mark: str) -> None:
    """Note where tables will stand in the texts of a copy in which a passage is about to be hidden.

    Args:
        db: the copy; the passage is still in its place.
        section: the passage's id.
        mark: what will stand in its place.
    """
    versions = db.execute(
        """SELECT id, tables FROM versions
           WHERE tables <> '[]' AND id IN (SELECT version_id FROM occurrences WHERE section_id = ?)""",
        (section,),
    )
    for version, tables in versions.fetchall():
        passages = db.execute(
            """SELECT lead, ifnull(raw, text), section_id = ? FROM occurrences
               JOIN sections ON sections.id = section_id WHERE version_id = ? ORDER BY position""",
            (section, version),
        )
        shifted = shifted_spans(json.loads(tables), _hidden_spans(passages), len(mark))
        db.execute("UPDATE stored_versions SET tables = ? WHERE id = ?", (json.dumps(shifted), version))


def _hidden_spans(passages: Iterable[tuple[str, str, int]]) -> list[Span]:
    spans, end = [], 0
    for lead, text, is_hidden in passages:
        start = end + len(lead)
        end = start + len(text)
        if is_hidden:
            spans.append((start, end))
    return spans


def shifted_spans(spans: Sequence[Span], hidden: Sequence[Span], mark_length: int) -> list[Span]:
    """Return where spans stand once hidden ones, in order, are marks; what is hidden falls out."""
    shifted = []
    for start, end in spans:
        shift, at = 0, start
        for first, last in hidden:
            if last > at and first < end:
                shifted.append((at + shift, first + shift))
                at = last
            if first < end:
                shift += mark_length - (last - first)
        shifted.append((at + shift, end + shift))
    return [(start, end) for start, end in shifted if start < end]
