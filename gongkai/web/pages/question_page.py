"""A question, a page of its answer, and what can be chosen: `/gongkai/QUESTION`.

    address ─▶ rows of each year, kind and level ─▶ the year ─▶ the rows of a page ─▶ templates/question.html

A question that ranks opens with the newest year of which enough governments are ranked: years are mixed only
for who asks for it, by an empty `year`.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from datasette.utils import escape_sqlite

from archive.snapshot.workbook import is_code
from gongkai.web.language import is_english
from gongkai.web.pages.front_page import Bar, Finding
from gongkai.web.pages.page_queries import (
    Queries,
    in_time,
    make_page,
    read_by_id,
    read_left_out,
    read_rows,
    read_suggestions,
    whole_number,
)
from gongkai.web.questions import Parameter, Question, pick_newest_year, questions
from gongkai.web.thresholds import PAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gongkai.web.pages.page_queries import Chosen, Context, Rows, Visit
    from gongkai.web.rendering.words import Row

CHOSEN_BY_LINK = {"year": "年度", "body_kind": "机关类别", "level": "机关层级"}
"""The parameters that links choose, and the columns of an answer that say what there is."""

_NOT_SHOWN = ("机关类别", "机关层级")

# What the name of a column adds to that of the column before whose cells pages put its address.
_BEHIND = ("出处", "链接")

# The columns that the address of a whole row stands behind.
_OF_THE_ROW = {"文件": "链接", "标题": "链接", "段落": "出处"}

_PERCENTAGE = "百分比"

_UNRANKED = "未列入原因"

# The column that says what a figure counts, row by row.
_UNIT = "单位"

_FIGURE = re.compile(r"[-+]?[0-9][0-9,]*(?:\.[0-9]+)?%?")

# The columns whose texts are `中文 / English`.
_IN_TWO_LANGUAGES = {_UNRANKED, "依据", "备注", "文本说明"}

_CHINESE, _ENGLISH = "说明", "英文说明"
"""Two columns that say the same; a page shows the one of its language."""


class Column(NamedTuple):
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


class Asked(NamedTuple):
    """What a reader asked of a question.

    Attributes:
        question: the question.
        values: of its parameters; the year is the one that is shown.
        order: `_sort` or `_sort_desc`; empty for the question's own order.
        column: that is sorted by.
        page: of the answer, from 1.
    """

    question: Question
    values: dict[str, str]
    order: str = ""
    column: str = ""
    page: int = 1

    def arguments(self, **changes: object) -> str:
        """Return the arguments of the page's address, with some of it asked for otherwise."""
        pairs = self.values | ({self.order: self.column} if self.order else {}) | changes
        # Without a year the page would choose one.
        return urlencode([(name, value) for name, value in pairs.items() if value or name == "year"])

    def address(self, **changes: object) -> str:
        """Return the address of the page, with some of it asked for otherwise."""
        return f"/gongkai/{self.question.name}?{self.arguments(**changes)}"


@make_page("question", rf"^/gongkai/(?P<question>{'|'.join(questions().queries)})$")
async def read_question(visit: Visit) -> Context:
    """Return a page of the answer to a question, what can be chosen, and what its ranking comes to."""
    question = questions().queries[visit.request.url_vars["question"]]
    given = visit.read_texts(*question.params)
    if question.asks and not any(given.values()):
        return {"asked": Asked(question, given), "fields": await _read_fields(visit, given)}
    columns = await visit.database.once(("columns", question.name), lambda: _read_columns(visit, question))
    groups = await _count_groups(visit, question, given, columns)
    if question.ranked and "year" not in visit.request.args:
        given["year"] = newest_year(groups, given)
    [ranking] = await read_rows(visit.database, write_summary(question, columns), given)
    # What is not understood counts as not given, a page behind the last as that.
    sorts = ((order, visit.read_text(order)) for order in ("_sort", "_sort_desc"))
    order, column = next(((order, name) for order, name in sorts if name in columns), ("", ""))
    asked = Asked(question, given, order, column, visit.read_page(ranking["rows"], PAGES.answer_rows))
    rows = await _read_page(visit, asked, columns)
    linked = [name for name, column in CHOSEN_BY_LINK.items() if name in given and column in columns]
    typed = {name: value for name, value in given.items() if name not in linked}
    passages = [
        {"id": row["出处"].rpartition("/")[2], "text": row["段落"], "chars": len(row["段落"])}
        for row in (rows if question.name == "search" else ())
    ]
    ids = [passage["id"] for passage in passages]
    return {
        "asked": asked,
        "fields": await _read_fields(visit, typed),
        "choices": {name: count_choices(groups, given, name) for name in linked},
        "columns": [it for it in shown_columns(columns) if it.name not in _NOT_SHOWN],
        "rows": rows,
        "figures": figure_columns(columns, rows),
        "ranking": ranking,
        "picture": draw_ranking(asked, rows, ranking["median"]) if question.ranked else None,
        "passages": passages,
        "places": await read_by_id(Queries(visit.database, "lists"), "places", "section_id", ids),
        "most": PAGES.answer_rows,
        "left_out": await _read_left_out(visit.database, question, given),
    }


