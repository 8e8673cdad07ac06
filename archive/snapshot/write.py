"""Write the dated snapshot: every public table completely as CSV, described and summed.

    public/gongkai.db ──one transaction──▶ snapshots/.writing-…/*.csv ──sync, rename──▶ snapshots/YYYY-MM-DD/

It is made of the published copy, so that it says what the pages say and hides what they hide. A folder
under its date is always whole. A second snapshot of a night that says the same leaves the first alone; one
that says something else takes its place.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from archive.data_folder import sync_folder
from archive.publish.public_tables import Table, public_tables, quoted
from archive.site_files import read_metadata, site_folder, table_words
from archive.snapshot.package import WrittenTable, checksums, data_package, readme
from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from archive.clock import Clock
    from archive.data_folder import DataDir


_WORK_PREFIX = ".writing-"
_REPLACED_PREFIX = ".replaced-"


class NothingPublished(GongkaiError):
    """There is no published copy to take a snapshot of."""


class SnapshotFailed(GongkaiError):
    """The files could not be written; the snapshots that were there still are."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot that stands in its place.

    Attributes:
        folder: `snapshots/YYYY-MM-DD`.
        tables: what was written, by table name.
        changed: False where the folder said the same already.
        written_at: when it stood there.
    """

    folder: Path
    tables: dict[str, WrittenTable]
    changed: bool
    written_at: dt.datetime


def write_snapshot(data: DataDir, *, night: dt.date, clock: Clock) -> Snapshot:
    """Write the snapshot of a night from the published copy.

    Args:
        data: the data directory; the caller holds its lock.
        night: the Shanghai date that names the folder.
        clock: says when it was done. No time enters the files.

    Raises:
        NothingPublished: nothing is published yet.
        SnapshotFailed: the copy cannot be read or the files cannot be written.
    """
    if not data.public_db.exists():
        raise NothingPublished(
            "nothing is published yet", where=str(data.public_db), hint="Run `gongkai publish` first"
        )
    try:
        return _write_snapshot(data, night, clock)
    except (sqlite3.Error, OSError) as error:
        raise SnapshotFailed(
            f"the snapshot failed: {error}",
            where=str(data.snapshots),
            hint="Earlier snapshots are untouched. See that there is space, then run `gongkai snapshot`",
        ) from error


def _write_snapshot(data: DataDir, night: dt.date, clock: Clock) -> Snapshot:
    data.snapshots.mkdir(parents=True, exist_ok=True)
    _recover(data.snapshots)
    folder = data.snapshots / night.isoformat()
    with tempfile.TemporaryDirectory(prefix=_WORK_PREFIX, dir=data.snapshots) as work:
        made = Path(work) / "files"
        made.mkdir()
        tables = _write_files(data.public_db.resolve(), made, night)
        changed = not _same(made, folder)
        if changed:
            _put_in_place(made, folder)
    return Snapshot(folder, tables, changed, clock())


def _write_files(copy: Path, folder: Path, night: dt.date) -> dict[str, WrittenTable]:
    database_sha256 = copy.stem.removeprefix("gongkai-")
    with closing(sqlite3.connect(copy.as_uri() + "?mode=ro&immutable=1", uri=True)) as db:
        written = [(table, _write_table(db, table, folder)) for table in public_tables(db)]
    words = table_words(read_metadata(site_folder()))
    digests = {rows.file: rows.sha256 for _, rows in written}
    texts = {
        "datapackage.json": data_package(night, database_sha256, written, words),
        "README.txt": readme(night, database_sha256, [rows for _, rows in written]),
    }
    for name, text in texts.items():
        digests[name] = hashlib.sha256(text.encode()).hexdigest()
    texts["SHA256SUMS"] = checksums(digests)
    for name, text in texts.items():
        _write_durably(folder / name, text.encode())
    sync_folder(folder)
    return {table.name: rows for table, rows in written}


def _write_table(db: sqlite3.Connection, table: Table, folder: Path) -> WrittenTable:
    """Stream one table into its file, in key order."""
    path = folder / f"{table.name}.csv"
    digest = hashlib.sha256()
    lines = size = 0
    query = f"SELECT {table.column_list} FROM {quoted(table.name)} ORDER BY {table.order}"  # noqa: S608 quoted
    header = tuple(column.name for column in table.columns)
    with path.open("wb") as file:
        for values in chain([header], db.execute(query)):
            line = csv_line(values).encode()
            file.write(line)
            digest.update(line)
            lines += 1
            size += len(line)
        file.flush()
        os.fsync(file.fileno())
    return WrittenTable(path.name, lines - 1, digest.hexdigest(), size)


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _same(made: Path, folder: Path) -> bool:
    """Whether a folder holds what was just made; the sums cover every other file."""
    sums = folder / "SHA256SUMS"
    return sums.exists() and sums.read_bytes() == (made / "SHA256SUMS").read_bytes()


def _put_in_place(made: Path, folder: Path) -> None:
    """Rename a whole folder to its date. What stood there steps aside first and goes last."""
    aside = folder.with_name(_REPLACED_PREFIX + folder.name)
    if folder.exists():
        folder.rename(aside)
    made.rename(folder)
    sync_folder(folder.parent)
    if aside.exists():
        shutil.rmtree(aside)


def _recover(snapshots: Path) -> None:
    """Undo what a killed run left: half-written folders go, one that had stepped aside comes back."""
    for leftover in snapshots.glob(_WORK_PREFIX + "*"):
        shutil.rmtree(leftover)
    for aside in snapshots.glob(_REPLACED_PREFIX + "*"):
        folder = snapshots / aside.name.removeprefix(_REPLACED_PREFIX)
        if folder.exists():
            shutil.rmtree(aside)
        else:
            aside.rename(folder)


# Rows as CSV: RFC 4180, UTF-8, CRLF, and NULL told apart from the empty string.
# NULL is nothing between two commas, the empty string is `""` (the rule of PostgreSQL and SQLite's shell). A
# text is quoted when it holds a quotation mark, a comma or a line end, when it is empty, and when it begins
# or ends with white space; every character stands as it was kept, NUL included. Numbers are as SQLite keeps
# them: integers in digits, reals in the shortest form that reads back the same.

Value = str | int | float | None

_QUOTED = re.compile(r'[",\r\n]|^\s|\s$|^$')


def csv_line(values: Sequence[Value]) -> str:
    """Write one row, its line end included."""
    return ",".join(map(_field, values)) + "\r\n"


def _field(value: Value) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        return repr(value)
    if _QUOTED.search(value):
        return '"' + value.replace('"', '""') + '"'
    return value
