"""The page that holds two texts against each other: `/-/compare?a=OLD&b=NEW`.

    ids ─▶ _read_side: text, document, what keeps it from being compared ─▶ compare_texts ─▶ the page

A side is named by a text's id, or by a document's, which stands for its current text. Rows are read through
the copy's read-only connection under its limits, one comparison at a time and in a thread of its own, so that
a long one keeps no query waiting.
"""

from __future__ import annotations

import json
import re
import sqlite3
from contextvars import copy_context
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from datasette.database import QueryInterrupted
from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import NotFound, Response

from archive.corpus.facts import load_facts
from archive.corpus.version_diff import compare_versions, count_states
from gongkai.web.language import pick_half
from gongkai.web.rendering.figures import STATED, TITLES, group_of, number_title, text_with_unit
from gongkai.web.rendering.text_comparison import Shown, count_figures, shown_part
from gongkai.web.thresholds import PAGES, TEXTS
from pipelines.duplicates.diff import State
from pipelines.duplicates.diff_cells import (
    COMPARED_WITHIN_A_FORM,
    changed_forms,
    forms_by_table,
    pair_cells,
    table_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gongkai.web.pages.page_queries import Context, Queries, Rows, Visit
    from gongkai.web.rendering.words import Row
    from pipelines.duplicates.diff_cells import CellDifference
    from pipelines.forms.form_model import Fact

    Table = tuple[str, int]
    Parted = tuple[list["ChangedCell"], list["ChangedCell"]]
    """Those of a table that are shown at once, and those that are folded below them."""


# What the strings of the two sides begin with. Of two bodies neither is old, and nothing was left out.
_IN_ORDER, _SIDE_BY_SIDE = "in_order", "side_by_side"

_DIGITS = re.compile(r"\d+")


async def read_compare(visit: Visit) -> Context | Response:
    """Return two texts held against each other, and what else may be; for `.json` the answer itself.

    Raises:
        NotFound: an id names no text and no document.
    """
    a, b = visit.read_text("a"), visit.read_text("b")
    old, new = await _read_side(visit.queries, a), await _read_side(visit.queries, b)
    if (a and not old) or (b and not new):
        raise NotFound("no such text")
    state = _state(old, new)
    full = visit.read_text("full") == "1"
    is_ordered = _is_in_order(old, new)
    # Of two bodies all figures are told, of one those that changed.
    column = visit.read_text("column") or ("" if is_ordered else _ALL_APPLICANTS)
    start = visit.read_number("from", digits=9) or 0
    compared = None
    if old and new and state == "compared":
        compared = await _compare(
            visit, old["version"], new["version"], full=full, start=start, column=column
        )
        state = "shape_only" if compared.is_same else state
    if visit.wants_json:
        return Response.json(_as_json(state, old, new, compared))
    return {
        "state": state,
        "order": _IN_ORDER if is_ordered else _SIDE_BY_SIDE,
        "old": old,
        "new": new,
        "compared": compared,
        "full": full,
        "start": start,
        "column": column,
        "sought": visit.read_text("q"),
        **await _read_choices(visit.queries, old, new, visit.read_text("q")),
    }


async def _compare(visit: Visit, old: str, new: str, *, full: bool, start: int, column: str) -> Page:
    def compare(connection: sqlite3.Connection) -> Page:
        with sqlite_timelimit(connection, visit.datasette.sql_time_limit_ms):
            try:
                return compare_texts(connection, old, new, full=full, start=start, column=column)
            except sqlite3.OperationalError as error:
                raise QueryInterrupted(error, "", None) from error

    # Words for cells without a figure follow the language of the request, which a thread does not inherit.
    context = copy_context()
    page: Page = await visit.database.copy.run(
        lambda connection: context.run(compare, connection), is_long=True
    )
    return page


def _is_in_order(old: Row | None, new: Row | None) -> bool:
    """Return whether one side came after the other: texts of one document, or years of one body."""
    if not old or not new:
        return True
    if old["document"] == new["document"]:
        return bool((old["first_seen"] or "") <= (new["first_seen"] or ""))
    return _is_one_series(old, new) and bool(old["year"] and new["year"] and old["year"] < new["year"])


def _is_one_series(old: Row, new: Row) -> bool:
    """Return whether two documents are of one body; where none is known, by their titles without figures."""
    if old["issuer_id"] or new["issuer_id"]:
        return bool(old["issuer_id"] == new["issuer_id"])
    titles = {_DIGITS.sub("", side["title"] or "") for side in (old, new)}
    return len(titles) == 1 and "" not in titles


def _state(old: Row | None, new: Row | None) -> str:
    """Return what the page has to say; `compared` where the texts are to be compared first."""
    if not old or not new:
        return "choose"
    if not old["chars"] or not new["chars"]:
        return "unread"
    if old["version"] == new["version"]:
        return "same_text"
    if old["text_sha256"] == new["text_sha256"]:
        return "identical"
    return "too_long" if old["chars"] + new["chars"] > TEXTS.compared_chars else "compared"


async def _read_side(queries: Queries, identity: str) -> Row | None:
    if not identity:
        return None
    by_version = await queries.read_first("by_version", id=identity)
    return by_version or await queries.read_first("by_document", id=identity)


async def _read_choices(queries: Queries, old: Row | None, new: Row | None, sought: str) -> dict[str, Rows]:
    """Return what may be chosen: other texts and years, any other report; where nothing is chosen, pairs."""
    one, *_ = chosen = [side["document"] for side in (old, new) if side] or [""]
    found = await queries.read_answers("choices", "rates", one=one, other=chosen[-1])
    words = json.dumps(sought.split())
    others = [] if old and new else await queries.read_rows("others", one=one, words=words, most=PAGES.beside)
    return {**found, "others": others, "pairs": [] if one else await queries.read_rows("pairs")}


def _as_json(state: str, old: Row | None, new: Row | None, compared: Page | None) -> Context:
    named = ("document", "version", "title", "url", "year", "published_on", "first_seen", "text_sha256")
    sides = [side and {name: side[name] for name in named} for side in (old, new)]
    answer: Context = {"state": state, "old": sides[0], "new": sides[1]}
    if compared:
        answer["in_order"] = _is_in_order(old, new)
        answer["counts"] = {**compared.counts, "figures": compared.figures}
        answer["cells"] = asdict(compared.cells)
        answer["passages"] = [asdict(part) for part in compared.shown.parts]
        answer["following"] = compared.shown.following
    return answer


# Two texts of the published copy compared for a page: their passages, and the cells of their tables.
# The rules are those of `year_on_year` and `changes` (`archive.corpus.version_diff`), so that a page never
# tells other numbers than the tables. Which cells differ is told in `pipelines.duplicates.diff_cells`; here
# they get their printed labels, their sources, and in the reader's language what is left out of the list.

_OTHER_TABLES = {"stat": "旧式统计表 / Statistics of the old form", "other": "其他表格 / Other tables"}
_WHOLE_ROW = "整行（未能分格） / whole row (not parted)"
_NO_CELL = "无此格 / no such cell"
_TOTAL = "总计"
_REQUESTS, _ALL_APPLICANTS = "t3", "total"


@dataclass(frozen=True, slots=True)
class Side:
    """A cell of one of the texts.

    Attributes:
        id: of the fact; None where the text has no such cell.
        text: as printed with its unit, or a word where nothing is; of a row that was not parted all of it.
        is_printed: whether it is what stands there, and no word of ours.
    """

    id: str | None
    text: str
    is_printed: bool


@dataclass(frozen=True, slots=True)
class ChangedCell:
    """A cell that is not the same in both texts.

    Attributes:
        table: the title of its table.
        row: the printed label of its row.
        group: what the form prints over that row and its like; empty where its label needs none.
        column: the printed label of its column; of a row that could not be parted a word that says so.
        old: in the old text.
        new: in the new one.
        difference: new less old, with its sign and its unit; empty unless both are stated in the same unit.
        is_row: whether it is a row whose figures could not be parted.
    """

    table: str
    row: str
    group: str
    column: str
    old: Side
    new: Side
    difference: str
    is_row: bool = False


@dataclass(frozen=True, slots=True)
class ChangedCells:
    """What became of the cells.

    Attributes:
        changed: in the order of the new text, those only in the old one last.
        not_read: how many could not be read, or not without doubt, in one of the texts: no change of theirs.
        not_joined: titles of tables that are not compared, because their forms differ.
        only_old: titles of tables that only the old text has.
        only_new: titles of tables that only the new text has.
    """

    changed: tuple[ChangedCell, ...]
    not_read: int
    not_joined: tuple[str, ...]
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]

    @property
    def rows(self) -> int:
        """How many of the changed are rows that could not be parted."""
        return sum(cell.is_row for cell in self.changed)

    @property
    def by_table(self) -> dict[str, Parted]:
        """The changed cells of each table, in the order of the text."""
        return {title: _part_table(cells) for title, cells in _part_by_table(self.changed).items()}