async def _read_left_out(database: Any, question: Question, given: Chosen) -> Rows:
    """Return what an answer does not hold, unless only some bodies are asked for."""
    if not question.left_out or any(given.get(name) for name in ("body_kind", "level", "region")):
        return []
    return await read_left_out(database, *question.left_out.split(), year=given["year"])


async def _read_columns(visit: Visit, question: Question) -> list[str]:
    sql = f"SELECT * FROM ({question.sql}\n) LIMIT 0"  # noqa: S608  the site's own
    return list((await visit.database.execute(sql, dict.fromkeys(question.params, ""))).columns)


async def _count_groups(visit: Visit, question: Question, given: Chosen, columns: Sequence[str]) -> Rows:
    """Return what an answer has of each year, kind and level of body, whichever of them was chosen."""
    keys = (column if column in columns else f"NULL AS {column}" for column in CHOSEN_BY_LINK.values())
    unranked = _UNRANKED if _UNRANKED in columns else "NULL"
    # Written as the library writes a facet, which is kept with the copy (`gongkai.web.cache.counts_a_facet`).
    counted = (
        f"with inner as ({question.unordered or question.sql}\n) SELECT {', '.join(keys)}, "  # noqa: S608  the site's own
        f"count(*) AS rows, count({unranked}) AS unranked FROM inner GROUP BY 1, 2, 3"
    )
    return await read_rows(visit.database, counted, {**given, **dict.fromkeys(CHOSEN_BY_LINK, "")})


def write_summary(question: Question, columns: Sequence[str]) -> str:
    """Return the SQL of how many rows an answer has, how many it does not rank, and what the others come to.

    The median is of unrounded figures, `top` is as its row shows it; of lists, and of amounts in several
    units, there are none.
    """
    reason = _UNRANKED if _UNRANKED in columns else "NULL"
    measured = (question.exact or question.ranked or "NULL") if _UNIT not in columns else "NULL"
    # Written as a facet, too, and kept as one. The mean of two floats has digits that nobody printed.
    return f"""with inner as ({question.unordered or question.sql}
) SELECT count(*) AS rows, count(reason) AS unranked,
    round(avg(x) FILTER (WHERE place IN ((n + 1) / 2, (n + 2) / 2)), 6) AS median,
    ifnull(round(max(x), 2), 0) AS top, ifnull(min(x), 0) AS least
  FROM (
    SELECT x, reason, row_number() OVER (PARTITION BY x IS NULL ORDER BY x) AS place, count(x) OVER () AS n
    FROM (SELECT {reason} AS reason, CASE WHEN {reason} IS NULL THEN {measured} END AS x FROM inner)
  )"""  # noqa: S608  the site's own


def _choose(groups: Rows, given: Chosen, but: str = "") -> Rows:
    """Return the groups that were chosen, whatever was chosen for one of the parameters."""
    wanted = [
        (column, given[name]) for name, column in CHOSEN_BY_LINK.items() if given.get(name) and name != but
    ]
    return [group for group in groups if all(str(group[column]) == value for column, value in wanted)]


def count_choices(groups: Rows, given: Chosen, name: str) -> dict[Any, int]:
    """Return how many rows each value of a parameter would give beside what else was chosen."""
    counts: Counter[Any] = Counter()
    for group in _choose(groups, given, but=name):
        counts[group[CHOSEN_BY_LINK[name]]] += group["rows"]
    return dict(sorted(((it, n) for it, n in counts.items() if it is not None), reverse=True))


