from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from openpyxl import load_workbook
from pyarrow import parquet

from archive.data_folder import DataDir
from archive.publish.copy import publish
from archive.publish.live import NothingPublished
from archive.publish.public_tables import public_tables
from archive.snapshot.table_files import SNAPSHOTS, csv_lines, open_arrow, write_table
from archive.snapshot.write import Snapshot, SnapshotFailed
from archive.snapshot.write import write_snapshot as write_night
from tests.web.sample_corpus import HOSTILE, build_corpus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


pytestmark = pytest.mark.workbooks

NIGHT = dt.date(2026, 1, 31)
NOW = dt.datetime(2026, 1, 31, 3, tzinfo=dt.UTC)


def clock() -> dt.datetime:
    return NOW


def write_snapshot(data: DataDir, *, night: dt.date) -> Snapshot:
    return write_night(data, night=night, is_asked=True)


def read_bytes(snapshot: Snapshot, file: str) -> bytes:
    path = snapshot.folder / file
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


@pytest.fixture
def data(published_data: DataDir) -> DataDir:
    return published_data


def build_published(data: DataDir, *extra: str) -> None:
    data.make()
    data.corpus_db.unlink(missing_ok=True)
    build_corpus(data.corpus_db, extra_passages=extra)
    publish(data, clock=clock)


def read_csv(text: str) -> Iterator[list[str | None]]:
    """Read by the documented rule, not by the writer's code: quoted is text, bare nothing is NULL."""
    row: list[str | None] = []
    at = 0
    while at < len(text):
        if text[at] == '"':
            end = at + 1
            while text[end] != '"' or text[end : end + 2] == '""':
                end += 2 if text[end] == '"' else 1
            row.append(text[at + 1 : end].replace('""', '"'))
            at = end + 1
        else:
            end = min(it for it in (text.find(",", at), text.find("\r\n", at)) if it >= 0)
            row.append(text[at:end] or None)
            at = end
        if text[at] == ",":
            at += 1
            continue
        assert text[at : at + 2] == "\r\n"
        yield row
        row = []
        at += 2


def test_every_public_row_comes_back(data: DataDir) -> None:
    snapshot = write_snapshot(data, night=NIGHT)
    db = sqlite3.connect(data.public_db)
    tables = public_tables(db)
    assert set(snapshot.tables) == {table.name for table in tables}
    for table in tables:
        text = read_bytes(snapshot, snapshot.tables[table.name].files[0].path).decode()
        header, *rows = read_csv(text)
        assert header == [column.name for column in table.columns]
        fresh = sqlite3.connect(":memory:")
        fresh.execute(f"CREATE TABLE t ({', '.join(f'[{it.name}] {it.kind}' for it in table.columns)})")
        fresh.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(table.columns))})", rows)  # noqa: S608 marks only
        query = "SELECT {} FROM {} ORDER BY {}"
        kept = db.execute(query.format(table.column_list, table.name, table.order)).fetchall()
        assert fresh.execute("SELECT * FROM t ORDER BY rowid").fetchall() == kept
        assert snapshot.tables[table.name].rows == len(kept)
        fresh.close()
    db.close()


def test_what_goes_with_the_tables_is_true(data: DataDir) -> None:
    snapshot = write_snapshot(data, night=NIGHT)
    sums = read_sums(snapshot)
    files = {str(it.relative_to(snapshot.folder)) for it in snapshot.folder.rglob("*") if it.is_file()}
    assert files == {*sums, "SHA256SUMS"}
    for name, digest in sums.items():
        assert hashlib.sha256((snapshot.folder / name).read_bytes()).hexdigest() == digest
    assert read_bytes(snapshot, "gongkai.db.gz") == data.public_db.read_bytes(), "what readers have"
    package = json.loads((snapshot.folder / "datapackage.json").read_text("utf-8"))
    assert package["database_sha256"] == publish(data, clock=clock).sha256
    for resource in package["resources"]:
        written = snapshot.tables[resource["name"].replace("-", "_")]
        assert (resource["rows"], resource["hash"]) == (written.rows, f"sha256:{written.sha256}")
        assert resource["bytes"] == (snapshot.folder / resource["path"]).stat().st_size
        assert all("description" in field for field in resource["schema"]["fields"])
    assert "search_key" not in json.dumps(package)


