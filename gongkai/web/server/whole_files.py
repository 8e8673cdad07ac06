"""Datasette's own `.csv` of a table, view or query, led to the export: by itself it ends where a page ends.

It has 50 rows of a table and 1,000 of SQL, and no sign that there are more. Whoever takes it for the table
has a wrong figure, so the short address that many know leads to the file that says whether it is whole.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from archive.site_files import DATABASE

if TYPE_CHECKING:
    from collections.abc import Mapping

_OWN = re.compile(rf"/{DATABASE}(?P<name>/[^/]+)?\.csv")
_PAGING = {"_next", "_size"}


def whole_file(scope: Mapping[str, Any]) -> str | None:
    """Return the address of the export that a request for Datasette's own `.csv` is led to.

    Args:
        scope: of an HTTP request (ASGI).

    Returns:
        None for every other request, and where one page of the rows is asked for by `_size` or `_next`.
    """
    found = _OWN.fullmatch(scope.get("raw_path", b"").decode("latin-1"))
    asked = scope["query_string"].decode("latin-1")
    if not found or not _PAGING.isdisjoint(name for name, _ in parse_qsl(asked, keep_blank_values=True)):
        return None
    return f"/-/export{found['name'] or ''}.csv" + (f"?{asked}" if asked else "")
