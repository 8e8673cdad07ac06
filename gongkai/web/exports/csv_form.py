r"""The canonical CSV: UTF-8, RFC 4180, no value altered, and one last line that says whether all is there.

NULL is nothing between two commas, the empty string `""`, as in the files of a snapshot. A value is quoted
when it holds a quotation mark, a comma or a line end. Whole columns are written at once, because many rows go
through: what is asked of all the values of a column together takes no time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gongkai.web.exports.form import End, Row

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"


class CsvForm:
    """Rows as they are.

    Args:
        columns: their names, in order.
    """

    media_type = MEDIA_TYPE
    suffix = ".csv"

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = tuple(columns)

    def head(self) -> bytes:
        """Return the line of names."""
        return csv_lines([self._columns]).encode()

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Return a line for each row."""
        return csv_lines(rows).encode()

    def tail(self, end: End) -> bytes:
        """Return the last line, which begins with `#`."""
        return f"{end.line()}\r\n".encode()


def csv_lines(rows: Sequence[Row]) -> str:
    """Write rows of one width, a line each, every line ended."""
    columns = [_written(column) for column in zip(*rows, strict=True)]
    if len(columns) == 1:
        # A line is never blank: readers would pass over it.
        columns = [[value or '""' for value in columns[0]]]
    return "\r\n".join(map(",".join, zip(*columns, strict=True))) + "\r\n"


def csv_value(value: object) -> str:
    """Write one value."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        # No published column holds bytes; a reader's own SQL may. Written as SQL does.
        return f"X'{value.hex().upper()}'"
    if not isinstance(value, str):
        return repr(value)
    return value if _stand_as_they_are([value]) else '"' + value.replace('"', '""') + '"'


def _written(column: tuple[object, ...]) -> Sequence[str]:
    """Write the values of one column."""
    kinds = set(map(type, column))
    if str not in kinds or bytes in kinds:
        return list(map(csv_value, column))
    if kinds <= {str, type(None)} and _stand_as_they_are([text for text in column if isinstance(text, str)]):
        return [text if isinstance(text, str) else "" for text in column]
    return list(map(csv_value, column))


def _stand_as_they_are(texts: Sequence[str]) -> bool:
    """Return whether none of these texts needs quotation marks."""
    joined = "".join(texts)
    return (
        '"' not in joined and "," not in joined and "\n" not in joined and "\r" not in joined and all(texts)
    )
