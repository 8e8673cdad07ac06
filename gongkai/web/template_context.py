"""What templates have beyond what Datasette gives them: filters, and rows beside those of the page."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any

from datasette.utils import tilde_decode, tilde_encode
from jinja2 import pass_context
from markupsafe import Markup, escape

from archive.site_files import DATABASE
from gongkai.playback import playback_address
from gongkai.web.language import is_english, page_variables, pick_half
from gongkai.web.pages.api_pages import find_mistake, find_sorting, sql_help
from gongkai.web.pages.changes_pages import original_address, tag_uri, write_xml
from gongkai.web.pages.compare_pages import build_matrix
from gongkai.web.pages.issuer_page import read_issuer
from gongkai.web.pages.page_queries import Queries, in_time, load_queries, whole_number
from gongkai.web.rendering import (
    cells,
    citations,
    english_names,
    figures,
    passages,
    request_outcomes,
    structured_cells,
    words,
)
from gongkai.web.rendering.cells import name_document, split_reference
from gongkai.web.rendering.words import column_table
from gongkai.web.server.asgi import in_chinese
from gongkai.web.thresholds import PAGES
from pipelines.bodies.regions import divisions_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
    from types import ModuleType

    from jinja2 import runtime

    from gongkai.web.pages.page_queries import Context, Rows
    from gongkai.web.rendering.words import Row


_COLON = ": "


def column_heading(explanation: str | None, name: str) -> str:
    """Return the heading of a column: what stands before the colon in its explanation.

    Args:
        explanation: `标题：中文 / Heading: English`; where the English has no heading, the name makes one.
        name: of the column.
    """
    if is_english():
        heading, colon, _ = _english(explanation).partition(_COLON)
        return heading if colon else english_names.name_column(name)
    return explanation.partition("：")[0] if explanation and "：" in explanation else name


def chinese_half(text: str | None) -> str:
    """Return the Chinese half of `中文 / English`."""
    return (text or "").partition(" / ")[0]


def column_meaning(explanation: str | None) -> str:
    """Return what a column holds, in the language of the request, from `名称：中文 / Name: English`."""
    if is_english():
        text = _english(explanation)
        return text.partition(_COLON)[2] or text
    return pick_half((explanation or "").partition("：")[2])


def _english(explanation: str | None) -> str:
    return (explanation or "").partition(" / ")[2]


def by_column(row: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the cells of a row by the name of their column."""
    return {cell["column"]: cell for cell in row}


def in_order(facets: Iterable[dict[str, Any]], names: Iterable[str]) -> list[dict[str, Any]]:
    """Sort facets as the metadata names them; those that a reader asked for follow."""
    wanted = list(names)
    # A name that is not wanted finds itself behind all that are; of several the order stays.
    return sorted(facets, key=lambda facet: (*wanted, facet["name"]).index(facet["name"]))


def read_json(text: str | None) -> Any:
    """Read a column that holds JSON; None where it is empty."""
    return json.loads(text) if text else None


def write_contact(contact: str) -> Markup:
    """Write whom readers may write to: an address of mail or of a page as a link, anything else as it is."""
    shown = contact.removeprefix("mailto:")
    to = contact if "://" in contact else f"mailto:{shown}" if "@" in shown and " " not in shown else ""
    # No other scheme becomes a link: `javascript://` is one, too.
    if not to.startswith(("mailto:", "http")):
        return escape(shown)
    return Markup('<a href="{}">{}</a>').format(to, shown)


def at_each_request(function: Callable[..., Any]) -> Callable[..., Any]:
    """Keep Jinja from working out a filter of a constant once for all: what it says depends on the reader."""

    @pass_context
    def of_request(_context: runtime.Context, *arguments: Any, **options: Any) -> Any:
        return function(*arguments, **options)

    return of_request


_MODULES = (cells, citations, english_names, figures, passages, request_outcomes, structured_cells, words)
_OTHERS = (
    build_matrix,
    by_column,
    chinese_half,
    column_heading,
    column_meaning,
    find_mistake,
    find_sorting,
    in_chinese,
    in_order,
    original_address,
    pick_half,
    playback_address,
    read_json,
    tag_uri,
    tilde_encode,
    write_contact,
    write_xml,
)


def _public_functions(module: ModuleType) -> Iterator[Callable[..., Any]]:
    """Yield what a module defines for others; what is asked of it once for all is no filter."""
    # What `functools.cache` wraps is no function to `inspect`.
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if function.__module__ == module.__name__ and not name.startswith("_"):
            yield function


_FUNCTIONS = [*_OTHERS, *(each for module in _MODULES for each in _public_functions(module))]
FILTERS = {function.__name__: at_each_request(function) for function in _FUNCTIONS}
"""The filters by name, which is that of the function."""


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
