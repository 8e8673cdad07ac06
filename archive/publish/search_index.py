"""The search index of a published copy: what is searched, in which order it is found, and where it stands.

Rows are numbered in the order in which a reader wants them: documents newest first, passages by the newest
document whose current text has them. FTS5 answers in the order of its numbers, so the first page of any
search is there at once, however many there are.

    document ──label──▶ search_key ◀──label + position── passages that it is the newest to show
                             └──▶ *_fts, sections_fts_places

Labels have room between them, so that a new document is numbered without those around it; where the room is
used up, its neighbours move apart. So numbers depend on the order of arrival, and the order of rows does not.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from archive.database import Database
from archive.exact_search import TOKENIZER, index_tokens
from archive.publish.public_tables import SEARCH_KEY

SEARCHED = {"sections": ("text",), "documents": ("title", "issuer", "doc_number")}
"""The tables with full-text search and the columns that each index holds."""
_KEPT = {"sections": "stored_sections", "documents": "documents"}
# Where the rows stand, and these by what `temp` knows them by: of a passage its number.
_ROWS = {"sections": "(SELECT number AS id, * FROM main.stored_sections)", "documents": "main.documents"}

# Of the newest document, before newer ones take numbers below it.
_FIRST_LABEL = 1 << 40
# Room behind each document, for one more of usual length; a wider one makes the index larger.
_GAP = 200
# Where the numbers of passages begin that stand in no current text.
_EARLIER = 1 << 60

# A policy says no year it reports on; the year in which it was published stands for it.
_YEAR_READ = "ifnull(d.year, CAST(substr(d.published_on, 1, 4) AS INTEGER))"
_SPAN = """
1 + ifnull((
    SELECT max(o.position) FROM corpus.stored_versions AS v
    CROSS JOIN corpus.stored_occurrences AS o ON o.version = v.number WHERE v.id = d.current_version_id
), 0)
"""
_NUMBER_ROWS = f"""
CREATE TEMP TABLE documents_keys AS
SELECT id, {_FIRST_LABEL} + sum(span + {{gap}}) OVER (
    ORDER BY year_read IS NULL, year_read DESC, published_on IS NULL, published_on DESC, url, id
    ROWS UNBOUNDED PRECEDING
) - span AS search_key
FROM (SELECT *, {_YEAR_READ} AS year_read, {_SPAN} AS span FROM corpus.documents AS d);
CREATE UNIQUE INDEX temp.documents_keys_by_id ON documents_keys (id, search_key);
CREATE TEMP TABLE sections_keys AS
WITH first_places AS (
    SELECT o.section, min(k.search_key + o.position) AS place
    FROM documents_keys AS k CROSS JOIN corpus.documents AS d ON d.id = k.id
    CROSS JOIN corpus.stored_versions AS v ON v.id = d.current_version_id
    CROSS JOIN corpus.stored_occurrences AS o ON o.version = v.number
    GROUP BY o.section
)
SELECT s.number AS id, ifnull(p.place, earlier_key(s.id)) AS search_key
FROM corpus.stored_sections AS s LEFT JOIN first_places AS p ON p.section = s.number;
CREATE UNIQUE INDEX temp.sections_keys_by_id ON sections_keys (id, search_key);
"""  # noqa: S608  numbers of ours

_PLACES_OF = """
INSERT INTO main.sections_fts_places
SELECT s.search_key, d.search_key, min(CASE WHEN v.id = d.current_version_id THEN o.position END)
FROM {documents} AS d CROSS JOIN main.stored_versions AS v ON v.document_id = d.id
CROSS JOIN main.stored_occurrences AS o ON o.version = v.number
CROSS JOIN main.stored_sections AS s ON s.number = o.section
GROUP BY s.search_key, d.search_key ORDER BY s.search_key, d.search_key;
"""
# What readers ask across reports, and deriving does not: how many there are, one cell of all, what fails.
_FACET_INDEXES = """
CREATE INDEX main.documents_by_facets
    ON documents (search_key, year, region_code, kind, issuer_id, read_state);
