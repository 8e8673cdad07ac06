"""Asking a canned query as a reader does: of Datasette's own application, over the published copy."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from gongkai.serving import datasette_app
from tests.web.conftest import Site

if TYPE_CHECKING:
    from archive.data_folder import DataDir

Row = dict[str, Any]


# One is kept, since the connections of each take of the memory that SQLite may have in all.
@lru_cache(maxsize=1)
def site_of(data: DataDir) -> Site:
    """The application over a data directory, which takes longer to start than to answer."""
    return Site(data, datasette_app(data))


def ask(data: DataDir, query: str, **parameters: str) -> list[Row]:
    """Return the rows that answer a query, columns by name; every parameter not given is left empty."""
    answer = site_of(data).get(f"/gongkai/{query}.json", _shape="array", **parameters)
    assert answer.status_code == 200, answer.text
    rows: list[Row] = answer.json()
    return rows


def only(rows: list[Row], *columns: str) -> list[tuple[Any, ...]]:
    """Return some columns of each row."""
    return [tuple(row[column] for column in columns) for row in rows]
