"""SQLite as the archive uses it: a question in one call, rows by column, transactions that nest.

Opened with `sqlite3.connect(…, factory=Database, isolation_level=None)`: transactions are begun here and
nowhere else.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

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
        pending = ""
        for line in script.splitlines(keepends=True):
            pending += line
            if sqlite3.complete_statement(pending):
                self.execute(pending)
                pending = ""

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything in the block, or nothing of it. A block inside a block is part of the outer one."""
        if self.in_transaction:
            yield
            return
        with self:
            self.execute("BEGIN IMMEDIATE")
            yield


def stated_json(stated: object) -> str:
    """Write JSON as the corpus keeps it: Chinese as it stands, keys sorted, so that equal is equal."""
    return json.dumps(stated, ensure_ascii=False, sort_keys=True)


def printable(text: str | None) -> str | None:
    """Write half a surrogate pair, which no database takes, as the sign for a lost character."""
    return text and text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
