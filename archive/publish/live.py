"""What every night changes: one small file beside the published copy, which readers see joined to it.

    corpus: what the journal names ──no more than visits──▶ live.db, replaced as a whole
                                   └─something is new─▶ another copy; live.db is empty again

By itself a copy says what held when it was published. The rows of visits since then (`VISITS`), and how far
those moved the dates of what stays as it is (`_MOVED`), stand in `live.db`, and are in the next copy.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from msgspec.structs import asdict

from archive.data_folder import DataDir
from archive.database import Database, open_database, unchanging_uri
from archive.publish.public_tables import Table, follow_units, in_units, kept_tables, public_tables, quoted
from pipelines.errors import GongkaiError

VISITS = ("runs", "sweeps", "captures")
"""Public tables to which each night adds rows."""

# What captures are kept as.
_NARROW_VISITS = ("known_captures", "known_sources", "stored_captures")
# Columns that a visit moves, each with what of it is news.
_MOVED = {
    "portals": {
        "registered_at": "NULL",
        "last_crawled_at": "NULL",
        "health_detail": "health_detail ->> '$.since'",
    },
    "documents": {"last_seen": "NULL"},
    "versions": {"last_seen": "NULL"},
    "coverage": {"why": "NULL"},
}


class NothingPublished(GongkaiError):
    """There is no published copy."""


def write_visits(corpus: Database, served: Path, since: int, live: Path) -> dict[str, int] | None:
    """Write what visits added to a corpus since the served copy was made, unless anything else is new.

    Looks at the rows that the journal names, and at no other.

    Args:
        corpus: with its journal; no transaction is under way.
        served: the copy.
        since: how many publications there had been when it was made.
        live: the file to create.

    Returns:
        How many rows that adds to which table; None where something is new.

    Raises:
        sqlite3.Error: one of them cannot be read, or the file not be written.
    """
    with _attached(corpus, served, live):
        corpus.execute(_TOUCHED, (since,))
        touched = set(corpus.column("SELECT DISTINCT name FROM temp._touched"))
        tables = {table.name: table for table in kept_tables(corpus)}
        moved = _move_coverage(corpus)
        if moved is None or any(_is_news(corpus, tables[name]) for name in touched):
            return None
        _create_live(corpus, served, follow_units(public_tables(corpus), tables))
        corpus.insert_rows("live.coverage", ("issuer_id", "year", "why"), moved)
        return {name: corpus.value(f"SELECT count(*) FROM live.{name}") for name in VISITS}  # noqa: S608  names of ours


def write_live(live: Path, served: Path) -> None:
    """Write that no visits were made since a copy was made.

    Args:
        live: the file to create.
        served: the copy.
    """
    with closing(open_database(":memory:")) as db, _attached(db, served, live):
        _create_live(db, served, {})


_TOUCHED = "CREATE TEMP TABLE _touched AS SELECT name, unit FROM main._touched WHERE since >= ?"


@contextmanager
def _attached(db: Database, served: Path, live: Path) -> Iterator[None]:
    db.execute("ATTACH ? AS served", (str(served),))
    db.execute("ATTACH ? AS live", (str(live),))
    db.execute("PRAGMA live.journal_mode = OFF")
    db.execute("PRAGMA live.synchronous = OFF")
    try:
        yield
    finally:
        db.execute("DROP TABLE IF EXISTS temp._touched")
        db.execute("DETACH live")
        db.execute("DETACH served")


def _is_news(db: Database, table: Table) -> bool:
    """Whether the touched rows of a table say more than that there were visits."""
    public = table.name.removeprefix("stored_")
    news = {name: quoted(name) for name in table.names} | _MOVED.get(public, {})
    rows = f"SELECT {', '.join(news.values())} FROM {{}}.{quoted(table.name)} WHERE {in_units(table)}"  # noqa: S608
    here, there = rows.format("main"), rows.format("served")
    asked = [f"{there} EXCEPT {here}"]
    if table.name in (*VISITS, *_NARROW_VISITS):
        # What the copy would mend, or hide.
        asked += (_NOWHERE.format(rows=here, **asdict(it)) for it in table.references)
        asked += [_MAY_BE_HIDDEN] * (table.name == "stored_captures")
    else:
        asked.append(f"{here} EXCEPT {there}")
    return any(db.value(f"SELECT EXISTS ({one})") for one in asked)


_NOWHERE = """
SELECT 1 FROM ({rows}) AS row WHERE row.{column} IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM main.{table} AS parent WHERE parent.{target} = row.{column})
"""
# Where anything is suppressed, of a document no title is told that is not told by the copy.
_MAY_BE_HIDDEN = """
SELECT 1 FROM temp._touched AS t JOIN main.stored_captures AS s ON s.number = t.unit
JOIN main.known_captures AS c ON c.number = s.alike
WHERE t.name = 'stored_captures' AND EXISTS (SELECT 1 FROM served.suppressions)
AND (c.list_title IS NOT NULL OR c.provenance IS NOT NULL) AND NOT EXISTS (
    SELECT 1 FROM served.known_captures AS o WHERE o.document_id = c.document_id
    AND o.list_title IS c.list_title AND o.provenance IS c.provenance)
