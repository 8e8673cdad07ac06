"""The rows that a page of a row, a list or a query shows beside the ones that Datasette gives it.

A file `datasette/pages/row-TABLE.sql` names the parts of the page of that table's rows, by `:id`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from datasette.database import QueryInterrupted
from datasette.utils import tilde_decode

from archive.site_files import DATABASE
from gongkai.web.exports.file_formats import is_code
from gongkai.web.language import ENGLISH, current_language, page_variables
from gongkai.web.pages.issuer_page import read_issuer
from gongkai.web.pages.page_queries import Queries, load_queries, read_answers, read_rows, whole_number
from gongkai.web.questions import Parameter, questions
from gongkai.web.rendering.cells import name_document
from gongkai.web.rendering.words import column_table
from gongkai.web.thresholds import PAGES
from pipelines.bodies.regions import divisions_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from gongkai.web.pages.page_queries import Row, Rows


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
        `lang`, `lang_tag`, `other_language_url`, `manifest_root`, `night`, `is_demo`, `held_years` on every
        page; `page` and `asked` (the part of its text) on the page of a row; on lists `texts_of` (text ids to
        their documents), `label_of` (a column and its value to what a reader calls that row), `totals` and
        `plans_asked`; on both `places_of` (passage ids to where each stands) and `labels_of` (cells to what a
        reader calls the rows they refer to), both async.
    """
    database = datasette.databases[DATABASE]
    lists = Queries(database, "lists")
    frame = {
        **page_variables(request.scope),
        "here": datasette.absolute_url(request, request.path),
        "manifest_root": database.copy.integrity.root,
        **(await database.once("night", lambda: lists.read_rows("night")))[0],
        "held_years": await database.once("years", lambda: lists.read_rows("years")),
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
            "words_of_tables": datasette.metadata("tables", database=DATABASE),
        }
    if view_name == "table":
        frame |= {
            "texts_of": _by_id(lists, "texts", "id"),
            "label_of": _label_of(database),
            "labels_of": _labels_of(database),
            "totals": lambda: Queries(database, "index").read_first("totals"),
            "plans_asked": lambda: lists.read_rows("plans"),
        }
    if view_name in {"row", "table", "query", "database"}:
        frame["places_of"] = _by_id(lists, "places", "section_id")
    # Datasette answers a canned query as the table of its name.
    return frame | (variables(database) if view_name in {"table", "query", "database"} else {})


async def _read_row(queries: Queries, table: str | None, identity: str) -> Mapping[str, Any]:
    if table == "documents":
        return await _read_document(queries, identity)
    if table == "issuers":
        return await read_issuer(queries, identity)
    return (
        await queries.read_answers(id=identity, most=PAGES.passage_places)
        if load_queries(queries.file)
        else {}
    )


async def _read_document(queries: Queries, identity: str) -> dict[str, Any]:
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
    return {**found, **answers, "region": divisions_of(it["issuer_region"])}


def _by_id(queries: Queries, query: str, key: str) -> Callable[[Sequence[str]], Awaitable[dict[str, Row]]]:
    async def rows_by_id(ids: Sequence[str]) -> dict[str, Row]:
        # A list is worth showing without what stands beside it.
        rows = await queries.read_in_time(query, ids=json.dumps(list(ids)))
        return {row[key]: row for row in rows or ()}

    return rows_by_id


def _label_of(database: Any) -> Callable[[str, object], Awaitable[str | None]]:
    async def label_of(column: str, value: object) -> str | None:
        return (await _read_labels(database, {column: {value}})).get((column, value))

    return label_of


def _labels_of(database: Any) -> Callable[[Rows], Awaitable[dict[tuple[str, object], str]]]:
    async def labels_of(cells: Rows) -> dict[tuple[str, object], str]:
        """Return the labels of the references among cells: (column, value) → label."""
        columns: dict[str, set[object]] = {}
        for cell in cells:
            # Datasette has a label already where the column is declared a reference to what has one.
            raw = cell["raw"]
            value, label = (raw["value"], raw["label"]) if isinstance(raw, dict) else (raw, None)
            if value and not label:
                columns.setdefault(cell["column"], set()).add(value)
        return await _read_labels(database, columns)

    return labels_of


async def _read_labels(database: Any, columns: Mapping[str, set[object]]) -> dict[tuple[str, object], str]:
    """Return what a reader knows the rows by that columns refer to: (column, value) → label."""
    leads_to = column_table().leads_to
    referring = {column: values for column, values in columns.items() if column in leads_to}
    ids: dict[str, set[object]] = {}
    for column, values in referring.items():
        ids.setdefault(leads_to[column], set()).update(values)
    found = await read_answers(
        database,
        {table: LABELS[table] for table in ids},
        {table: json.dumps(list(values)) for table, values in ids.items()},
    )
    labels = {
        (table, row["id"]): name_document(str(row["label"])) for table, rows in found.items() for row in rows
    }
    return {
        (column, value): labels[leads_to[column], value]
        for column, values in referring.items()
        for value in values
        if (leads_to[column], value) in labels
    }


# What the page of a query shows beside its answer: its form, its count of rows, where its cells lead.

_BEHIND = ("出处", "链接")
"""What the name of a column adds to that of the column before whose cells pages put its address."""

