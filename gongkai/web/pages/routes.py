"""What Datasette's hooks are given: our pages by their addresses, and rows beside those of its own pages.

A page that only shows what queries say needs no entry here: `datasette/pages/NAME.sql` and
`datasette/templates/NAME.html` make it, and `/-/NAME` shows it. A file `datasette/pages/row-TABLE.sql` names
the parts of the page of that table's rows, by `:id`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from datasette.utils import tilde_decode

from archive.site_files import DATABASE, site_folder
from gongkai.web.language import page_variables
from gongkai.web.pages.api_pages import read_api, read_sql, sql_help
from gongkai.web.pages.changes_pages import read_changes, read_nights
from gongkai.web.pages.compare_page import read_compare
from gongkai.web.pages.coverage_page import read_coverage
from gongkai.web.pages.evidence_pages import read_proof, read_replay
from gongkai.web.pages.findings_pages import read_checks, read_copied, read_followup
from gongkai.web.pages.front_page import read_find, read_front
from gongkai.web.pages.governments_page import read_governments
from gongkai.web.pages.issuer_page import read_issuer
from gongkai.web.pages.page_queries import Page, Queries, in_time, load_queries, queries_folder, whole_number
from gongkai.web.pages.question_page import read_question
from gongkai.web.pages.rate_page import read_rate
from gongkai.web.pages.reader_pages import read_alert, read_alerts, read_report, read_reports
from gongkai.web.pages.regions_page import read_regions
from gongkai.web.pages.search_page import read_search
from gongkai.web.pages.site_pages import read_about, read_download, read_glossary
from gongkai.web.questions import questions
from gongkai.web.rendering.cells import name_document, split_reference
from gongkai.web.rendering.words import column_table
from gongkai.web.thresholds import PAGES
from pipelines.bodies.regions import divisions_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

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


OUR_PAGES = (
    Page("index", read_front, r"^/$"),
    Page("about", read_about),
    Page("api", read_api, r"^/-/api(\.(?P<format>json))?$"),
    Page("alert", read_alert, r"^/-/alerts/(?P<token>[\w-]+)$"),
    Page("alerts", read_alerts),
    Page("changes", read_changes),
    Page("checks", read_checks),
    Page("compare", read_compare, r"^/-/compare(\.(?P<format>json))?$"),
    Page("copied", read_copied),
    Page("coverage", read_coverage),
    Page("download", read_download),
    Page("find", read_find),
    Page("followup", read_followup),
    Page("glossary", read_glossary),
    Page("governments", read_governments),
    Page("nights", read_nights),
    Page("proof", read_proof, r"^/-/proof/(?P<fact>[0-9a-f]+)$"),
    Page("question", read_question, rf"^/gongkai/(?P<question>{'|'.join(questions().queries)})$"),
    Page("rate", read_rate, r"^/-/rate/(?P<measure>[a-z_]+)/(?P<document>[0-9a-f]+)$"),
    Page("regions", read_regions),
    Page("replay", read_replay, r"^/-/replay/(?P<capture>[^/]+)$"),
    Page("query", read_sql, r"^/-/sql$"),
    Page("report", read_report, r"^/-/report/(?P<fact>[0-9a-f]+)$"),
    Page("reports", read_reports),
    Page("search", read_search, r"^/-/search(\.(?P<format>json))?$"),
)
"""The pages that work something out of the rows."""


def page_routes() -> list[tuple[str, Any]]:
    """Return the address and the answer of each page, in Datasette's words."""
    return [(page.address, page.respond) for page in (*OUR_PAGES, *_plain_pages())]


def _plain_pages() -> Iterator[Page]:
    known = {page.name for page in OUR_PAGES}
    for file in sorted(queries_folder().glob("*.sql")):
        template = site_folder() / "templates" / f"{file.stem}.html"
        if file.stem not in known and template.is_file():
            yield Page(file.stem)
