"""An export that can begin: its rows are counted and its first one is found."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gongkai.web.exports.file_names import content_disposition
from gongkai.web.exports.table_csv import may_be_real, rows_as_json
from gongkai.web.server.reading import batches, weighed_batches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gongkai.web.exports.form import Row
    from gongkai.web.exports.selection import Selection, TablePart

_NIGHT = "SELECT max(night) FROM runs"
_LONGEST_ROW = "SELECT value FROM publication WHERE key = 'longest_row_bytes'"
_MOST_HELD = 64_000_000
_MOST_ROWS = 128
"""Few enough to stay in the processor's cache from reading to writing: a fifth faster than thousands."""
_HEAVIEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an export is from.

    Attributes:
        sha256: of the published copy.
        site: the address of the front page, which ends with `/`.
    """

    sha256: str
    site: str


@dataclass(frozen=True, slots=True)
class Export:
    """Rows to be sent.

    Attributes:
        selection: what they are.
        origin: where they are from.
        night: the newest night of the copy; None where it has none.
        expected: how many rows were counted.
        columns: the names of a row's values, an added key's among them.
        cursor: stands before the first row; its connection's thread alone may use it.
        longest_row: of all published tables, in bytes.
        beside: where rows come as `rows_as_json` says, what comes beside them; None where they do not.
    """

    selection: Selection
    origin: Origin
    night: str | None
    expected: int
    columns: tuple[str, ...]
    cursor: sqlite3.Cursor
    longest_row: int
    beside: list[int] | None = None

    def batches(self) -> Iterator[list[Row]]:
        """Yield the rows in lists that fit the memory."""
        if self.selection.is_readers_own:
            return weighed_batches(self.cursor, _MOST_ROWS, _HEAVIEST)
        return batches(self.cursor, max(1, min(_MOST_ROWS, _MOST_HELD // max(1, self.longest_row))))

    def headers(self, media_type: str, suffix: str) -> dict[str, str]:
        """Return the header fields of the answer."""
        title = self.selection.title.partition(" / ")[0]
        return {
            "content-type": media_type,
            "content-disposition": content_disposition(
                self.selection.name, title, self.night, suffix, self.selection.asked
            ),
            "x-expected-rows": str(self.expected),
            "x-database-sha256": self.origin.sha256,
            # A file that ended early must not be given to the next who asks.
            "cache-control": "no-store",
        }


def begin(
    connection: sqlite3.Connection, selection: Selection, origin: Origin, *, as_json: bool = False
) -> Export:
    """Count the rows of a selection and find the first.

    Args:
        connection: to the copy, and to nobody else's.
        selection: what to export.
        origin: where it is from.
        as_json: whether the rows of a table are to come as `rows_as_json` says.

    Raises:
        sqlite3.Error: the SQL cannot be run.
    """
    [(expected,)] = connection.execute(selection.count_sql, selection.parameters)
    [(night,)] = connection.execute(_NIGHT)
    [(longest_row,)] = connection.execute(_LONGEST_ROW)
    sql, columns, beside = selection.sql, None, None
    part = selection.table
    if as_json and part and (declared := _declared(connection, part)):
        beside = may_be_real(part.columns, declared.kinds, strict=declared.is_strict)
        sql, columns = f"SELECT {rows_as_json(part.columns, beside)} {part.rest}", part.columns
        connection.text_factory = bytes
    # A plain cursor: the weight of one answer is no matter where it is sent in pieces.
    cursor = connection.cursor(sqlite3.Cursor)
    cursor.execute(sql, selection.parameters)
    columns = columns or tuple(column[0] for column in cursor.description)
    return Export(selection, origin, night, expected, columns, cursor, int(longest_row), beside)


@dataclass(frozen=True, slots=True)
class _Declared:
    kinds: dict[str, str]
    is_strict: bool


def _declared(connection: sqlite3.Connection, part: TablePart) -> _Declared | None:
    """Return what a table declares; None for a view, whose columns may be JSON already."""
    [(kind, is_strict)] = connection.execute("SELECT type, strict FROM pragma_table_list(?)", [part.name])
    if kind != "table":
        return None
    return _Declared(
        dict(connection.execute("SELECT name, type FROM pragma_table_info(?)", [part.name])), bool(is_strict)
    )
