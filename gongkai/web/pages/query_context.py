"""What the page of a query shows beside its answer: its form, its count of rows, where its cells lead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from datasette.database import QueryInterrupted

from gongkai.web.exports.file_formats import is_code
from gongkai.web.language import ENGLISH, current_language
from gongkai.web.pages.page import read_rows
from gongkai.web.questions import Parameter, questions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from gongkai.web.pages.page import Rows

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
