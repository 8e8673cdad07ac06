"""Write tables as files: CSV, compressed where it is long, Parquet, and workbooks where Excel opens them.

    SQLite ──in C, by ADBC──▶ Arrow, part by part ──┬─thread─▶ CSV
        a processor each for ranges of its rows     └─thread─▶ Parquet ──▶ XLSX

CSV is RFC 4180, UTF-8, CRLF: NULL is nothing between two commas, the empty string is `""` (the rule of
PostgreSQL and SQLite's shell). A text is quoted when it holds a quotation mark, a comma or a line end, when
it is empty, and when it begins or ends with white space. Reals are in the shortest form that reads back the
same. In Parquet texts stay texts, figures too, as they were printed; columns in `_on` hold dates.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import pairwise, repeat
from operator import call
from typing import IO, TYPE_CHECKING, Any

from isal import igzip

from archive.database import unchanging_uri
from archive.publish.public_tables import Column, Table, quoted
from archive.snapshot.workbook import write_table_workbook
from pipelines.knowledge import Thresholds
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    Batch = Any


class SnapshotThresholds(Thresholds):
    """How tables are written, and what is kept of snapshots (`archive/thresholds/snapshots.yaml`)."""

    compressed_from: int
    changes_compressed_from: int
    rows_at_once: int
    rows_in_turn: int
    bytes_at_once: int
    workbook_cells: int
    days: int
    months: int
    years: int


SNAPSHOTS = SnapshotThresholds.load("snapshots", "archive")
FILES_FORM = 1
"""Raised with what writes other bytes of the same rows: no file of another form is linked into a full set."""


class WrittenFile(FrozenStruct):
    """A file of a snapshot.

    Attributes:
        path: its name, from the folder of the night.
        sha256: of its bytes.
        size_bytes: its length.
    """

    path: str
    sha256: str
    size_bytes: int

    @classmethod
    def from_described(cls, described: Mapping[str, Any]) -> WrittenFile:
        """Return the file that a data package describes."""
        return cls(described["path"], described["hash"].removeprefix("sha256:"), described["bytes"])

    def as_described(self) -> dict[str, Any]:
        """Describe it for a data package."""
        return {"path": self.path, "bytes": self.size_bytes, "hash": f"sha256:{self.sha256}"}


class WrittenTable(FrozenStruct):
    """The files of one table.

    Attributes:
        table: what it is.
        rows: how many, the header of the CSV not counted.
        files: the CSV file first, then Parquet and, where it fits, a workbook.
    """

    table: Table
    rows: int
    files: tuple[WrittenFile, ...]

    @property
    def sha256(self) -> str:
        """The digest of the CSV file."""
        return self.files[0].sha256


@contextmanager
def open_arrow(
    path: Path, attached: Mapping[str, Path] | None = None, statements: Sequence[str] = ()
) -> Iterator[list[Any]]:
    """Open a database, that nobody changes meanwhile, for questions that are answered in Arrow.

    Yields:
        A cursor for each processor.

    Args:
        path: the database.
        attached: others, by name.
        statements: what is executed first.

    Raises:
        sqlite3.Error: it cannot be read.
    """
    # With pyarrow half as long to import as all else.
    from adbc_driver_sqlite import dbapi  # noqa: PLC0415
    from pyarrow import ArrowException  # noqa: PLC0415

    with _raising_ours(dbapi.Error, ArrowException), ExitStack() as stack:
        cursors = []
        for _ in os.sched_getaffinity(0):
            connection = stack.enter_context(dbapi.connect(unchanging_uri(path)))
            cursor = stack.enter_context(connection.cursor())
            for name, other in (attached or {}).items():
                cursor.execute(f"ATTACH ? AS {name}", (unchanging_uri(other),))
            for statement in statements:
                cursor.execute(statement)
            cursors.append(cursor)
        yield cursors


@contextmanager
def _raising_ours(*kinds: type[Exception]) -> Iterator[None]:
    try:
        yield
    except kinds as error:
        raise sqlite3.DatabaseError(str(error)) from error


def write_table(
    cursors: Sequence[Any], table: Table, folder: Path, *, sql: str = "", is_full: bool = True
) -> WrittenTable:
    """Write the rows of a table into files of its name: CSV, Parquet, and a workbook where Excel opens all.

    Args:
        cursors: as `open_arrow` yields them.
        table: what is written.
        folder: where to.
        sql: the question that gives its rows in their order; by default all of them by key.
        is_full: whether as in a full set: in each form, and captures in a folder of their own.

    Raises:
        OSError: the disk refuses.
    """
    from pyarrow import parquet  # noqa: PLC0415  as above

    path = folder / ("captures" if is_full and table.name == "captures" else "") / f"{table.name}.csv"
    path.parent.mkdir(exist_ok=True)
    schema = arrow_schema(table.columns)
    rows = 0
    with ExitStack() as stack:
        compressed_from = SNAPSHOTS.compressed_from if is_full else SNAPSHOTS.changes_compressed_from
        csv = stack.enter_context(_CsvFile(path, table.columns, compressed_from))
        writers = [csv.write]
        if is_full:
            # Of ids, which never repeat, a dictionary takes time and room.
            repeating = [name for name in schema.names if (name,) != table.key]
            packed = parquet.ParquetWriter(
                path.with_suffix(".parquet"), schema, compression="zstd", use_dictionary=repeating
            )
            writers.append(stack.enter_context(packed).write_batch)
        threads = stack.enter_context(ThreadPoolExecutor(len(writers)))
        under_way: Iterator[None] = iter(())
        parts = answer_question(cursors[0], sql, table.columns) if sql else _read_table(cursors, table)
        for batch in gather_parts(parts, SNAPSHOTS.rows_at_once):
            typed = batch.cast(schema)
            deque(under_way)
            rows += typed.num_rows
            under_way = threads.map(call, writers, repeat(typed))
        deque(under_way)
    paths = [csv.path]
    if is_full:
        paths.append(path.with_suffix(".parquet"))
        workbook = write_table_workbook(
            paths[-1], most_cells=SNAPSHOTS.workbook_cells, most_bytes=SNAPSHOTS.bytes_at_once
        )
        paths += [workbook] if workbook else []
    return WrittenTable(table, rows, tuple(describe_file(path, folder) for path in paths))


def pack_file(source: Path, target: Path) -> None:
    """Compress a file."""
    with source.open("rb") as whole, target.open("wb") as raw, _packing(raw) as packed:
        shutil.copyfileobj(whole, packed, SNAPSHOTS.bytes_at_once)


def _packing(raw: IO[bytes]) -> Any:
    """Open a file for what is to be compressed; its head says no time and no name."""
    return igzip.IGzipFile("", "wb", 2, raw, mtime=0)  # type: ignore[no-untyped-call]


def describe_file(path: Path, folder: Path) -> WrittenFile:
    """Make a file durable, and describe it by its bytes."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return WrittenFile(str(path.relative_to(folder)), digest, path.stat().st_size)


