"""What templates have beyond what Datasette gives them: filters, and rows beside those of the page."""

from __future__ import annotations

import inspect
import json
from functools import partial
from typing import TYPE_CHECKING, Any

from datasette.utils import tilde_decode, tilde_encode
from jinja2 import Template, pass_context, runtime
from markupsafe import Markup, escape

from archive.site_files import DATABASE
from gongkai.playback import playback_address
from gongkai.web.language import is_english, page_variables, pick_half
from gongkai.web.pages.api_pages import find_mistake, find_sorting, sql_help
from gongkai.web.pages.changes_pages import original_address, tag_uri, write_xml
from gongkai.web.pages.compare_pages import build_matrix
from gongkai.web.pages.issuer_page import read_issuer
from gongkai.web.pages.page_queries import Queries, load_queries, read_by_id, whole_number
from gongkai.web.rendering import (
    cells,
    citations,
    figures,
    passages,
    request_outcomes,
    structured_cells,
    words,
)
from gongkai.web.rendering.cells import split_reference
from gongkai.web.rendering.words import column_table, name_document
from gongkai.web.server.asgi import in_chinese
from gongkai.web.thresholds import PAGES
from pipelines.bodies.regions import divisions_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType

    from gongkai.web.pages.page_queries import Context, Rows


_COLON = ": "


def column_heading(explanation: str | None, name: str) -> str:
    """Return the heading of a column: what stands before the colon in its explanation.

    Args:
        explanation: `标题：中文 / Heading: English`; where the English has no heading, the name makes one.
        name: of the column.
    """
    if is_english():
        heading, colon, _ = _english(explanation).partition(_COLON)
        return heading if colon else words.name_column(name)
    return explanation.partition("：")[0] if explanation and "：" in explanation else name


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


_MODULES = (cells, citations, figures, passages, request_outcomes, structured_cells, words)
_OTHERS = (
    build_matrix,
    by_column,
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


FILTERS = {
    function.__name__: at_each_request(function)
    for function in (*_OTHERS, *(each for module in _MODULES for each in _public_functions(module)))
}
"""The filters by name, which is that of the function."""


LABELS = {
    table: f"SELECT id, {label} AS label FROM {table} WHERE id IN (SELECT value FROM json_each(:{table}))"  # noqa: S608
    for table, label in column_table().labels.items()
}
"""The labels of some rows of a table, whose ids the parameter of its name lists."""


class WholePage(Template):
    """A template that is given all that it shows before it is written.

    Jinja's templates that may ask while they are written take half as long again, whether or not they ask.
    """

    async def render_async(self, *arguments: Any, **values: Any) -> str:
        """Write the page, with the rows that its own are beside."""
        given = dict(*arguments, **values)
        beside = given.get("read_beside")
        return self.render(given | await beside(given) if beside else given)


async def page_rows(datasette: Any, view_name: str, table: str | None, request: Any) -> Context:
    """Return what the template of a page needs beyond Datasette's own context.

    Returns:
        `lang`, `lang_tag`, `other_language_url`, `contact`, `manifest_root`, `night`, `is_demo`,
        `held_years` on every page; `page` and `asked` (the part of its text) on the page of a row; on this
        and on lists `read_beside`, which returns what `_read_beside` says of the rows that Datasette shows.
    """
    database = datasette.databases[DATABASE]
    lists = Queries(database, "lists")
    frame = {
        **page_variables(request.scope),
        "here": datasette.absolute_url(request, request.path),
        "manifest_root": database.copy.integrity.root,
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
        }
    if view_name in {"row", "database"}:
        frame |= sql_help(datasette)
    if view_name in {"row", "table"}:
        frame["read_beside"] = partial(_read_beside, lists)
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


async def _read_beside(lists: Queries, given: Context) -> Context:
    """Return what stands beside the rows that a template is given.

    Returns:
        `labels`, what a reader knows the rows by that cells refer to: (column, value) → label; `texts`, the
        documents of texts whose ids are all that a list says; `places`, where each passage of a list stands,
        or those that are like the one of the page; `total` of a search; the `plans` to choose from.
    """
    table, rows, is_list = given["table"], given["display_rows"], "filters" in given
    cells = [cell for row in rows for cell in row]
    if is_list:
        cells += [{"column": column, "raw": value} for column, _, value in given["filters"].selections()]
    beside: Context = {"labels": await _read_labels(lists.database, cells)}
    if table == "sections":
        passages = rows if is_list else given["page"]["alike"]
        beside["places"] = await read_by_id(lists, "places", "section_id", [row["id"] for row in passages])
    elif table == "policy_followup":
        beside["plans"] = await lists.read_once("plans")
    texts = [split_reference(cell["raw"])[0] for cell in cells if cell["column"] == "version_id"]
    if is_list and texts:
        beside["texts"] = await read_by_id(lists, "texts", "id", texts)
    if is_list and not rows:
        [beside["total"]] = await Queries(lists.database, "index").read_once("totals")
    return beside


async def _read_labels(database: Any, cells: Rows) -> dict[tuple[str, object], str]:
    leads_to = column_table().leads_to
    referring = {
        (cell["column"], value)
        for cell in cells
        if cell["column"] in leads_to
        for value, label in [split_reference(cell["raw"])]
        if value and not label
    }
    ids = {
        table: json.dumps([value for column, value in referring if leads_to[column] == table])
        for table in {leads_to[column] for column, _ in referring}
    }
    found = await database.execute_all({table: LABELS[table] for table in ids}, ids)
    labels = {(table, row["id"]): str(row["label"]) for table, rows in found.items() for row in rows}
    return {
        (column, value): name_document(labels[leads_to[column], value])
        for column, value in referring
        if (leads_to[column], value) in labels
    }