"""


def _move_coverage(db: Database) -> list[tuple[str, int, str]] | None:
    """Return for which missing reports a complete list was seen later, and how that is told.

    A deadline that has passed, and a first look after one, are news: None.
    """
    before, now = (
        db.value(f"SELECT ifnull(max(night), '') FROM {schema}.runs")  # noqa: S608
        for schema in ("served", "main")
    )
    if now[:4] != before[:4] or db.value(_DUE, now):
        return None
    seen: dict[str, str] = {}
    for run in db.column("SELECT unit FROM temp._touched WHERE name = 'runs'"):
        for issuer, night in db.execute(_NIGHTS_OF_LOOKS, (run,)):
            seen[issuer] = max(night, seen.get(issuer, ""))
    if any(db.value(_FIRST_LOOK, issuer, night) for issuer, night in seen.items()):
        return None
    return [row for issuer, night in seen.items() for row in db.execute(_STILL_MISSING, (issuer, night))]


# A run of which only the end could be read is of no night that is known, and dates no look.
_NIGHTS_OF_LOOKS = "SELECT issuer_id, night FROM main._looks WHERE run_id = ? AND night IS NOT NULL"
_DUE = "SELECT EXISTS (SELECT 1 FROM served.coverage WHERE state = 'not_due' AND due_on < ?)"
_FIRST_LOOK = """
SELECT EXISTS (SELECT 1 FROM served.coverage WHERE issuer_id = ? AND state = 'not_looked' AND due_on < ?)
"""
# It begins with the date.
_STILL_MISSING = """
SELECT issuer_id, year, ?2 || substr(why, 11) FROM served.coverage
WHERE issuer_id = ?1 AND state = 'missing' AND substr(why, 1, 10) < ?2
"""


def _create_live(db: Database, served: Path, touched: Mapping[Table, str]) -> None:
    """Make the tables of `live.db`, with the touched rows that the copy lacks."""
    db.execute("CREATE TABLE live.visits_since AS SELECT ? AS copy", (served.name,))
    for name, sql in db.rows(_DEFINITIONS):
        db.execute(sql.replace(f" {name}", f" live.{name}", 1))
    if touched:
        db.run_script(_TAKE_CAPTURES)
    for table in public_tables(db, "served"):
        if table.name != "captures" and (columns := _columns(table)):
            listed, name = ", ".join(map(quoted, columns)), quoted(table.name)
            rows = f"SELECT {listed} FROM {{}}.{name} {touched.get(table, 'WHERE 0')}"  # noqa: S608  quoted
            # Where nothing was touched, a view of the corpus would be worked out whole, for no row.
            here = "main" if table in touched else "served"
            db.execute(f"CREATE TABLE live.{name} AS {rows.format(here)} EXCEPT {rows.format('served')}")
            for index in _indexes(table):
                db.execute(index)


_DEFINITIONS = f"""
SELECT name, sql FROM served.sqlite_master
WHERE sql IS NOT NULL AND (tbl_name IN ({", ".join(map(repr, _NARROW_VISITS))}) OR name = 'captures')
ORDER BY rowid
"""  # noqa: S608  names of ours
# What they repeat stands in the file too, and of captures that they name, and that the copy has, the id.
_TAKE_CAPTURES = """
INSERT INTO live.stored_captures SELECT * FROM main.stored_captures AS m
WHERE number IN (SELECT unit FROM temp._touched WHERE name = 'stored_captures')
    AND NOT EXISTS (SELECT 1 FROM served.stored_captures AS s WHERE s.number = m.number);