def _part_by_table(cells: Iterable[ChangedCell]) -> dict[str, list[ChangedCell]]:
    parts: dict[str, list[ChangedCell]] = {}
    for cell in cells:
        parts.setdefault(cell.table, []).append(cell)
    return parts


def _part_table(cells: list[ChangedCell]) -> Parted:
    """Put the totals of a long list first; nearly every cell of a year is another than last year's."""
    totals = [cell for cell in cells if cell.is_row or cell.column == _TOTAL]
    if len(cells) < TEXTS.changed_cells or not totals:
        return cells, []
    return totals, [cell for cell in cells if cell not in totals]


def changed_cells(
    old: Sequence[Fact], new: Sequence[Fact], differences: Iterable[CellDifference], ids: Mapping[str, str]
) -> ChangedCells:
    """Return the cells of two texts that are not the same.

    Args:
        old: the facts of the old text.
        new: those of the new one.
        differences: between them.
        ids: of the facts of both texts, by side and name: `old:` or `new:`, then `Fact.ref`.
    """
    forms, new_forms = forms_by_table(old), forms_by_table(new)
    shared = forms.keys() & new_forms.keys()
    redefined = {table for table in changed_forms(old, new) if table[0] == COMPARED_WITHIN_A_FORM}
    joined = [one for one in differences if table_of(one.named_by) in shared]
    told = [one for one in joined if one.is_told]
    return ChangedCells(
        tuple(_describe_change(one, ids) for one in told),
        len(joined) - len(told),
        _titles_of(redefined),
        _titles_of(forms.keys() - shared),
        _titles_of(new_forms.keys() - shared),
    )


