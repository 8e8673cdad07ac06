"""Asking a canned query as a reader does: of Datasette's own application, over the published copy."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from gongkai.serving import datasette_app

if TYPE_CHECKING:
    from archive.data_folder import DataDir

Row = dict[str, Any]


def ask(data: DataDir, query: str, **parameters: str) -> list[Row]:
    """Return the rows that answer a query, columns by name; every parameter not given is left empty."""

    async def answer() -> list[Row]:
        response = await datasette_app(data).client.get(
            f"/gongkai/{query}.json", params={"_shape": "array", **parameters}
        )
        assert response.status_code == 200, response.text
        rows: list[Row] = response.json()
        return rows

    return asyncio.run(answer())


def only(rows: list[Row], *columns: str) -> list[tuple[Any, ...]]:
    """Return some columns of each row."""
    return [tuple(row[column] for column in columns) for row in rows]