def arrow_schema(columns: Sequence[Column]) -> Any:
    """Return the types of columns in Parquet."""
    import pyarrow as pa  # noqa: PLC0415  as above

    types = {"INTEGER": pa.int64(), "REAL": pa.float64(), "DATE": pa.date32()}
    return pa.schema([(it.name, types.get(kind_of(it), pa.string())) for it in columns])


# A column is what its first values are, so a row of known types goes before the rows.
_EXAMPLES = {"TEXT": "''", "NUMERIC": "''", "INTEGER": "0", "REAL": "0.5"}
# A sum of printed figures is an integer or a real: in digits that read back the same.
_DIGITS = """iif(typeof({0}) = 'real' AND CAST(CAST({0} AS TEXT) AS REAL) <> {0},
    printf('%!.17g', {0}), CAST({0} AS TEXT))"""


def _read_table(cursors: Sequence[Any], table: Table) -> Iterator[Batch]:
    """Yield the rows of a table in their order; a large one is read in ranges, by all cursors at once."""
    rows = f"SELECT {table.column_list} FROM {quoted(table.name)}"  # noqa: S608  quoted
    asked = deque(f"{rows} WHERE {it} ORDER BY {table.order}" for it in _list_ranges(cursors[0], table))
    with ThreadPoolExecutor(len(cursors)) as readers:
        under_way: deque[tuple[Any, Iterator[Batch], Future[Batch | None]]] = deque()

        def ask_next(cursor: Any) -> None:
            if asked:
                answer = answer_question(cursor, asked.popleft(), table.columns)
                parts = gather_parts(answer, SNAPSHOTS.rows_in_turn)
                under_way.append((cursor, parts, readers.submit(next, parts, None)))

        for cursor in cursors:
            ask_next(cursor)
        while under_way:
            cursor, parts, ahead = under_way.popleft()
            while (part := ahead.result()) is not None:
                ahead = readers.submit(next, parts, None)
                yield part
            ask_next(cursor)