CREATE INDEX main.facts_by_cell ON stored_facts (cell);
CREATE INDEX main.cells_by_key ON known_cells (row_key, column_key);
CREATE INDEX main.checks_by_statement ON stored_checks (statement);
CREATE INDEX main.statements_by_outcome ON known_statements (outcome, severity, check_id);
"""


def add_functions(db: Database) -> None:
    """Give a connection the functions that indexing asks for."""
    db.create_function("index_tokens", 1, index_tokens, deterministic=True)
    db.create_function("earlier_key", 1, _earlier_key, deterministic=True)


def _earlier_key(section: str) -> int:
    """Number a passage that stands in no current text, in the order of ids."""
    return _EARLIER + int(section[:15], 16)


def number_rows(db: Database) -> None:
    """Number what the corpus holds to be searched, in `temp.*_keys`."""
    db.run_script(_NUMBER_ROWS.format(gap=_GAP))


def index_texts(db: Database) -> None:
    """Index the texts of a new copy that has its rows, suppressions applied."""
    for table in SEARCHED:
        db.execute(f"DROP TABLE temp.{table}_keys")
        db.execute(f"CREATE UNIQUE INDEX main.{table}_by_{SEARCH_KEY} ON {_KEPT[table]} ({SEARCH_KEY})")
    db.run_script(_NOTES)
    db.run_script(_UNSETTLE_ALTERED)
    _move_sections(db)
    for table, columns in SEARCHED.items():
        listed = ", ".join(columns)
        db.execute(
            f"CREATE VIRTUAL TABLE main.{table}_fts"
            f" USING fts5 ({listed}, content='', tokenize=\"{TOKENIZER}\")"
        )
        db.execute(
            f"INSERT INTO {table}_fts (rowid, {listed})"  # noqa: S608 the names are constants of this module
            f" SELECT {SEARCH_KEY}, {_tokens(columns)} FROM {_KEPT[table]} AS s ORDER BY {SEARCH_KEY}"
        )
        db.execute(f"INSERT INTO {table}_fts ({table}_fts) VALUES ('optimize')")  # noqa: S608 a constant
    db.execute(_PLACES_OF.format(documents="main.documents"))
    db.run_script(_FACET_INDEXES)


def _tokens(columns: tuple[str, ...]) -> str:
    return ", ".join(f"index_tokens(ifnull(s.{column}, ''))" for column in columns)


# Bringing the index of an older copy up to its rows. Before they change, what will leave the index is noted:
# a contentless one takes a text out by the tokens that it was entered with.

_NOTES = """
CREATE TEMP TABLE moving (id TEXT PRIMARY KEY);
CREATE TEMP TABLE unsettled (id INTEGER PRIMARY KEY);
CREATE TEMP TABLE old_places (
    search_key INTEGER, document_key INTEGER, PRIMARY KEY (search_key, document_key)
);
CREATE TEMP TABLE old_sections (id INTEGER PRIMARY KEY, search_key INTEGER, text TEXT);
CREATE TEMP TABLE old_documents (
    id TEXT PRIMARY KEY, search_key INTEGER, title TEXT, issuer TEXT, doc_number TEXT
);
CREATE TEMP TABLE moved (id INTEGER PRIMARY KEY, old_key INTEGER, new_key INTEGER);
"""
_TOUCHED_UNITS = "SELECT unit FROM temp._touched WHERE name = '{}'"
_TOUCHED_SECTIONS = _TOUCHED_UNITS.format("stored_sections")
_OF_MOVING = """
FROM temp.moving AS m CROSS JOIN {schema}.stored_versions AS v ON v.document_id = m.id
CROSS JOIN {schema}.stored_occurrences AS o ON o.version = v.number
"""
_TOUCHED_TEXTS = " UNION ".join(map(_TOUCHED_UNITS.format, ("stored_versions", "stored_occurrences")))
_MOVING = f"""
INSERT INTO temp.moving {_TOUCHED_UNITS.format("documents")}
UNION SELECT document_id FROM main.stored_versions WHERE number IN ({_TOUCHED_TEXTS})
UNION SELECT document_id FROM corpus.stored_versions WHERE number IN ({_TOUCHED_TEXTS});
"""  # noqa: S608  names of ours
_UNSETTLE_ALTERED = f"""
{_MOVING}
INSERT OR IGNORE INTO temp.unsettled SELECT o.section {_OF_MOVING.format(schema="corpus")};
"""
_NOTE_LEAVING = f"""
INSERT OR IGNORE INTO temp.unsettled SELECT o.section {_OF_MOVING.format(schema="main")};
INSERT OR IGNORE INTO temp.old_places
    SELECT s.search_key, d.search_key {_OF_MOVING.format(schema="main")}
    CROSS JOIN main.documents AS d ON d.id = m.id
    CROSS JOIN main.stored_sections AS s ON s.number = o.section;
INSERT OR IGNORE INTO temp.old_documents
    SELECT id, search_key, title, issuer, doc_number FROM main.documents WHERE id IN temp.moving;