INSERT INTO live.known_captures
SELECT * FROM main.known_captures WHERE number IN (SELECT alike FROM live.stored_captures);
INSERT INTO live.known_sources
SELECT * FROM main.known_sources WHERE number IN (SELECT source FROM live.stored_captures);
INSERT OR IGNORE INTO live.stored_captures (number, id, alike, source, fetched_at, warc_offset, warc_length)
SELECT number, id, 0, 0, '', 0, 0 FROM main.stored_captures WHERE number IN (
    SELECT revisit_of FROM live.stored_captures UNION SELECT parent_capture_id FROM live.stored_captures);
"""


def _columns(table: Table) -> tuple[str, ...]:
    """Return the columns of a table that stand in the file."""
    if table.name in VISITS:
        return table.names
    return (*table.key, *_MOVED[table.name]) if table.name in _MOVED else ()


def _indexes(table: Table) -> Iterator[str]:
    """Index the key, and what pages ask visits by: references."""
    asked = [table.key]
    if table.name in VISITS:
        asked += [(it.column,) for it in table.references]
    for columns in asked:
        unique, name = "UNIQUE" * (columns is table.key), quoted("_".join((table.name, "by", *columns)))
        yield f"CREATE {unique} INDEX live.{name} ON {quoted(table.name)} ({', '.join(map(quoted, columns))})"


@contextmanager
def open_joined(data: DataDir) -> Iterator[Database]:
    """Open the published copy for reading, joined to the visits since; nobody may publish meanwhile.

    Raises:
        NothingPublished: nothing is published yet.
        sqlite3.Error: it cannot be read.
    """
    if not data.public_db.exists():
        raise NothingPublished(
            "nothing is published yet", where=data.public_db, hint="Run `gongkai publish` first"
        )
    copy = data.public_db.resolve()
    with closing(open_database(unchanging_uri(copy))) as db:
        if data.live_db.exists():
            join_live(db, copy, data.live_db)
        yield db


def join_live(db: sqlite3.Connection, copy: Path, live: Path) -> None:
    """Let the public names of a copy stand for its rows and those of the visits since, on one connection.

    Args:
        db: the copy, open as `main`.
        copy: its file.
        live: a file that nobody changes while this is open; that of another copy is left alone.
    """
    db.execute("ATTACH ? AS live", (unchanging_uri(live),))
    if db.execute("SELECT copy FROM live.visits_since").fetchone() != (copy.name,):
        db.execute("DETACH live")
        return
    for table in public_tables(db):
        name = quoted(table.name)
        if not _columns(table) or not db.execute(f"SELECT EXISTS (SELECT 1 FROM live.{name})").fetchone()[0]:  # noqa: S608  quoted
            continue
        rows = f"SELECT {', '.join(_moved(db, table))} FROM main.{name} AS m"  # noqa: S608  likewise
        if table.name in VISITS:
            rows += f" UNION ALL SELECT {table.column_list} FROM live.{name}"  # noqa: S608  likewise
        db.execute(f"CREATE TEMP VIEW {name} AS {rows}")


def _moved(db: sqlite3.Connection, table: Table) -> Iterator[str]:
    """Write each column of a table, of what visits moved the newest; a subquery leaves its indexes of use."""
    same = " AND ".join(f"l.{quoted(column)} = m.{quoted(column)}" for column in table.key)
    for (column,) in db.execute("SELECT name FROM pragma_table_info(?, 'main')", (table.name,)):
        shown = quoted(column)
        if column in _MOVED.get(table.name, ()):
            newest = f"SELECT l.{shown} FROM live.{quoted(table.name)} AS l WHERE {same}"  # noqa: S608
            yield f"CAST(ifnull(({newest}), m.{shown}) AS TEXT) AS {shown}"  # all are texts
        else:
            yield f"m.{shown}"
