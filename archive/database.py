"""SQLite as the archive uses it: a question in one call, rows by column, transactions that nest.

Opened by `open_database`: transactions are begun here and nowhere else.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pipelines.errors import GongkaiError

    Instead = Literal["", "OR IGNORE", "OR REPLACE"]


class Database(sqlite3.Connection):
    """A connection whose questions take their parameters one by one."""

    def row(self, sql: str, *values: object) -> Any:
        """Return the first row of the answer; None where it has none."""
        return self.execute(sql, values).fetchone()

    def rows(self, sql: str, *values: object) -> list[Any]:
        """Return all rows of the answer."""
        return self.execute(sql, values).fetchall()

    def column(self, sql: str, *values: object) -> list[Any]:
        """Return the first value of each row of the answer."""
        return [row[0] for row in self.execute(sql, values)]

    def value(self, sql: str, *values: object) -> Any:
        """Return the first value of the first row; None where the answer has no row."""
        row = self.row(sql, *values)
        return row and row[0]

    def has_table(self, name: str) -> bool:
        """Whether there is a table of that name."""
        return bool(self.row("SELECT 1 FROM sqlite_master WHERE name = ?", name))

    def insert_rows(
        self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]], instead: Instead = ""
    ) -> int:
        """Insert rows into a table.

        Args:
            table: its name.
            columns: the names of those that are written, in the order of the values.
            rows: the values of each row.
            instead: what is done where a row with this key is there already; by default that is an error.

        Returns:
            How many rows were written.
        """
        places = ", ".join("?" * len(columns))
        return self.executemany(
            f"INSERT {instead} INTO {table} ({', '.join(columns)}) VALUES ({places})",  # noqa: S608  names of ours
            rows,
        ).rowcount

    def insert_row(self, table: str, row: Mapping[str, object], instead: Instead = "") -> bool:
        """Insert one row, its values by column; return whether it was written."""
        return self.insert_rows(table, tuple(row), [tuple(row.values())], instead) > 0

    def run_script(self, script: str) -> None:
        """Run statements within the transaction that is under way, which `executescript` would commit."""
        for statement in _split_script(script):
            self.execute(statement)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything in the block, or nothing of it. A block inside a block is part of the outer one."""
        if self.in_transaction:
            yield
            return
        with self:
            self.execute("BEGIN IMMEDIATE")
            yield


@lru_cache(maxsize=16)
def _split_script(script: str) -> tuple[str, ...]:
    """Return the statements of a script; a process that makes many databases takes them apart once."""
    statements, pending = [], ""
    for line in script.splitlines(keepends=True):
        pending += line
        # SQLite's own lexer: a semicolon in a string or in the body of a trigger ends nothing.
        if sqlite3.complete_statement(pending):
            statements.append(pending)
            pending = ""
    # What is left ends without a semicolon, or is two on a line: SQLite runs the one and refuses the other.
    return (*statements, pending)


def open_database(address: Path | str, *, timeout_s: float = 5) -> Database:
    """Open a database by its path or URI; one that is locked is waited for."""
    return sqlite3.connect(address, timeout_s, isolation_level=None, uri=True, factory=Database)


def unchanging_uri(path: Path) -> str:
    """Return the address by which SQLite reads a file that nobody changes, such as a published copy."""
    return f"{path.absolute().as_uri()}?mode=ro&immutable=1"


@contextmanager
def replaced_database(path: Path) -> Iterator[Path]:
    """Make a database anew beside the old one, and put it in its place when the block ends well.

    What a killed process left beside it only takes room, and goes. The old database's write-ahead log goes
    first, so that it is never applied to the new file; without it a database is what it was at a checkpoint.

    Args:
        path: the database.

    Yields:
        Where to make the new one; closed, and its log taken in, at the end of the block.
    """
    fresh = unfinished_database(path)
    remove_database(fresh)
    try:
        yield fresh
        with closing(sqlite3.connect(fresh)) as db:
            # Only the file is renamed: what still stood in its log would be lost.
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for companion in _companions_of(path):
            companion.unlink(missing_ok=True)
        fresh.replace(path)
    finally:
        remove_database(fresh)


@contextmanager
def unlogged(db: Database) -> Iterator[None]:
    """Write a new database without a log, each page once.

    What fails inside cannot be taken back: nobody else has the file, and one that is torn is thrown away.
    """
    db.execute("PRAGMA journal_mode = OFF")
    yield
    db.execute("PRAGMA journal_mode = WAL")


@contextmanager
def failing_as(
    kind: type[GongkaiError],
    problem: str,
    where: Path | str,
    hint: str | None = None,
    *,
    on: type[Exception] | tuple[type[Exception], ...] = (sqlite3.Error, OSError),
) -> Iterator[None]:
    """Have what the disk or a database refuses say what failed by it, where, and what to do.

    Args:
        kind: what is raised.
        problem: what failed, in words.
        where: what could not be read or written.
        hint: what still stands, and what to do.
        on: in place of what.
    """
    try:
        yield
    except on as error:
        raise kind(f"{problem}: {error}", where=where, hint=hint) from error


def unfinished_database(path: Path) -> Path:
    """Return where a database is made anew that will take the place of another."""
    return path.with_name(path.name + ".new")


def remove_database(path: Path) -> None:
    """Remove a database with what SQLite keeps beside it, as far as that is there."""
    for file in (path, *_companions_of(path)):
        file.unlink(missing_ok=True)


def _companions_of(path: Path) -> list[Path]:
    return [path.with_name(path.name + suffix) for suffix in ("-wal", "-shm")]


def stated_json(stated: object) -> str:
    """Write JSON as the corpus keeps it: Chinese as it stands, keys sorted, so that equal is equal."""
    return json.dumps(stated, ensure_ascii=False, sort_keys=True)


def printable(text: str | None) -> str | None:
    """Write half a surrogate pair, which no database takes, as the sign for a lost character."""
    return text and text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