def test_the_same_corpus_gives_the_same_bytes_and_leaves_the_folder_alone(
    data: DataDir, tmp_path: Path
) -> None:
    first = write_snapshot(data, night=NIGHT)
    before = first.folder.stat().st_ino
    again = write_snapshot(data, night=NIGHT)
    assert (first.changed, again.changed, again.folder.stat().st_ino) == (True, False, before)
    elsewhere = DataDir(tmp_path / "elsewhere")
    build_published(elsewhere)
    other = write_snapshot(elsewhere, night=NIGHT)
    for path in (path for path in first.folder.rglob("*") if path.is_file()):
        assert path.read_bytes() == (other.folder / path.relative_to(first.folder)).read_bytes()


def test_another_snapshot_of_the_night_takes_its_place(data: DataDir) -> None:
    first = write_snapshot(data, night=NIGHT)
    build_published(data, "第二次")
    second = write_snapshot(data, night=NIGHT)
    assert second.changed
    assert second.tables["sections"].rows == first.tables["sections"].rows + 1
    assert [path.name for path in data.snapshots.iterdir()] == ["2026-01-31"]


def test_what_the_full_set_before_holds_is_not_written_again(
    data: DataDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write_snapshot(data, night=NIGHT)

    def refuse(*_: object) -> None:
        raise AssertionError("a table or the copy is written")

    with monkeypatch.context() as unwritten:
        unwritten.setattr("archive.snapshot.table_files.csv_lines", refuse)
        unwritten.setattr("archive.snapshot.write.pack_file", refuse)
        second = write_snapshot(data, night=NIGHT + dt.timedelta(days=1))
        unwritten.setattr("archive.snapshot.write.FILES_FORM", "of another writer")
        with pytest.raises(AssertionError, match="a table or the copy is written"):
            write_snapshot(data, night=NIGHT + dt.timedelta(days=2))
    assert second.folder.name == "2026-02-01"
    assert second.tables == first.tables
    assert all((second.folder / it).samefile(first.folder / it) for it in files_of(first))
    assert read_sums(second)["gongkai.db.gz"] == read_sums(first)["gongkai.db.gz"]


def files_of(snapshot: Snapshot) -> list[str]:
    return [file.path for table in snapshot.tables.values() for file in table.files] + ["gongkai.db.gz"]


def read_sums(snapshot: Snapshot) -> dict[str, str]:
    lines = (snapshot.folder / "SHA256SUMS").read_text().splitlines()
    return {name: digest for digest, name in (line.split("  ") for line in lines)}


def test_a_failure_leaves_the_old_snapshot_and_nothing_half_written(
    data: DataDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write_snapshot(data, night=NIGHT)
    build_published(data, "第二次")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("archive.snapshot.table_files.csv_lines", full)
        with pytest.raises(SnapshotFailed, match="No space"):
            write_snapshot(data, night=NIGHT)
    assert [path.name for path in data.snapshots.iterdir()] == ["2026-01-31"]
    digest = hashlib.sha256((first.folder / first.tables["sections"].files[0].path).read_bytes()).hexdigest()
    assert digest == first.tables["sections"].sha256


@pytest.mark.parametrize("stood", [True, False])
def test_a_killed_replacement_is_undone(data: DataDir, stood: bool) -> None:
    first = write_snapshot(data, night=NIGHT)
    aside = data.snapshots / ".replaced-2026-01-31"
    if stood:
        aside.mkdir()
    else:
        first.folder.rename(aside)
    (data.snapshots / ".making-killed").mkdir()
    again = write_snapshot(data, night=NIGHT)
    assert not again.changed
    assert [path.name for path in data.snapshots.iterdir()] == ["2026-01-31"]


def test_nothing_published_is_said(tmp_path: Path) -> None:
    with pytest.raises(NothingPublished, match="gongkai publish"):
        write_snapshot(DataDir(tmp_path), night=NIGHT)


def csv_line(values: Sequence[str | int | float | None]) -> str:
    arrays = [pa.array([value], pa.string() if value is None else None) for value in values]
    return bytes(
        csv_lines(pa.RecordBatch.from_arrays(arrays, [f"c{n}" for n in range(len(arrays))]))
    ).decode()


VALUES = (
    st.none()
    | st.text(max_size=8)
    | st.sampled_from(HOSTILE)
    | st.text(st.sampled_from('",\r\n a'), max_size=6)
)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.lists(VALUES, min_size=2, max_size=4), max_size=4))
def test_any_row_comes_back(rows: list[list[str | None]]) -> None:
    for row in rows:
        assert list(read_csv(csv_line(row))) == [row]