def _list_ranges(cursor: Any, table: Table) -> Iterator[str]:
    """Yield conditions that part the rows of a table by the first column of its order.

    Each has as many as a processor reads before its turn ends, where hashes stand there, as in most keys,
    behind what all of them begin with. Numbers are read as they come.
    """
    column, rows = quoted(table.order_columns[0]), quoted(table.name)
    parts = _estimate_rows(cursor, table) // SNAPSHOTS.rows_in_turn + 1
    # Asked for together, both are looked for in all rows; each by itself is one step in an index.
    extremes = f"SELECT (SELECT min({column}) FROM {rows}), (SELECT max({column}) FROM {rows})"  # noqa: S608  quoted
    ends = cursor.execute(extremes).fetchone() if table.key and parts > 1 else ()
    if not ends or not all(isinstance(end, str) for end in ends):
        yield "1"
        return
    before = os.path.commonprefix(ends)  # noqa: RUF071  of any texts
    before = before.replace("'", "''")
    bounds = [f"'{before}{(number << 32) // parts:08x}'" for number in range(1, parts)]
    # What is no text stands behind every text.
    for low, high in pairwise(["''", *bounds, "x''"]):
        yield f"{column} >= {low} AND {column} < {high}"


def _estimate_rows(cursor: Any, table: Table) -> int:
    """Return how many rows a table had when its copy was made; 0 where that is not known."""
    if not cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'").fetchone():
        return 0
    sql = "SELECT ifnull(max(CAST(stat AS INTEGER)), 0) FROM sqlite_stat1 WHERE tbl IN (?1, 'stored_' || ?1)"
    return int(cursor.execute(sql, (table.name,)).fetchone()[0])


def answer_question(cursor: Any, sql: str, columns: Sequence[Column]) -> Iterator[Batch]:
    """Yield what a question is answered, each column of its type."""
    names = [quoted(column.name) for column in columns]
    shown = (
        _DIGITS.format(name) if column.kind == "NUMERIC" else name
        for name, column in zip(names, columns, strict=True)
    )
    examples = (f"{_EXAMPLES[column.kind]} AS {name}" for name, column in zip(names, columns, strict=True))
    cursor.execute(f"SELECT {', '.join(examples)} UNION ALL SELECT {', '.join(shown)} FROM ({sql})")  # noqa: S608  quoted
    reader = cursor.fetch_record_batch()
    yield reader.read_next_batch().slice(1)
    yield from reader


def gather_parts(batches: Iterator[Batch], most_rows: int) -> Iterator[Batch]:
    """Yield rows by so many, and no more but where one batch has them."""
    import pyarrow as pa  # noqa: PLC0415  as above

    held: list[Batch] = []
    rows = size = 0
    for batch in batches:
        if held and not batch.num_rows:
            continue
        is_full = rows + batch.num_rows > most_rows or size + batch.nbytes > SNAPSHOTS.bytes_at_once
        if rows and is_full:
            yield pa.concat_batches(held)
            held, rows, size = [], 0, 0
        held.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
    yield pa.concat_batches(held)


