"""What every night changes: one small file beside the published copy, which readers see joined to it.

    the copy as it would be ──says no more than the served one, but of visits──▶ live.db, replaced as a whole
                            └─something is new─▶ it is served; live.db is empty again

By itself a copy says what held when it was published. The rows of visits since then (`_VISITS`), and how far
those moved the dates of what stays as it is (`_MOVED`), stand in `live.db`, and are in the next copy.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

from archive.database import unchanging_uri
from archive.publish.public_tables import public_tables, quoted
from archive.publish.set_digest import digest_rows
from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.data_folder import DataDir
    from archive.publish.public_tables import Table

_VISITS = ("runs", "sweeps", "captures")
"""Tables to which each night adds rows."""
_MOVED = {
    "portals": {
        "registered_at": "NULL",
        "last_crawled_at": "NULL",
        "health_detail": "health_detail ->> '$.since'",
    },
    "documents": {"last_seen": "NULL"},
    "versions": {"last_seen": "NULL"},
    # On which night a complete list was last seen that lacks the report; any other reason is news.
    "coverage": {"why": "iif(state = 'missing', NULL, why)"},
}
"""Columns that a visit moves, each with what of it is news."""


class NothingPublished(GongkaiError):
    """There is no published copy."""


def has_news(made: Path, served: Path) -> bool:
    """Return whether a copy says anything that the served one does not, but that visits were made.

    Raises:
        sqlite3.Error: one of them cannot be read.
    """
    with contextlib.closing(sqlite3.connect(unchanging_uri(made), uri=True)) as db:
        db.execute("ATTACH ? AS served", (unchanging_uri(served),))
        tables = public_tables(db)
        return tables != public_tables(db, "served") or any(_differs(db, table) for table in tables)


def _differs(db: sqlite3.Connection, table: Table) -> bool:
    name = quoted(table.name)
    if table.name in _VISITS:
        rows = f"SELECT {table.column_list} FROM"
        lost = f"{rows} served.{name} EXCEPT {rows} main.{name}"
        return bool(db.execute(f"SELECT EXISTS ({lost})").fetchone()[0])
    news = {column.name: quoted(column.name) for column in table.columns} | _MOVED.get(table.name, {})
    made, served = (
        digest_rows(db.execute(f"SELECT {', '.join(news.values())} FROM {schema}.{name}"))  # noqa: S608  likewise
        for schema in ("main", "served")
    )
    return made != served


def write_live(live: Path, served: Path, made: Path | None = None) -> None:
    """Write what visits added since a copy was published.

    Args:
        live: the file to create.
        served: that copy, which its name stands for.
        made: the copy as it would be now, without news; None where that is the served one.

    Raises:
        sqlite3.Error: a copy cannot be read, or the file not be written.
    """
    with contextlib.closing(sqlite3.connect(live, isolation_level=None)) as db:
        for name, path in (("served", served), ("made", made or served)):
            db.execute(f"ATTACH ? AS {name}", (str(path),))
        db.execute("PRAGMA main.journal_mode = OFF")
        db.execute("BEGIN")
        db.execute("CREATE TABLE visits_since AS SELECT ? AS copy", (served.name,))
        for table in public_tables(db, "served"):
            if columns := _columns(table):
                listed, name = ", ".join(map(quoted, columns)), quoted(table.name)
                rows = f"SELECT {listed} FROM"
                since = f" EXCEPT {rows} served.{name}" if made else " WHERE 0"
                db.execute(f"CREATE TABLE main.{name} AS {rows} made.{name}{since}")
                for index in _indexes(table):
                    db.execute(index)
        db.execute("COMMIT")


def _columns(table: Table) -> tuple[str, ...]:
    """Return the columns of a table that stand in the file."""
    if table.name in _VISITS:
        return tuple(column.name for column in table.columns)
    return (*table.key, *_MOVED[table.name]) if table.name in _MOVED else ()


def _indexes(table: Table) -> Iterator[str]:
    """Index the key, and what pages ask visits by: references, and addresses."""
    asked = [table.key]
    if table.name in _VISITS:
        names = {column.name for column in table.columns}
        asked += [(column,) for column in ("url", *(it.column for it in table.references)) if column in names]
    for columns in asked:
        unique, name = "UNIQUE" * (columns is table.key), quoted("_".join((table.name, "by", *columns)))
        yield f"CREATE {unique} INDEX main.{name} ON {quoted(table.name)} ({', '.join(map(quoted, columns))})"


@contextlib.contextmanager
def open_joined(data: DataDir) -> Iterator[sqlite3.Connection]:
    """Open the published copy for reading, joined to the visits since; nobody may publish meanwhile.

    Raises:
        NothingPublished: nothing is published yet.
        sqlite3.Error: it cannot be read.
    """
    if not data.public_db.exists():
        raise NothingPublished(
            "nothing is published yet", where=str(data.public_db), hint="Run `gongkai publish` first"
        )
    copy = data.public_db.resolve()
    with contextlib.closing(sqlite3.connect(unchanging_uri(copy), uri=True, isolation_level=None)) as db:
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
        if table.name in _VISITS:
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
