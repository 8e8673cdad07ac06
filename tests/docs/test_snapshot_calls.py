"""The calls by which snapshots are read are run as the page prints them, on every table."""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import json
import re
import shutil
import sqlite3
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape
from pyarrow import parquet

from archive.data_folder import DataDir
from archive.publish.copy import publish
from archive.publish.public_tables import public_tables
from archive.snapshot.table_files import kind_of
from archive.snapshot.write import Snapshot, write_snapshot
from tests.conftest import ROOT
from tests.soak import SOAK, series
from tests.web.sample_corpus import build_corpus

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive.publish.public_tables import Column

pytestmark = pytest.mark.workbooks

NOW = dt.datetime(2026, 1, 31, 3, tzinfo=dt.UTC)
PAGE = (ROOT / "docs" / "snapshots.md").read_text("utf-8")
CALLS = {
    found[1]: textwrap.dedent(found[0])
    for found in re.finditer(r"^    # (\w+)[^\n]*\n(?:    .*\n)+", PAGE, re.M)
}
Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    data = DataDir(tmp_path_factory.mktemp("calls"))
    data.make()
    build_corpus(data.corpus_db)
    with contextlib.closing(sqlite3.connect(data.corpus_db)) as db, db:
        db.execute(
            "UPDATE documents SET region_code = '000000', published_on = '2026-01-30' WHERE year = 2021"
        )
        # One wording has words that the other lacks.
        db.execute(
            "INSERT INTO variants SELECT id, '', 1, '', '', 1, '[]', 'words', document_id"
            " FROM versions LIMIT 1"
        )
    publish(data, clock=lambda: NOW)
    return data


@pytest.fixture(scope="module")
def snapshot(data: DataDir) -> Snapshot:
    return write_snapshot(data, night=NOW.date())


def kept_rows(data: DataDir, name: str, *, is_blank_null: bool) -> tuple[tuple[Column, ...], Rows]:
    """Return the columns and rows of a table as they are kept."""
    with contextlib.closing(sqlite3.connect(data.public_db)) as db:
        [table] = (it for it in public_tables(db) if it.name == name)
        rows = db.execute(f"SELECT {table.column_list} FROM {name} ORDER BY {table.order}").fetchall()  # noqa: S608  ours
    blank = {None, ""} if is_blank_null else {None}
    return table.columns, [
        tuple(
            None if value in blank else dt.date.fromisoformat(value) if kind_of(column) == "DATE" else value
            for value, column in zip(row, table.columns, strict=True)
        )
        for row in rows
    ]


def read_by_page(program: str, name: str) -> Any:
    told: dict[str, Any] = {"NAME": name}
    exec(compile(CALLS[program], program, "exec"), told)  # noqa: S102  our own documentation
    return told["rows"]