@pytest.mark.parametrize(
    ("values", "line"),
    [
        pytest.param((None, "", "a"), ',"",a\r\n', id="NULL and empty"),
        pytest.param((3, -1, 0.1, 10**18), "3,-1,0.1,1000000000000000000\r\n", id="numbers"),
        pytest.param((" a", "=1+1", "0012"), '" a",=1+1,0012\r\n', id="never altered"),
        pytest.param(("a\r\nb", 'c"d', "e,f", "\r"), '"a\r\nb","c""d","e,f","\r"\r\n', id="quoted"),
    ],
)
def test_a_line(values: tuple[str | int | float | None, ...], line: str) -> None:
    assert csv_line(values) == line


# Behind what all begin with stand hexadecimal digits, or other words.
@pytest.mark.parametrize("id_form", ["{:06}", "urn:uuid:it's-{:04x}", "{:04}号"])
@pytest.mark.parametrize("bounds", [("rows_at_once", "rows_in_turn"), ("bytes_at_once",)])
def test_a_table_is_written_part_by_part(
    data: DataDir, monkeypatch: pytest.MonkeyPatch, bounds: tuple[str, ...], tmp_path: Path, id_form: str
) -> None:
    with sqlite3.connect(data.public_db) as db:
        [table] = (it for it in public_tables(db) if it.name == "sections")
    db.close()
    assert (SNAPSHOTS.rows_at_once, SNAPSHOTS.bytes_at_once) == (65_536, 1 << 25)
    long = tmp_path / "long.db"
    with sqlite3.connect(long) as db:
        columns = "id TEXT, text TEXT, chars INTEGER, normalised_sha256 TEXT, skeleton TEXT"
        db.execute(f"CREATE TABLE sections ({columns})")
        db.executemany(
            "INSERT INTO sections VALUES (?, '文', 1, '', NULL)", ((id_form.format(n),) for n in range(5_000))
        )
        db.execute("CREATE INDEX by_id ON sections (id)")
        db.execute("ANALYZE")
    db.close()
    bounded = replace(SNAPSHOTS, **dict.fromkeys(bounds, 1_000))
    monkeypatch.setattr("archive.snapshot.table_files.SNAPSHOTS", bounded)
    with open_arrow(long) as cursors:
        written = write_table(cursors, table, tmp_path)
    file = parquet.ParquetFile(tmp_path / written.files[1].path)
    assert (written.rows, file.metadata.num_rows) == (5_000, 5_000)
    assert file.metadata.num_row_groups == 5
    assert file.read()["id"].to_pylist() == [id_form.format(n) for n in range(5_000)]


def test_a_table_with_numbers_for_keys_is_written_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbered = tmp_path / "numbered.db"
    with closing(sqlite3.connect(numbered)) as db:
        db.execute("CREATE TABLE numbered (id INTEGER PRIMARY KEY, text TEXT)")
        db.executemany("INSERT INTO numbered VALUES (?, '长' || ?)", ((n, n % 2) for n in range(1_200)))
        db.execute("ANALYZE")
        db.commit()
        [table] = public_tables(db)
    monkeypatch.setattr("archive.snapshot.table_files.SNAPSHOTS", replace(SNAPSHOTS, rows_in_turn=100))
    with open_arrow(numbered) as cursors:
        written = write_table(cursors, table, tmp_path)
    assert written.rows == 1_200
    read = parquet.read_table(tmp_path / "numbered.parquet").to_pydict()
    assert read["id"] == list(range(1_200))
    with closing(load_workbook(tmp_path / "numbered.xlsx", read_only=True)) as book:
        _, *rows = book["数据"].iter_rows(values_only=True)
    assert rows == [(str(key), text) for key, text in zip(read["id"], read["text"], strict=True)]
