"""The rows that a page shows beside the ones Datasette gives it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from datasette.database import QueryInterrupted
from datasette.utils import tilde_decode

from archive.site_files import DATABASE
from gongkai.web.language import page_variables
from gongkai.web.pages import document, front, issuer_page, query, repetition
from gongkai.web.pages.page import read_answers, read_rows
from gongkai.web.rendering.cells import LEADS_TO

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from gongkai.web.pages.page import Rows

_READERS = {"documents": document.read, "issuers": issuer_page.read}
"""What reads the parts of a row's page where one question depends on the answer of another."""

_ROW_PAGES = {
    "versions": document.VERSION,
    "sections": repetition.SECTION,
    "captures": document.CAPTURE,
    "facts": document.FACT,
}

_NIGHT = "SELECT max(night) AS night FROM runs"

_TEXTS = """
SELECT v.id, d.id AS document, d.title, d.url, d.current_version_id = v.id AS current
FROM versions AS v JOIN documents AS d ON d.id = v.document_id
WHERE v.id IN (SELECT value FROM json_each(:ids))
"""

# What a reader knows a row by.
_LABEL = {
    "documents": "ifnull(title, url)",
    "issuers": "name",
    "portals": "name",
    "versions": "first_seen",
    "captures": "fetched_at",
    "sections": "substr(text, 1, 100)",
    "runs": "ifnull(night, id)",
    "facts": "row_label || ifnull(' · ' || column_label, '')",
}
LABELS = {
    table: f"SELECT id, {label} AS label FROM {table} WHERE id IN (SELECT value FROM json_each(:{table}))"  # noqa: S608
    for table, label in _LABEL.items()
}
"""The labels of some rows of a table, whose ids the parameter of its name lists."""


async def page_rows(datasette: Any, view_name: str, table: str | None, request: Any) -> dict[str, Any]:
    """Return what the template of a page needs beyond Datasette's own context.

    Returns:
        `lang`, `lang_tag`, `other_language_url` and `night` on every page; `page` on the page of a row; on
        lists `texts_of` (text ids to their documents), `label_of` (a column and its value to what a reader
        calls that row), `totals` and `plans_asked`; on both `places_of` (passage ids to where each stands)
        and `labels_of` (cells to what a reader calls the rows they refer to). These functions are async.
    """
    database = datasette.databases[DATABASE]
    frame = {
        **page_variables(request.scope),
        "here": datasette.absolute_url(request, request.path),
        **(await database.once("night", lambda: read_rows(database, _NIGHT, {})))[0],
    }
    return {**frame, **await _of_view(datasette, view_name, table, request)}


async def _of_view(datasette: Any, view_name: str, table: str | None, request: Any) -> dict[str, Any]:
    database = datasette.databases[DATABASE]
    if view_name == "row":
        identity = {"id": tilde_decode(request.url_vars["pks"])}
        if reader := _READERS.get(table or ""):
            page: Mapping[str, Any] = await reader(database, identity)
        else:
            page = await read_answers(database, _ROW_PAGES.get(table or "", {}), identity)
        words = datasette.metadata("tables", database=DATABASE)
        return {
            "page": page,
            "places_of": _by_id(database, repetition.PLACES, "section_id"),
            "labels_of": _labels_of(database),
            "words_of_tables": words,
        }
    if view_name == "table":
        return {
            "places_of": _by_id(database, repetition.PLACES, "section_id"),
            "texts_of": _by_id(database, _TEXTS, "id"),
            "label_of": _label_of(database),
            "labels_of": _labels_of(database),
            "totals": _totals(database),
            "plans_asked": lambda: read_rows(database, repetition.PLANS, {}),
            # Datasette answers a canned query as the table of its name.
            **query.variables(database),
        }
    if view_name in {"query", "database"}:
        return {
            "places_of": _by_id(database, repetition.PLACES, "section_id"),
            **query.variables(database),
        }
    return {}


def _by_id(
    database: Any, sql: str, key: str
) -> Callable[[Sequence[str]], Awaitable[dict[str, dict[str, Any]]]]:
    async def rows_by_id(ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        try:
            rows = await read_rows(database, sql, {"ids": json.dumps(list(ids))})
        except QueryInterrupted:
            # A list is worth showing without what stands beside it.
            return {}
        return {row[key]: row for row in rows}

    return rows_by_id


def _label_of(database: Any) -> Callable[[str, object], Awaitable[str | None]]:
    async def label_of(column: str, value: object) -> str | None:
        return (await _labels(database, {column: {value}})).get((column, value))

    return label_of


def _labels_of(database: Any) -> Callable[[Rows], Awaitable[dict[tuple[str, object], str]]]:
    async def labels_of(cells: Rows) -> dict[tuple[str, object], str]:
        """Return the labels of the references among cells: (column, value) → label."""
        columns: dict[str, set[object]] = {}
        for cell in cells:
            # Datasette has a label already where the column is declared a reference.
            if cell["raw"] and not isinstance(cell["raw"], dict):
                columns.setdefault(cell["column"], set()).add(cell["raw"])
        return await _labels(database, columns)

    return labels_of


async def _labels(database: Any, columns: Mapping[str, set[object]]) -> dict[tuple[str, object], str]:
    """Return what a reader knows the rows by that columns refer to: (column, value) → label."""
    referring = {column: values for column, values in columns.items() if column in LEADS_TO}
    ids: dict[str, set[object]] = {}
    for column, values in referring.items():
        ids.setdefault(LEADS_TO[column], set()).update(values)
    found = await read_answers(
        database,
        {table: LABELS[table] for table in ids},
        {table: json.dumps(list(values)) for table, values in ids.items()},
    )
    labels = {(table, row["id"]): str(row["label"]) for table, rows in found.items() for row in rows}
    return {
        (column, value): labels[LEADS_TO[column], value]
        for column, values in referring.items()
        for value in values
        if (LEADS_TO[column], value) in labels
    }


def _totals(database: Any) -> Callable[[], Awaitable[dict[str, Any]]]:
    async def totals() -> dict[str, Any]:
        return (await read_rows(database, front.TOTALS, {}))[0]

    return totals