_OF_THE_ROW = {"文件": "链接", "标题": "链接", "段落": "出处"}
"""The columns that the address of a whole row stands behind."""

_PERCENTAGE = "百分比"

_UNRANKED = "未列入原因"
_FIGURE = re.compile(r"[-+]?[0-9][0-9,]*(?:\.[0-9]+)?%?")

_IN_TWO_LANGUAGES = {_UNRANKED, "依据", "备注", "文本说明"}
"""The columns whose texts are `中文 / English`."""


_CHINESE, _ENGLISH = "说明", "英文说明"
"""Two columns that say the same; a page shows the one of its language."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a query's form.

    Attributes:
        parameter: what is asked for.
        value: what is filled in, or the default.
        suggestions: rows of `value`, and `label` where that says more.
    """

    parameter: Parameter
    value: str
    suggestions: Rows


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer, as its page shows it.

    Attributes:
        name: in the answer.
        heading: above it.
        leads: the column that holds the address behind its cells; None where nothing stands behind them.
        is_two: whether its texts are `中文 / English`.
        is_percentage: whether its numbers are percentages, shown with two decimals.
    """

    name: str
    heading: str
    leads: str | None
    is_two: bool
    is_percentage: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows an answer has.

    Attributes:
        rows: all of them; None where they could not be counted in time.
        unranked: those that are not ranked; None where the question ranks nothing, or as `rows`.
    """

    rows: int | None
    unranked: int | None


def variables(database: Any) -> dict[str, Any]:
    """Return what the templates of queries ask for, by name."""
    return {
        "counted_of": _counted_of(database),
        "figure_columns": figure_columns,
        "fields_of": _fields_of(database),
        "columns_of": shown_columns,
        "groups_of": in_groups,
        "sha256": database.hash,
    }


def shown_columns(columns: Sequence[str]) -> tuple[Column, ...]:
    """Return the columns of a canned query's answer that a page shows, addresses put behind others."""
    behind = {
        name: leads
        for name in columns
        for leads in (*(name + end for end in _BEHIND), _OF_THE_ROW.get(name))
        if leads in columns
    }
    unread = _CHINESE if current_language() == ENGLISH and _ENGLISH in columns else _ENGLISH
    return tuple(
        Column(
            name,
            _heading(name),
            behind.get(name),
            is_two=name in _IN_TWO_LANGUAGES,
            is_percentage=name.endswith(_PERCENTAGE),
        )
        for name in columns
        if name not in behind.values() and name != unread
    )


def figure_columns(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Return the columns whose cells are all figures, so that they stand under each other.

    Args:
        columns: of the answer.
        rows: of the answer; a cell may be empty.
    """
    return frozenset(
        name
        for name in columns
        if not is_code(name)
        for cells in [[row[name] for row in rows if row[name] not in (None, "")]]
        if cells and all(_FIGURE.fullmatch(str(cell)) for cell in cells)
    )


def _counted_of(database: Any) -> Callable[..., Awaitable[Counted]]:
    async def counted_of(
        query: Mapping[str, Any], columns: Sequence[str], rows: Sequence[Mapping[str, Any]], *, is_cut: bool
    ) -> Counted:
        """Return how many rows a canned query has, those that its page does not show among them.

        Args:
            query: `sql` and `params`, as Datasette ran it.
            columns: of the answer.
            rows: that the page shows.
            is_cut: whether there are more.
        """
        ranks = _UNRANKED in columns
        if not is_cut:
            return Counted(len(rows), sum(row[_UNRANKED] is not None for row in rows) if ranks else None)
        unranked = f"count({_UNRANKED})" if ranks else "NULL"
        sql = f"SELECT count(*) AS rows, {unranked} AS unranked FROM ({query['sql']})"  # noqa: S608  the site's own
        try:
            [found] = await read_rows(database, sql, query["params"])
        except QueryInterrupted:
            return Counted(None, None)
        return Counted(found["rows"], found["unranked"])

    return counted_of


def _heading(name: str) -> str:
    if current_language() == ENGLISH:
        return questions().columns.get(name, name)
    return name.replace("_UTC", "（北京时间）").replace(_PERCENTAGE, "（%）")


def in_groups(listed: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Return the queries of a list by group, in the groups' order; those of no group are left out.

    Args:
        listed: canned queries as Datasette lists them.
    """
    order = list(questions().queries)
    by_group = {
        title: sorted(
            (query for query in listed if query.get("group") == group),
            key=lambda query: order.index(query["name"]),
        )
        for group, title in questions().groups.items()
    }
    return [(title, queries) for title, queries in by_group.items() if queries]


def _fields_of(database: Any) -> Callable[[Mapping[str, str]], Awaitable[list[Field]]]:
    async def fields_of(values: Mapping[str, str]) -> list[Field]:
        """Return the fields of a form, by the values of its parameters."""
        return [await _field(database, name, value) for name, value in values.items()]

    return fields_of


async def _field(database: Any, name: str, value: str) -> Field:
    parameter = questions().parameters.get(name, Parameter(name, name))
    shown = value or ("" if parameter.default is None else str(parameter.default))
    if parameter.suggest is None:
        return Field(parameter, shown, [])
    try:
        return Field(parameter, shown, await read_rows(database, parameter.suggest, {}))
    except QueryInterrupted:
        # A form is worth showing without what it could suggest.
        return Field(parameter, shown, [])
