r"""Rows as CSV: RFC 4180, UTF-8, CRLF, and NULL told apart from the empty string.

NULL is nothing between two commas, the empty string is `""` (the rule of PostgreSQL and SQLite's shell). A
text is quoted when it holds a quotation mark, a comma or a line end, when it is empty, and when it begins
or ends with white space; every character stands as it was kept, NUL included. Numbers are as SQLite keeps
them: integers in digits, reals in the shortest form that reads back the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

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