"""  # noqa: S608  likewise
_NOTE_BEFORE = f"""
{_NOTES}
{_MOVING}
{_NOTE_LEAVING}
INSERT OR IGNORE INTO temp.unsettled {_TOUCHED_SECTIONS};
INSERT INTO temp.old_sections
    SELECT number, search_key, text FROM main.stored_sections WHERE number IN ({_TOUCHED_SECTIONS});
CREATE TEMP TABLE sections_keys AS SELECT id, search_key FROM temp.old_sections
    UNION ALL SELECT number, earlier_key(id) FROM corpus.stored_sections
        WHERE number IN ({_TOUCHED_SECTIONS} EXCEPT SELECT id FROM temp.old_sections);
CREATE TEMP TABLE documents_keys AS
    SELECT d.id, d.search_key FROM main.documents AS d JOIN corpus.documents AS n ON n.id = d.id
    WHERE d.id IN ({_TOUCHED_UNITS.format("documents")})
      AND (d.year, d.published_on, d.url, d.current_version_id)
          IS (n.year, n.published_on, n.url, n.current_version_id);
"""  # noqa: S608  likewise


def note_leaving(db: Database) -> None:
    """Note what will leave the index of a copy whose rows in `temp._touched` are about to be taken anew."""
    db.run_script(_NOTE_BEFORE)


def reindex_texts(db: Database) -> None:
    """Bring the index of a copy up to its rows; `note_leaving` was called before they changed."""
    _place_documents(db)
    db.run_script(_NOTE_STAYING)
    db.execute("DELETE FROM main.sections_fts_places WHERE (search_key, document_key) IN temp.old_places")
    _move_sections(db)
    db.execute(_PLACES_OF.format(documents="(SELECT * FROM main.documents WHERE id IN temp.moving)"))
    for table, columns in SEARCHED.items():
        _reindex_table(db, table, columns, "moving" if table == "documents" else "unsettled")


# Of the passages that did not change themselves, those that may be found in another place.
_NOTE_STAYING = f"""
INSERT OR IGNORE INTO temp.unsettled SELECT o.section {_OF_MOVING.format(schema="main")};
INSERT OR IGNORE INTO temp.old_sections
    SELECT number, search_key, text FROM main.stored_sections
    WHERE number IN (SELECT id FROM temp.unsettled EXCEPT {_TOUCHED_SECTIONS});
"""  # noqa: S608  names of ours


def _reindex_table(db: Database, table: str, columns: tuple[str, ...], candidates: str) -> None:
    listed = ", ".join(columns)
    for change, side, other, among in (
        ("'delete', ", f"temp.old_{table}", _ROWS[table], ""),
        ("", _ROWS[table], f"temp.old_{table}", f"s.id IN temp.{candidates} AND"),
    ):
        into = f"{table}_fts, rowid" if change else "rowid"
        ours, theirs = (", ".join(f"{it}.{column}" for column in (SEARCH_KEY, *columns)) for it in "so")
        db.execute(
            f"INSERT INTO {table}_fts ({into}, {listed}) SELECT {change} s.{SEARCH_KEY}, {_tokens(columns)}"  # noqa: S608  constants
            f" FROM {side} AS s LEFT JOIN {other} AS o ON o.id = s.id"
            f" WHERE {among} ({ours}) IS NOT ({theirs}) ORDER BY s.{SEARCH_KEY}"
        )


_FIND_MOVED = """
INSERT INTO temp.moved
SELECT id, search_key, place FROM (
    SELECT s.number AS id, s.search_key, ifnull((
        SELECT min(d.search_key + o.position) FROM main.stored_occurrences AS o
        CROSS JOIN main.stored_versions AS v ON v.number = o.version
        CROSS JOIN main.documents AS d ON d.current_version_id = v.id WHERE o.section = s.number
    ), earlier_key(s.id)) AS place
    FROM main.stored_sections AS s WHERE s.number IN temp.unsettled
) WHERE place <> search_key
"""
# One number may be left by one passage and taken by another, which then waits on the other side of 0.
_TAKEN = "CASE WHEN new_key IN (SELECT old_key FROM temp.moved) THEN -new_key ELSE new_key END"
_MOVE = f"""
UPDATE main.stored_sections SET search_key = (
    SELECT {_TAKEN} FROM temp.moved AS m WHERE m.id = stored_sections.number)
WHERE number IN (SELECT id FROM temp.moved);
UPDATE main.stored_sections SET search_key = -search_key WHERE search_key < 0;
CREATE UNIQUE INDEX temp.moved_by_key ON moved (old_key);
UPDATE main.sections_fts_places SET search_key = (
    SELECT {_TAKEN} FROM temp.moved AS m WHERE m.old_key = sections_fts_places.search_key)
