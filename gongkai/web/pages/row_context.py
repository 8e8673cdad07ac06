"""What templates of Datasette's own pages and of rows need beyond what Datasette gives them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from datasette.utils import tilde_decode

from archive.site_files import DATABASE
from gongkai.web.language import page_variables
from gongkai.web.pages.api_pages import sql_help
from gongkai.web.pages.issuer_page import read_issuer
from gongkai.web.pages.page_queries import Queries, in_time, load_queries, whole_number
from gongkai.web.rendering.cells import name_document, split_reference
from gongkai.web.rendering.words import column_table
from gongkai.web.thresholds import PAGES
from pipelines.bodies.regions import divisions_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from gongkai.web.pages.page_queries import Context, Rows
    from gongkai.web.rendering.words import Row


# What a reader knows a row by.
_LABEL = {
    "documents": "ifnull(title, url)",
    "issuers": "name",
    "portals": "name",
    "versions": "strftime('%Y-%m-%d %H:%M', first_seen, '+8 hours')",
    "captures": "strftime('%Y-%m-%d %H:%M', fetched_at, '+8 hours')",
    "sections": "substr(text, 1, 100)",
    "runs": "ifnull(night, id)",
    "facts": "row_label || ifnull(' · ' || column_label, '')",
}
LABELS = {
    table: f"SELECT id, {label} AS label FROM {table} WHERE id IN (SELECT value FROM json_each(:{table}))"  # noqa: S608
    for table, label in _LABEL.items()
}
"""The labels of some rows of a table, whose ids the parameter of its name lists."""


async def page_rows(datasette: Any, view_name: str, table: str | None, request: Any) -> Context:
    """Return what the template of a page needs beyond Datasette's own context.

    Returns:
        `lang`, `lang_tag`, `other_language_url`, `contact`, `manifest_root`, `night`, `is_demo`,
        `held_years` on every page; `page` and `asked` (the part of its text) on the page of a row; on
        lists `texts_of` (text ids to their documents), `totals` and `plans_asked`; on both `labels_of`
        (cells to what a reader calls the rows they refer to); on every page `places_of` (passage ids to
        where each stands); the last two async.
    """
    database = datasette.databases[DATABASE]
    lists = Queries(database, "lists")
    frame = {
        **page_variables(request.scope),
        "here": datasette.absolute_url(request, request.path),
        "manifest_root": database.copy.integrity.root,
        "places_of": _by_id(lists, "places", "section_id"),
        "contact": database.contact,
        **(await lists.read_once("night"))[0],
        "held_years": await lists.read_once("years"),
    }
    if view_name == "row":
        identity = tilde_decode(request.url_vars["pks"])
        frame |= {
            "page": await _read_row(Queries(database, f"row-{table}"), table, identity),
            "asked": {
                "start": whole_number(request.args.get("from"), digits=6) or 0,
                "is_whole": request.args.get("full") == "1",
            },
            "labels_of": _labels_of(database),
        }
    if view_name in {"row", "database"}:
        frame |= sql_help(datasette)
    if view_name == "table":
        frame |= {
            "texts_of": _by_id(lists, "texts", "id"),
            "labels_of": _labels_of(database),
            "totals": lambda: Queries(database, "index").read_first("totals"),
            "plans_asked": lambda: lists.read_rows("plans"),
        }
    return frame


async def _read_row(queries: Queries, table: str | None, identity: str) -> Context:
    if table == "documents":
        return await _read_document(queries, identity)
    if table == "issuers":
        return await read_issuer(queries, identity)
    return (
        await queries.read_answers(id=identity, most=PAGES.passage_places)
        if load_queries(queries.file)
        else {}
    )


async def _read_document(queries: Queries, identity: str) -> Context:
    """Return the parts of a document's page by their names: rows, and the divisions that its body lies in."""
    found = await queries.read_answers("document", id=identity)
    [it] = found["document"]
    parts = [name for name in load_queries(queries.file) if name != "document"]
    # `primary_reports` looks at few rows where it is asked for one issuer and year as values, else at all.
    answers = await queries.read_answers(
        *parts,
        id=identity,
        version=it["current_version_id"],
        capture=it["capture_id"],
        issuer=it["issuer_id"],
        year=it["year"],
        kind=it["kind"],
        most_cells=PAGES.plan_cells,
    )
    is_on_damage = identity in queries.database.on_damage
    return {**found, **answers, "region": divisions_of(it["issuer_region"]), "is_on_damage": is_on_damage}


def _by_id(queries: Queries, query: str, key: str) -> Callable[[Sequence[str]], Awaitable[dict[str, Row]]]:
    async def rows_by_id(ids: Sequence[str]) -> dict[str, Row]:
        # A list is worth showing without what stands beside it.
        rows = await in_time(queries.read_rows(query, ids=json.dumps(list(ids))))
        return {row[key]: row for row in rows or ()}

    return rows_by_id


def _labels_of(database: Any) -> Callable[[Rows], Awaitable[dict[tuple[str, object], str]]]:
    async def labels_of(cells: Rows) -> dict[tuple[str, object], str]:
        """Return what a reader knows the rows by that cells refer to: (column, value) → label."""
        leads_to = column_table().leads_to
        ids: dict[str, set[object]] = {}
        referring: list[tuple[str, object]] = []
        for cell in cells:
            column = cell["column"]
            value, label = split_reference(cell["raw"])
            if value and not label and column in leads_to:
                ids.setdefault(leads_to[column], set()).add(value)
                referring.append((column, value))
        found = await database.execute_all(
            {table: LABELS[table] for table in ids},
            {table: json.dumps(list(values)) for table, values in ids.items()},
        )
        labels = {(table, row["id"]): str(row["label"]) for table, rows in found.items() for row in rows}
        return {
            (column, value): name_document(labels[leads_to[column], value])
            for column, value in referring
            if (leads_to[column], value) in labels
        }

    return labels_of
