"""Rows of the published copy as mappings, for the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    Rows = list[dict[str, Any]]


async def read_rows(database: Any, sql: str, parameters: Mapping[str, Any]) -> Rows:
    """Return the rows that answer a query, each a mapping of column to value.

    Args:
        database: Datasette's.
        sql: one SELECT of ours.
        parameters: by name.

    Raises:
        QueryInterrupted: it took longer than the limit.
    """
    return [dict(row) for row in (await database.execute(sql, parameters)).rows]


async def read_answers(
    database: Any, queries: Mapping[str, str], parameters: Mapping[str, Any]
) -> dict[str, Rows]:
    """Return the rows that answer each of several queries, by the queries' names.

    Raises:
        QueryInterrupted: one of them took longer than the limit.
    """
    found = await database.execute_all(queries, parameters)
    return {name: [dict(row) for row in rows] for name, rows in found.items()}