WHERE search_key IN (SELECT old_key FROM temp.moved);
UPDATE main.sections_fts_places SET search_key = -search_key WHERE search_key < 0;
"""  # noqa: S608  constants


def _move_sections(db: Database) -> None:
    """Number passages anew that are found in another place than before."""
    db.execute(_FIND_MOVED)
    db.run_script(_MOVE)


# Labels for documents that have none.

_ORDERED = f"""
SELECT d.id, {_YEAR_READ} AS year_read, d.published_on, d.url, {_SPAN} AS span, m.search_key
FROM main.documents AS m CROSS JOIN corpus.documents AS d ON d.id = m.id
"""  # noqa: S608  constants


def _sort_key(row: Any) -> tuple[Any, ...]:
    """Return what sorts documents newest first, as the numbering of all of them does."""
    document, year, published, url, *_ = row
    # A longer date comes before its beginning.
    day = (*(-ord(character) for character in published or ""), 1)
    return (year is None, -(year or 0), published is None, day, url, document)


def _place_documents(db: Database) -> None:
    new = sorted(db.rows(_ORDERED + "WHERE m.search_key IS NULL"), key=_sort_key)
    ours = frozenset(row[0] for row in new)
    while new:
        end, count = _first_after(db, new[0]), 1
        while count < len(new) and _first_after(db, new[count]) == end:
            count += 1
        _label_run(db, new[:count], end, ours)
        del new[:count]


def _first_after(db: Database, row: Any) -> int | None:
    """Return the label of the first document that stands after another; None where it is the last."""
    # Asked for together, both are looked for in all documents.
    low, high = db.row(
        "SELECT (SELECT min(search_key) FROM documents), (SELECT max(search_key) + 1 FROM documents)"
    )
    if low is None:
        return None

    def find_from(label: int) -> tuple[Any, ...]:
        return _sort_key(db.row(_ORDERED + "WHERE m.search_key >= ? ORDER BY m.search_key LIMIT 1", label))

    at = low + bisect_right(range(low, high), _sort_key(row), key=find_from)
    return None if at == high else db.value(_NEXT_LABEL, at)


_NEXT_LABEL = "SELECT min(search_key) FROM main.documents WHERE search_key >= ?"


def _label_run(db: Database, run: list[Any], end: int | None, new: frozenset[str]) -> None:
    """Number documents that stand one behind the other, before the one with a label; make room for them."""
    before = _ORDERED + "WHERE m.search_key < ? ORDER BY m.search_key DESC LIMIT 1"
    behind = _ORDERED + "WHERE m.search_key >= ? ORDER BY m.search_key LIMIT 1"
    left, right = db.row(before, _EARLIER if end is None else end), end and db.row(behind, end)
    moves_left = False
    while left and right and _room(left, right) < sum(row[4] + _GAP // 16 for row in run):
        # As far to the one side as to the other; those that move are numbered with the run.
        if moves_left := not moves_left:
            run, left = [left, *run], db.row(before, left[-1])
        else:
            run, right = [*run, right], db.row(behind, right[-1] + 1)
    _release(db, [row[0] for row in run if row[-1] is not None], new)
    step = _GAP
    if left and right:
        step = (_room(left, right) - sum(row[4] for row in run)) // (len(run) + 1)
    label = left[-1] + left[4] + step if left else _start_before(right, run)
    for row in run:
        db.execute("UPDATE main.documents SET search_key = ? WHERE id = ?", (label, row[0]))
        label += row[4] + step


def _room(left: Any, right: Any) -> int:
    return int(right[-1] - left[-1] - left[4])


def _start_before(right: Any, run: list[Any]) -> int:
    end = right[-1] if right else _FIRST_LABEL
    return int(end - sum(row[4] + _GAP for row in run))


def _release(db: Database, documents: list[str], new: frozenset[str]) -> None:
    """Take documents out of the index that have a label and will get another."""
    db.execute("CREATE TEMP TABLE before_release AS SELECT id FROM temp.moving")
    db.execute("DELETE FROM temp.moving")
    # The index does not know the label that a new one got meanwhile: taking that out would damage it.
    db.insert_rows("temp.moving", ("id",), ((it,) for it in documents if it not in new))
    db.run_script(_NOTE_LEAVING)
    db.execute("INSERT OR IGNORE INTO temp.moving SELECT id FROM before_release")
    db.execute("DROP TABLE temp.before_release")
    db.executemany("UPDATE main.documents SET search_key = NULL WHERE id = ?", ((it,) for it in documents))