def test_pandas_reads_every_csv_by_the_printed_call(
    data: DataDir, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pandas as pd  # noqa: PLC0415  slow to import, in each worker

    monkeypatch.chdir(snapshot.folder)
    for name in snapshot.tables:
        rows = read_by_page("pandas", name)
        found = [
            tuple(None if pd.isna(value) else value for value in row) for row in rows.itertuples(index=False)
        ]
        _, kept = kept_rows(data, name, is_blank_null=True)
        assert found == [tuple(map(shown_by_pandas, row)) for row in kept], name


def shown_by_pandas(value: object) -> object:
    return str(value) if isinstance(value, dt.date) else cut_at_nul(value)


def cut_at_nul(value: object) -> object:
    return value.partition("\0")[0] if isinstance(value, str) else value


TAKE_ROWS: dict[str, Callable[[Any], Rows]] = {
    "DuckDB": lambda answer: answer.fetchall(),
    "polars": lambda answer: answer.rows(),
}


@pytest.mark.parametrize("program", TAKE_ROWS)
def test_every_csv_is_read_by_the_printed_call(
    data: DataDir, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.chdir(snapshot.folder)
    for name in snapshot.tables:
        rows = TAKE_ROWS[program](read_by_page(program, name))
        assert rows == kept_rows(data, name, is_blank_null=False)[1], name


def test_parquet_needs_nothing_said(data: DataDir, snapshot: Snapshot) -> None:
    import duckdb  # noqa: PLC0415  likewise
    import pandas as pd  # noqa: PLC0415  likewise
    import polars  # noqa: PLC0415  likewise

    for name, table in snapshot.tables.items():
        path = snapshot.folder / table.files[1].path
        kept = kept_rows(data, name, is_blank_null=False)[1]
        assert polars.read_parquet(path).rows() == kept, name
        assert duckdb.read_parquet(str(path)).fetchall() == kept, name
        assert [tuple(row.values()) for row in parquet.read_table(path).to_pylist()] == kept, name
        assert len(pd.read_parquet(path)) == len(kept), name


def test_workbooks_need_nothing_said(data: DataDir, snapshot: Snapshot) -> None:
    import pandas as pd  # noqa: PLC0415  likewise

    found = {name: table.files[2].path for name, table in snapshot.tables.items() if table.files[2:]}
    assert {"documents", "portals", "issuers", "facts", "checks"} <= found.keys()
    for name, path in found.items():
        head, *rows = load_workbook(snapshot.folder / path)["数据"].iter_rows(values_only=True)
        columns, kept = kept_rows(data, name, is_blank_null=True)
        assert head == tuple(column.name for column in columns)
        assert [tuple(map(show_cell, row)) for row in rows] == [tuple(map(show_cell, row)) for row in kept]
    codes = pd.read_excel(snapshot.folder / found["documents"], dtype=object)["region_code"]
    assert "000000" in codes.to_list()


def show_cell(value: object) -> str:
    """Write what a cell shows; a figure by its value, however many noughts were printed behind it."""
    if isinstance(value, dt.date):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, float):
        return f"{value:.15g}"  # digits of which Excel keeps no more
    shown = str(unescape("" if value is None else str(value)))
    return shown.rstrip("0").removesuffix(".") if re.fullmatch(r"-?\d+\.\d+", shown) else shown


@series
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_reads_csv_by_the_printed_call(
    data: DataDir, snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    shutil.copy(snapshot.folder / "datapackage.json", tmp_path)
    Path("captures").mkdir()
    # Every table in the long series: each is a start of LibreOffice.
    for name in snapshot.tables if SOAK else ["documents", "portals"]:
        path = snapshot.tables[name].files[0].path
        packed = (snapshot.folder / path).read_bytes()
        content = gzip.decompress(packed) if path.endswith(".gz") else packed
        Path(path.removesuffix(".gz")).write_bytes(content)
        read_by_page("LibreOffice", name)
        sheet = load_workbook(f"{name}.xlsx").active
        assert sheet is not None
        head, *rows = sheet.iter_rows(values_only=True)
        columns, kept = kept_rows(data, name, is_blank_null=True)
        assert head == tuple(column.name for column in columns)
        assert [tuple(map(shown_by_libreoffice, row)) for row in rows] == [
            tuple(map(shown_by_libreoffice, row)) for row in kept
        ], name


def shown_by_libreoffice(value: object) -> str:
    return f"{value:.14g}" if isinstance(value, float) else show_cell(value).replace("\r\n", "\n")


@pytest.mark.slow
def test_the_data_package_is_valid(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    import frictionless  # noqa: PLC0415  likewise

    monkeypatch.chdir(snapshot.folder)
    report = frictionless.validate("datapackage.json")
    assert report.flatten(["name", "type", "message"]) == []
    assert {task.name for task in report.tasks} == {name.replace("_", "-") for name in snapshot.tables}


def test_croissant_describes_every_parquet_file(snapshot: Snapshot) -> None:
    described = json.loads((snapshot.folder / "croissant.json").read_text("utf-8"))
    files = {file.path: file for table in snapshot.tables.values() for file in table.files[1:2]}
    assert {it["@id"]: it["sha256"] for it in described["distribution"]} == {
        path: file.sha256 for path, file in files.items()
    }
    kinds = {"string": "sc:Text", "int64": "sc:Integer", "double": "sc:Float", "date32[day]": "sc:Date"}
    for record_set in described["recordSet"]:
        path = record_set["field"][0]["source"]["fileObject"]["@id"]
        schema = parquet.read_schema(snapshot.folder / path)
        told = {it["source"]["extract"]["column"]: it["dataType"] for it in record_set["field"]}
        assert told == {field.name: kinds[str(field.type)] for field in schema}


def test_long_tables_are_compressed_and_captures_stand_apart(snapshot: Snapshot) -> None:
    for name, table in snapshot.tables.items():
        path = snapshot.folder / table.files[0].path
        assert path.parent.name == ("captures" if name == "captures" else snapshot.folder.name)
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        assert (path.suffix == ".gz") is (len(content) >= 1_000_000)
        if path.suffix == ".gz":
            assert path.read_bytes()[3:8] == bytes(5)  # neither name nor time