def newest_year(groups: Rows, given: Chosen) -> str:
    """Return the newest year of which enough governments are ranked, else the newest of which anybody is."""
    governments: Counter[int] = Counter()
    ranked: Counter[int] = Counter()
    for group in _choose(groups, given, but="year"):
        counts = (ranked, governments) if group["机关类别"] == "government" else (ranked,)
        for count in counts if group["年度"] is not None else ():
            count[group["年度"]] += group["rows"] - group["unranked"]
    # Years in which nobody is ranked have groups, too: the newest of them is the last resort.
    return str(pick_newest_year(governments) or pick_newest_year(ranked) or max(ranked, default=""))


def draw_ranking(asked: Asked, rows: Rows, middle: float | None) -> Finding:
    """Return the bars of the first ranked rows of a page.

    Args:
        asked: what was asked.
        rows: of the page.
        middle: the median of all that is ranked.
    """
    ranked = asked.question.ranked
    form = "{:.2f}%" if ranked.endswith(_PERCENTAGE) else "{:,}"
    bars = [
        Bar(
            {"issuer": row["机关"], "year": row["年度"], "title": row["文件"], "url": ""},
            row[ranked],
            form.format(row[ranked]),
            row.get(f"{ranked}出处") or row["链接"],
        )
        for row in rows
        if not row.get(_UNRANKED) and isinstance(row[ranked], int | float)
    ]
    year = whole_number(asked.values["year"], digits=4)
    return Finding("ranking", "", year, {}, bars[: PAGES.drawn_rows], asked.address(), middle)


async def _read_page(visit: Visit, asked: Asked, columns: Sequence[str]) -> Rows:
    order = write_order(asked, columns) if asked.column else ""
    sql = f"SELECT * FROM ({asked.question.sql}\n){order} LIMIT :_most OFFSET :_skip"  # noqa: S608  the site's own
    bounds = {"_most": PAGES.answer_rows, "_skip": (asked.page - 1) * PAGES.answer_rows}
    return await read_rows(visit.database, sql, {**asked.values, **bounds})


def write_order(asked: Asked, columns: Sequence[str]) -> str:
    """Return the SQL that sorts an answer by a column: what is not ranked and what is empty stands last.

    Figures that are printed characters go by their size, of several units (元, 万元) within each; of equals
    the first columns decide.
    """
    name, way = escape_sqlite(asked.column), "DESC" if asked.order == "_sort_desc" else ""
    last = [f"{_UNRANKED} IS NOT NULL"] if _UNRANKED in columns else []
    unit = [_UNIT] if _UNIT in columns and asked.column == asked.question.ranked else []
    keys = [
        f"{name} IS NULL",
        *unit,
        f"CAST(replace({name}, ',', '') AS NUMERIC) {way}",
        f"{name} {way}",
        "1, 2, 3",
    ]
    return f" ORDER BY {', '.join(last + keys)}"


def shown_columns(columns: Sequence[str]) -> tuple[Column, ...]:
    """Return the columns of a canned query's answer that a page shows, addresses put behind others."""
    behind = {
        name: leads
        for name in columns
        for leads in (*(name + end for end in _BEHIND), _OF_THE_ROW.get(name))
        if leads in columns
    }
    unread = _CHINESE if is_english() and _ENGLISH in columns else _ENGLISH
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


def figure_columns(columns: Sequence[str], rows: Sequence[Row]) -> frozenset[str]:
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


def _heading(name: str) -> str:
    if is_english():
        return questions().columns.get(name, name)
    return name.replace("_UTC", "（北京时间）").replace(_PERCENTAGE, "（%）")


async def _read_fields(visit: Visit, values: Chosen) -> list[tuple[Parameter, str, Rows]]:
    """Return the fields of a form: each with what is filled in, or the default, and suggestions."""
    fields = []
    for name, value in values.items():
        parameter = questions().parameters[name]
        suggestions = await in_time(read_suggestions(visit.database, name)) or ()
        shown = value or ("" if parameter.default is None else str(parameter.default))
        fields.append((parameter, shown, suggestions))
    return fields
