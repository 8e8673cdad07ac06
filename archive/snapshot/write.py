"""Write the dated snapshot: every public table completely as CSV, described and summed.

    public/gongkai.db ──one transaction──▶ snapshots/.making-…/*.csv ──sync, rename──▶ snapshots/YYYY-MM-DD/

It is made of the published copy, so that it says what the pages say and hides what they hide. A folder
under its date is always whole. A second snapshot of a night that says the same leaves the first alone; one
that says something else takes its place.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from archive.data_folder import hold_work_folder, sync_folder
from archive.publish.live import open_joined
from archive.publish.public_tables import Table, public_tables, quoted
from archive.site_files import read_metadata, site_folder, table_words
from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from archive.clock import Clock
    from archive.data_folder import DataDir
    from archive.publish.public_tables import Column, Table
    from archive.site_files import TableWords


_REPLACED_PREFIX = ".replaced-"


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
    with hold_work_folder(data.snapshots) as work:
        made = work / "files"
        made.mkdir()
        with open_joined(data) as db:
            tables = _write_files(db, data.public_db.resolve().stem.removeprefix("gongkai-"), made, night)
        changed = not _same(made, folder)
        if changed:
            _put_in_place(made, folder)
    return Snapshot(folder, tables, changed, clock())


def _write_files(
    db: sqlite3.Connection, database_sha256: str, folder: Path, night: dt.date
) -> dict[str, WrittenTable]:
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
    """Undo what a killed run left: a folder that had stepped aside comes back."""
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


# What goes with the CSV files: `datapackage.json`, `SHA256SUMS`, `README.txt`. No time of day enters.


@dataclass(frozen=True, slots=True)
class WrittenTable:
    """One CSV file.

    Attributes:
        file: its name.
        rows: how many, the header not counted.
        sha256: of its bytes.
        size_bytes: its length.
    """

    file: str
    rows: int
    sha256: str
    size_bytes: int


_TYPES = {"TEXT": "string", "INTEGER": "integer", "REAL": "number", "NUMERIC": "number"}


def data_package(
    night: dt.date,
    database_sha256: str,
    written: Sequence[tuple[Table, WrittenTable]],
    words: Mapping[str, TableWords],
) -> str:
    """Describe the files as a Frictionless data package.

    Source: https://specs.frictionlessdata.io/data-package/ and /table-schema/
    """
    package = {
        "profile": "tabular-data-package",
        "name": f"gongkai-{night.isoformat()}",
        "title": "公开 · 政府信息公开年报与政策文件库",
        "version": night.isoformat(),
        "database_sha256": database_sha256,
        "resources": [_resource(table, rows, words.get(table.name)) for table, rows in written],
    }
    return json.dumps(package, ensure_ascii=False, indent=2) + "\n"


def _resource(table: Table, written: WrittenTable, words: TableWords | None) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "profile": "tabular-data-resource",
        "name": table.name.replace("_", "-"),
        "path": written.file,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": written.size_bytes,
        "hash": f"sha256:{written.sha256}",
        "rows": written.rows,
        "dialect": {
            "delimiter": ",",
            "lineTerminator": "\r\n",
            "quoteChar": '"',
            "doubleQuote": True,
            "header": True,
        },
    }
    if words:
        resource |= {"title": words.title, "description": words.description}
    explained = words.columns if words else {}
    schema: dict[str, Any] = {
        "fields": [_describe_column(column, explained) for column in table.columns],
        "missingValues": [""],
    }
    if table.key:
        schema["primaryKey"] = list(table.key)
    schema["foreignKeys"] = [
        {"fields": it.column, "reference": {"resource": it.table.replace("_", "-"), "fields": it.target}}
        for it in table.references
    ]
    return resource | {"schema": schema}


def _describe_column(column: Column, explained: Mapping[str, str]) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, "type": _TYPES[column.kind]}
    if column.name in explained:
        field["description"] = explained[column.name]
    if column.required:
        field["constraints"] = {"required": True}
    return field


def checksums(digests: Mapping[str, str]) -> str:
    """Write the list that `sha256sum --check` reads."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))


def readme(night: dt.date, database_sha256: str, written: Sequence[WrittenTable]) -> str:
    """Say in plain words what is here and how to read it."""
    listed = "\n".join(f"  {it.file:<24}{it.rows:>12,}" for it in written)
    return _README.format(night=night.isoformat(), sha256=database_sha256, tables=listed)


_README = """\
公开 · 政府信息公开年报与政策文件库　数据快照　{night}（北京日期）
Gongkai: disclosure reports and policy documents. Data snapshot of the night {night} (Shanghai date).

每个公开数据表一个 CSV 文件，全部行都在，行数与 SHA-256 见 datapackage.json。
Every public table, complete; row counts and digests are in datapackage.json.

{tables}

核对 / check:    sha256sum --check SHA256SUMS
出自 / made of:  gongkai-{sha256}.db
清单 / manifest: manifest.json (gongkai verify --root, docs/proofs.md)

格式 / format
  UTF-8（无 BOM）、RFC 4180、CRLF，首行为列名，按主键排序，值一概原样。
  UTF-8 without a byte order mark, RFC 4180, CRLF, header row, sorted by primary key, values never altered.
  两个逗号之间什么也没有 = 未载（NULL）；两个引号 "" = 空字符串。
  Nothing between commas is NULL (not stated); "" is the empty string.
  数值列（facts.value 等）按所印文字保存，请勿当作浮点数读入后再写回。
  Figures are kept as printed characters; do not read them as floating point and write them back.
  文字中可能有换行、NUL 和以 = 开头的内容；用表格软件打开前请留意。
  Texts may hold line ends, NUL and a leading "="; mind this before opening them in a spreadsheet.
"""
