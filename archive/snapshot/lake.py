"""The lake: the published copy as Parquet files by table and year, with the views by which DuckDB reads them.

    copy: a digest for each table and year ──▶ lake/<sha256>/facts/year=2023/<digest>.parquet
                              of the same name in the lake before ──link──▲
    lake/current (symlink, switched last) ──▶ lake/<sha256>/views.sql

A file is named by the rows that it holds, so nothing is compared, and only what has another name is written.
Who follows the symlink once reads one state to the end; the one before is kept, unless it shows what is
suppressed by now.
"""

from __future__ import annotations

import hashlib
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive.data_folder import DataDir, hold_work_folder, read_operator_file, write_durably
from archive.database import failing_as, open_database, unchanging_uri
from archive.publish.copy import seal_file, switch_link
from archive.publish.public_tables import Table, choose_year, is_by_year, public_tables, quoted
from archive.publish.set_digest import SetDigest, read_parts
from archive.snapshot.retention import put_in_place
from archive.snapshot.table_files import SNAPSHOTS, answer_question, arrow_schema, gather_parts, open_arrow
from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archive.publish.set_digest import Parts

VIEWS = "views.sql"
_SUPPRESSIONS = "suppressions"
# By this name readers of partitions know that there is no year.
_NO_YEAR = "__HIVE_DEFAULT_PARTITION__"
_HEAD = "-- Run where the folder `lake` stands: duckdb -init lake/current/views.sql\n"
_VIEW = """\
CREATE OR REPLACE VIEW "{name}" AS SELECT {columns}
FROM read_parquet('lake/{state}/{name}/{files});
"""
_BY_YEAR = "*/*.parquet', hive_partitioning = true, hive_types = {'year': BIGINT}"
_WHOLE = "*.parquet'"


class LakeFailed(GongkaiError):
    """The lake could not be brought up; the one before is still read."""


def keeps_lake(data: DataDir) -> bool:
    """Whether a lake follows each publication: there is one, or gongkai.yaml asks for it."""
    return data.current_lake.is_symlink() or bool(read_operator_file(data.root).get("lake"))


def write_lake(data: DataDir) -> int:
    """Bring the lake up to the published copy; one that is up to it is left as it is.

    Args:
        data: the data directory; the caller holds its lock.

    Returns:
        How many files were written, and not linked.

    Raises:
        LakeFailed: the copy cannot be read or the files cannot be written.
    """
    hint = "Readers keep the one before. See that there is space, then run `gongkai publish --lake`"
    with failing_as(LakeFailed, "the lake failed", data.lake, hint):
        return _bring_up(data)


def _bring_up(data: DataDir) -> int:
    copy = data.public_db.resolve()
    state = data.lake / copy.stem.removeprefix("gongkai-")
    written = 0
    with closing(open_database(unchanging_uri(copy))) as db:
        tables, parts = public_tables(db), read_parts(db)
    data.lake.mkdir(exist_ok=True)
    with hold_work_folder(data.lake) as work:
        try:
            if not state.is_dir():
                made = work / state.name
                written = _write_state(copy, made, data.current_lake.resolve(), tables, parts)
                put_in_place(made, state)
            switch_link(data.current_lake, state, work / "link")
        finally:
            # Where there is no room for another, one that shows what is suppressed goes all the same.
            _remove_others(state, work, _name_suppressions(tables, parts))
    return written


def _write_state(copy: Path, made: Path, before: Path, tables: Sequence[Table], parts: Parts) -> int:
    """Write what an earlier state does not hold, and link the rest; return how many files were written."""
    written = 0
    with open_arrow(copy) as [cursor, *_]:
        for table in tables:
            # Of one without rows there is a file, too: it says which columns there are.
            for year, digest in _years_of(table, parts).items():
                path = _place_of(table, year, digest)
                target = made / path
                target.parent.mkdir(parents=True, exist_ok=True)
                if (before / path).exists():
                    target.hardlink_to(before / path)
                    continue
                _write_file(cursor, table, year, target)
                written += 1
    write_durably(made / VIEWS, [_HEAD.encode(), *(_view(table, made.name).encode() for table in tables)])
    return written


def _years_of(table: Table, parts: Parts) -> Mapping[int | None, SetDigest]:
    """Return by year what says which rows a table has of it; one that is empty has one part, too."""
    held = {year: digest for (name, year), digest in parts.items() if name == table.name}
    return held or {None: SetDigest()}


def _write_file(cursor: Any, table: Table, year: int | None, path: Path) -> None:
    # With the snapshots' writers half as long to import as all else.
    from pyarrow import parquet  # noqa: PLC0415

    # That column is told by the folder.
    columns = [column for column in table.columns if column.name != "year"]
    names, chosen = ", ".join(quoted(column.name) for column in columns), choose_year(table, year)
    sql = f"SELECT {names} FROM {quoted(table.name)} WHERE {chosen} ORDER BY {table.order}"  # noqa: S608  quoted
    rows, schema = answer_question(cursor, sql, columns), arrow_schema(columns)
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in gather_parts(rows, SNAPSHOTS.rows_at_once):
            writer.write_batch(batch.cast(schema))
    seal_file(path)


def _place_of(table: Table, year: int | None, digest: SetDigest) -> str:
    """Return where the rows of a year stand in a state, by a name that says which they are."""
    said = f"{digest.hexdigest()} {table.columns}"
    name = hashlib.sha256(said.encode()).hexdigest()[:32]
    folder = f"{table.name}/year={_NO_YEAR if year is None else year}" if is_by_year(table) else table.name
    return f"{folder}/{name}.parquet"


def _view(table: Table, state: str) -> str:
    """Write the view of a table. What has digits only is a number there, so that it sorts and sums as one."""
    names = {column: quoted(column.name) for column in table.columns}
    columns = (
        f"CAST({name} AS DOUBLE) AS {name}" if it.kind == "NUMERIC" else name for it, name in names.items()
    )
    files = _BY_YEAR if is_by_year(table) else _WHOLE
    return _VIEW.format(name=table.name, columns=", ".join(columns), state=state, files=files)


def _name_suppressions(tables: Sequence[Table], parts: Parts) -> set[str]:
    """Return the names of the files that say what a copy hides."""
    return {
        Path(_place_of(table, year, digest)).name
        for table in tables
        if table.name == _SUPPRESSIONS
        for year, digest in _years_of(table, parts).items()
    }


def _remove_others(state: Path, work: Path, hidden: set[str]) -> None:
    """Remove all states but this and the newest before it that hides the same.

    Args:
        state: the one that is to be read.
        work: where they are moved, so that each goes at once.
        hidden: the names of the files that say what is hidden now.
    """
    others = sorted(
        (it for it in state.parent.glob("[0-9a-f]" * 64) if it != state), key=lambda it: it.stat().st_mtime_ns
    )
    alike = [it for it in others if {path.name for path in it.glob(f"{_SUPPRESSIONS}/*")} == hidden]
    for other in others:
        if other not in alike[-1:]:
            other.rename(work / other.name)