def _title_of(key: str) -> str:
    return TITLES.get(key) or pick_half(_OTHER_TABLES.get(key)) or key


def _titles_of(tables: Iterable[Table]) -> tuple[str, ...]:
    numbered = ((_title_of(key), number) for key, number in sorted(tables))
    return tuple(number_title(title, number) for title, number in numbered)


def _describe_change(one: CellDifference, ids: Mapping[str, str]) -> ChangedCell:
    named = one.named_by
    return ChangedCell(
        _title_of(named.table_key),
        named.row_label,
        group_of(named.form, named.row_key),
        pick_half(_WHOLE_ROW) if one.is_row else named.column_label or "",
        _describe_side(one.old, "old", ids, is_row=one.is_row),
        _describe_side(one.new, "new", ids, is_row=one.is_row),
        _say_difference(one),
        one.is_row,
    )


def _say_difference(one: CellDifference) -> str:
    """Say how far two figures are apart; where one alone bears a unit, nobody knows."""
    if one.difference is None or one.old is None or one.new is None or one.old.unit != one.new.unit:
        return ""
    return f"{one.difference:+,} {one.new.unit or ''}".rstrip().replace("-", "−")


def _describe_side(fact: Fact | None, side: str, ids: Mapping[str, str], *, is_row: bool) -> Side:
    if fact is None:
        return Side(None, pick_half(_NO_CELL), is_printed=False)
    whole = " ".join(fact.raw.split()) if is_row and fact.raw else ""
    text = whole or text_with_unit(asdict(fact))
    return Side(ids.get(f"{side}:{fact.ref}"), text, is_printed=bool(whole) or fact.state in STATED)