class _CsvFile:
    """A CSV file, compressed once it is long."""

    def __init__(self, path: Path, columns: Sequence[Column], compressed_from: int) -> None:
        self.path, self._compressed_from = path, compressed_from
        self._head = bytearray((",".join(column.name for column in columns) + "\r\n").encode())
        self._file: Any = None
        self._stack = ExitStack()

    def __enter__(self) -> _CsvFile:
        return self

    def write(self, batch: Batch) -> None:
        """Write rows, some at a time: quoted and joined, their lines are held some eight times over."""
        fitting = batch.num_rows * SNAPSHOTS.bytes_at_once // (8 * batch.nbytes or 1)
        at_once = max(1, min(fitting, SNAPSHOTS.rows_in_turn))
        for start in range(0, batch.num_rows, at_once):
            self._write_lines(csv_lines(batch.slice(start, at_once)))

    def _write_lines(self, piece: bytearray | memoryview) -> None:
        if self._file is None:
            self._head += piece
            if len(self._head) < self._compressed_from:
                return
            self.path = self.path.with_name(f"{self.path.name}.gz")
            raw = self._stack.enter_context(self.path.open("wb"))
            self._file, piece = self._stack.enter_context(_packing(raw)), self._head
        self._file.write(piece)

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        if self._file is None:
            self.path.write_bytes(self._head)


def kind_of(column: Column) -> str:
    """Return the kind of a column as declared, and `DATE` where its texts are dates."""
    return "DATE" if column.kind == "TEXT" and column.name.endswith("_on") else column.kind


# What Python's `\s` is, in bytes that may begin it, and in characters.
_SUSPICIOUS = b'",\t\n\v\f\r\x1c\x1d\x1e\x1f \xc2\xe1\xe2\xe3'
_SPACE = r"[\t-\r\x1c-\x20\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]"
_QUOTED = rf'[",\r\n]|\A{_SPACE}|{_SPACE}\z|\A\z'


def csv_lines(batch: Batch) -> memoryview:
    """Write rows as lines."""
    import pyarrow as pa  # noqa: PLC0415  as above
    from pyarrow import compute as pc  # noqa: PLC0415  likewise

    fields = map(_csv_fields, batch.columns)
    lines = pc.binary_join_element_wise(*fields, ",", null_handling="replace", null_replacement="")
    # An empty one behind the last, so that this one is ended, too.
    ended = pa.concat_arrays([lines, pa.array([""])])
    [joined] = pc.binary_join(pa.ListArray.from_arrays([0, len(ended)], ended), "\r\n")
    return memoryview(joined.as_buffer())


def _csv_fields(column: Any) -> Any:
    import pyarrow as pa  # noqa: PLC0415  as above

    if pa.types.is_integer(column.type) or pa.types.is_date(column.type):
        return column.cast(pa.string())
    if not (pa.types.is_floating(column.type) or _is_suspicious(column)):
        return column
    # What is quoted are words of lists and labels above all, which repeat.
    known = column.dictionary_encode()
    if pa.types.is_floating(column.type):
        written = pa.array([repr(value) for value in known.dictionary.to_pylist()], pa.string())
    else:
        written = _quote(known.dictionary)
    return written.take(known.indices)


def _is_suspicious(texts: Any) -> bool:
    """Whether any of these texts may have to be quoted."""
    from pyarrow import compute as pc  # noqa: PLC0415  as above

    if not pc.min(pc.binary_length(texts)).as_py():
        return True
    import numpy as np  # noqa: PLC0415  likewise

    _, places, characters = texts.buffers()
    first, last = np.frombuffer(places, np.int32)[[texts.offset, texts.offset + len(texts)]]
    held = bytes(characters.slice(first, last - first))
    return len(held.translate(None, _SUSPICIOUS)) < len(held)


def _quote(texts: Any) -> Any:
    from pyarrow import compute as pc  # noqa: PLC0415  as above

    doubled = pc.replace_substring(texts, '"', '""')
    within = pc.binary_join_element_wise('"', doubled, '"', "")
    return pc.if_else(pc.match_substring_regex(texts, _QUOTED), within, texts)