def figures_of_both(old: Sequence[Fact], new: Sequence[Fact], ids: Mapping[str, str], column: str) -> Context:
    """Return the cells of two texts that their forms give one place, whether they differ or not.

    Args:
        old: the facts of one text.
        new: those of the other.
        ids: as for `changed_cells`.
        column: the key of the column of the table of requests; none of its cells where it is empty.

    Returns:
        `tables`, the cells of each by its title, row by row of the forms, and `columns` of the table of
        requests, key → printed label.
    """
    cells = [
        _describe_change(one, ids)
        for one in pair_cells(old, new)
        for named in [one.named_by]
        if named.row_key and named.table_key in TITLES and named.table_no == 1
        if named.table_key != _REQUESTS or named.column_key == column
    ]
    of_requests = [fact for fact in (*old, *new) if fact.table_key == _REQUESTS]
    columns = {fact.column_key: fact.column_label or "" for fact in of_requests if fact.column_key}
    return {"tables": _part_by_table(cells), "columns": columns}


_IDS = """
SELECT ?1 || ':' || table_key || '#' || table_no || ':' || ordinal, id FROM facts WHERE version_id = ?2
"""


@dataclass(frozen=True, slots=True)
class Page:
    """What two texts have in common, and the part of it that one page shows.

    Attributes:
        counts: of passages by what became of them, those whose cells alone differ as changed; and `moved`.
        in_prose: how many figures, numbers and names changed outside the tables.
        cells: of the statutory tables.
        both: all their figures beside each other; None where those that changed are told.
        shown: the entries of the page.
    """

    counts: dict[str, int]
    in_prose: int
    cells: ChangedCells
    both: Context | None
    shown: Shown

    @property
    def is_same(self) -> bool:
        """Whether nothing differs but white space, counters and shape."""
        return not self.cells.changed and sum(self.counts.values()) == self.counts[State.KEPT]

    @property
    def figures(self) -> int:
        """How many figures changed, in the tables and in the prose."""
        return len(self.cells.changed) + self.in_prose


def compare_texts(
    connection: sqlite3.Connection,
    old: str,
    new: str,
    *,
    full: bool,
    start: int,
    column: str,
) -> Page:
    """Compare two texts, passage with passage and cell with cell.

    Args:
        connection: to a published copy.
        old: the id of the old text.
        new: that of the new one.
        full: whether the page shows passages that are the same, too.
        start: the entry that the page begins with.
        column: of the table of requests, all figures beside each other; empty for those that changed.
    """
    # Read before what takes time: the limit of the queries is one of the clock.
    ids = dict(
        row
        for side, version in (("old", old), ("new", new))
        for row in connection.execute(_IDS, (side, version))
    )
    facts, new_facts = load_facts(connection, old), load_facts(connection, new)
    compared = compare_versions(connection, old, new)
    states = count_states(compared)
    counts = {state.value: states[state.value] for state in State}
    return Page(
        {**counts, "moved": sum(item.moved for item in compared.aligned)},
        count_figures(compared),
        changed_cells(facts, new_facts, compared.cells, ids),
        figures_of_both(facts, new_facts, ids, column) if column else None,
        shown_part(compared, full=full, start=start),
    )
