"""The tasks that a document assigns, in its order.

    passage ─┬─ task tables ─┐
             ├─ brackets ────┼─▶ place, assignment ─▶ Task: the text before it, who, until when
             └─ labels ──────┘

The text of a task is what stands before its assignment, from the heading or from the assignment before.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice, starmap, takewhile, zip_longest
from typing import NamedTuple

from pipelines.assignments import (
    TASKS,
    Assignment,
    assignment_of,
    assignment_words,
    close_up,
    find_brackets,
    find_labelled,
    label_meaning,
    names_bodies,
    read_assignment,
    read_labelled,
    split_outside,
)
from pipelines.bodies.body_names import body_kind
from pipelines.grid import find_tab_tables
from pipelines.structs import FrozenStruct
from pipelines.text.normalise import ordinal_of
from pipelines.text.outline import Passage, merge_spans

_ENDS_SENTENCE = tuple("。；;！？：")
# What an assignment before leaves standing at the beginning of the next task.
_LEFT_BEHIND = "。；;，,、：: \t\u3000\xa0\r\n"


class Task(FrozenStruct):
    """One task that a plan assigns: who does what by when, all as printed.

    Attributes:
        position: its number in the document, from 0.
        passage: the index of the passage that it stands in.
        heading_path: the headings of that passage, see `Passage.heading_path`.
        text: what is to be done, without heading and assignment; inner line breaks kept.
        lead: the bodies that lead (牵头); None where none is named as leading.
        responsible: the other bodies, with their duties where those are printed; None where none is named.
        deadline_text: until when, as printed; None where nothing is.
        deadline: the last day, where the printed deadline and the plan's year determine one.
    """

    position: int
    passage: int
    heading_path: tuple[str, ...]
    text: str
    lead: str | None = None
    responsible: str | None = None
    deadline_text: str | None = None
    deadline: dt.date | None = None


class _Placed(NamedTuple):
    """An assignment and where it stands; in a table with the task that its row states."""

    start: int
    end: int
    assignment: Assignment
    text: str | None = None


def find_tasks(passages: Sequence[Passage], year: int | None) -> tuple[Task, ...]:
    """Return the assigned tasks of a document, in its order.

    Args:
        passages: its text, as `split_passages` cuts it.
        year: the year that it plans for; without it 年底前 is no date.

    Returns:
        The tasks; none where nothing is assigned in a form that can be read.
    """
    found: list[Task] = []
    columns: list[str] = []
    for number, passage in enumerate(passages):
        stacked, columns = _read_stacked(passage.raw, columns)
        for text, assigned in _tasks_of(passage, stacked):
            printed = assigned.deadline_text
            deadline = read_deadline(printed, year) if printed else None
            who = assigned.lead, assigned.responsible
            found.append(Task(len(found), number, passage.heading_path, text, *who, printed, deadline))
    return tuple(found)


def _tasks_of(passage: Passage, stacked: Sequence[_Placed]) -> Iterator[tuple[str, Assignment]]:
    heading_end = _heading_end(passage)
    before, last = heading_end, 0
    for placed in _find_assignments(passage, stacked):
        text = placed.text
        if text is None:
            text = passage.raw[before : placed.start].lstrip(_LEFT_BEHIND).rstrip()
            # 1. 公开规划（市规划局负责）: the heading is the task; of one with several, what is before each.
            text = text or passage.raw[last : min(heading_end, placed.start)].lstrip(_LEFT_BEHIND).rstrip()
        before, last = max(before, placed.end), max(last, placed.end)
        if text:
            yield text, placed.assignment


def _heading_end(passage: Passage) -> int:
    title = passage.heading_path[-1] if passage.heading_path and passage.level else ""
    place = passage.raw.find(title) if title else -1
    return place + len(title) if place >= 0 else 0


def _find_assignments(passage: Passage, stacked: Sequence[_Placed]) -> list[_Placed]:
    """Return the assignments of a passage in order; none inside another."""
    raw = passage.raw
    found = [*stacked]
    taken = [(placed.start, placed.end) for placed in stacked]
    for start, end in find_tab_tables(raw):
        rows = list(_read_rows(raw, start, end))
        if rows:
            found += rows
            taken.append((start, end))
    # Before the first heading labelled assignments are of the document.
    labelled = starmap(_Placed, find_labelled(raw)) if passage.level else ()
    apart = list(merge_spans(taken))
    for placed in [*_find_bracketed(raw), *labelled]:
        # Of spans in order that do not overlap, the last that begins before its end is the only one to ask.
        at = bisect_left(apart, (placed.end,))
        if not at or apart[at - 1][1] <= placed.start:
            found.append(placed)
            apart.insert(at, (placed.start, placed.end))
    return sorted(found, key=lambda placed: placed[:2])


def _find_bracketed(raw: str) -> Iterator[_Placed]:
    position = 0
    for start, end in find_brackets(raw):
        if start < position or end - start > TASKS.longest_assignment:
            continue
        content = raw[start + 1 : end - 1]
        assigned = read_labelled(content) or read_assignment(content, ends_text=_ends_text(raw, start, end))
        if assigned:
            yield _Placed(start, end, assigned)
            position = end


def _ends_text(raw: str, start: int, end: int) -> bool:
    """Tell whether a sentence or line ends before or behind a bracket."""
    before = raw[max(0, start - TASKS.widest_gap) : start].rstrip(" \u3000")
    behind = raw[end : end + TASKS.widest_gap].lstrip(" \t\u3000")
    return before.endswith(_ENDS_SENTENCE) or not behind or behind.startswith((*_ENDS_SENTENCE, "\n", "\r"))


# Tasks in tables: a column of tasks beside columns of who does them and until when (责任分工表). Which cells
# a row shares with the one above it does not follow from tabs, so nothing is carried down: a blank cell says
# nothing.

_ASSIGNS = frozenset({"lead", "responsible", "supporting"})
_PRINTED_LINE = re.compile(r"[^\n]*\S[^\n]*")


def _read_rows(text: str, start: int, end: int) -> Iterator[_Placed]:
    """Yield the tasks of a table whose columns say that they assign tasks."""
    columns: list[str] = []
    above: list[str] = []
    place = start
    for line in text[start:end].split("\n"):
        printed = [cell.strip() for cell in line.split("\t")]
        # 责任分工 over 牵头单位 and 配合单位: names in two rows; the second is blank below the others.
        head = list(map(close_up, printed))
        if all(label_meaning(name) for name in head if name):
            head = [name or over for name, over in zip_longest(head, above, fillvalue="")]
        above = head
        if _assigns_tasks(head):
            columns = head
        # Of a row with more cells than there are columns nobody knows what stands below which name.
        elif (
            len(printed) >= len(columns) > 0
            and sum(map(bool, printed)) > 1
            and not any(printed[len(columns) :])
        ):
            task = _read_row(columns, printed)
            if task:
                yield _Placed(place, place + len(line), *task)
        place += len(line) + 1


def _assigns_tasks(names: Sequence[str]) -> bool:
    """Whether names of columns are those of a table that assigns tasks."""
    meanings = set(map(label_meaning, names))
    return "task" in meanings and not {*_ASSIGNS, "whole"}.isdisjoint(meanings)


def _read_stacked(text: str, columns: list[str]) -> tuple[list[_Placed], list[str]]:
    """Return the tasks of tables of which only the cells are left, a line each, below the columns' names.

    A row is as many lines as there are columns, numbered on from the row before: a cell on several lines, or
    a blank one, leaves its row and those below unread.

    Args:
        text: of a passage.
        columns: below which it may begin: the heading of a class of tasks parts a table.

    Returns:
        The tasks, and the names of columns that the next passage may stand below.
    """
    lines = list(_PRINTED_LINE.finditer(text))
    printed = [line[0].strip() for line in lines]
    cells = list(map(close_up, printed))
    columns = columns if any(map(str.isdecimal, cells[:2])) else []
    found: list[_Placed] = []
    expected = ""
    at = 0
    while at < len(lines):
        if names := _names_of_columns(cells, at):
            columns, expected = names, ""
            at += len(names)
            continue
        end = at + len(columns)
        if columns and cells[at].isdecimal() and expected in ("", cells[at]):
            expected = str(int(cells[at]) + 1)
            is_sure = end <= len(cells) and all(map(_fits, columns, cells[at:end]))
            task = _read_row(columns, printed[at:end]) if is_sure else None
            if task:
                found.append(_Placed(lines[at].start(), lines[end - 1].end(), *task))
                at = end
                continue
            # A list in a cell has numbers, too: behind a row that is not sure nobody knows which is the next.
            columns = []
        at += 1
    return found, columns


def _names_of_columns(cells: Sequence[str], at: int) -> list[str]:
    """Return the names of columns from that of the rows' numbers on; none where they assign nothing."""
    if label_meaning(cells[at]) != "number":
        return []
    names = list(takewhile(label_meaning, islice(cells, at, at + TASKS.most_columns + 1)))
    return names if len(names) <= TASKS.most_columns and _assigns_tasks(names) else []


def _fits(column: str, printed: str) -> bool:
    """Whether a line is a whole cell of a column: a number, bodies, a time, or a dash for none."""
    meaning = label_meaning(column)
    if meaning == "number":
        return printed.isdecimal()
    if not printed.strip("-—/"):
        return meaning != "task"
    if meaning == "task":
        # 推进公开，⏎报送市政府办公室: what goes on below would be taken for who does it.
        return not printed.endswith(("，", "、", "：", ",", ":"))
    if meaning in _ASSIGNS:
        # The end of a task would name a body, too: 建设⏎政务公开统一平台.
        names = (name for name, _ in split_outside(printed, "、"))
        return names_bodies(printed) and all(
            name.startswith("各") or body_kind(name) != "other" for name in names
        )
    return meaning != "deadline" or assignment_words()["deadline"].fullmatch(printed) is not None


def _read_row(columns: list[str], printed: list[str]) -> tuple[Assignment, str] | None:
    """Return the task of a row; None for one that names none."""
    cells = [(label_meaning(column), column, cell) for column, cell in zip(columns, printed, strict=False)]
    tasks = [cell for meaning, _, cell in cells if meaning == "task" and cell]
    if not tasks:
        return None
    pairs = [(column, close_up(cell)) for meaning, column, cell in cells if meaning != "task"]
    whole = (close_up(cell) for meaning, _, cell in cells if meaning == "whole")
    said = (read_labelled(cell) or read_assignment(cell, ends_text=True) for cell in whole)
    assigned = next(filter(None, said), None) or assignment_of(pairs) or _deadline_alone(pairs)
    return assigned, "\n".join(tasks)


def _deadline_alone(pairs: list[tuple[str, str]]) -> Assignment:
    times = (cell for column, cell in pairs if label_meaning(column) == "deadline")
    deadline = next(times, "").strip("-—/")
    return Assignment(deadline_text=deadline or None)


# The day that a printed deadline names, where it names one.
# What recurs or goes on (每季度, 长期坚持), what has two dates, and what leaves the day open (12月中旬, 年内)
# is no day: it stays text.

_YEAR = r"(?:(?P<year>(?:19|20)\d\d)年|今年|本年|当年)?"
_MONTH = r"(?<!\d)(?P<month>\d{1,2}|十[一二]?|[一二三四五六七八九])月"
_BEFORE = "(?:之?前|以前)"
_DAYS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_YEAR}{_MONTH}(?P<day>\d{{1,2}})[日号]{_BEFORE}",
        rf"{_YEAR}{_MONTH}份?[底末]{_BEFORE}?",
        rf"{_YEAR}第?(?P<quarter>[一二三四1-4])季度[底末]{_BEFORE}?",
        rf"(?:(?P<year>(?:19|20)\d\d)年?|今年?|本年?|当年?)?(?<![〇○零一二三四五六七八九十])年[底末]{_BEFORE}?",
    )
)
# What goes on has no day to be done by.
_OPEN = re.compile("每|持续|长期|常态|经常|分阶段|分步|分别|逐步|适时|左右|起|开始|以来|[至~—–]")
# Beside the date no other time may stand: 6月底前报送，12月底前完成 has two. Nor may a year that is not read:
# in 下一年度1月底前 and 二〇二〇年六月底前 it is not that of the plan.
_OTHER_TIME = re.compile(
    r"\d|[今明次后去上下来翌〇○零一二三四五六七八九十]年|[下一]年度|季度|[上下]半年|[上中下]旬|年[底末内]|月[底末]"
)


def read_deadline(printed: str, year: int | None) -> dt.date | None:
    """Return the last day of a deadline.

    Args:
        printed: the deadline as printed: 12月底前完成, 2018年6月30日前.
        year: the year that the plan is for, which 年底前 and 12月底前 leave out.

    Returns:
        The last day, that of the date itself for 6月30日前; None where there is no one day, or no year.

    Source: 《中华人民共和国民法典》第一千二百五十九条 (以前 includes the day that is named).
    """
    text = close_up(unicodedata.normalize("NFKC", printed))
    match = next((found for pattern in _DAYS if (found := pattern.search(text))), None)
    if match is None or _OPEN.search(text) or _OTHER_TIME.search(text[: match.start()] + text[match.end() :]):
        return None
    parts = match.groupdict()
    of_year = int(parts["year"]) if parts["year"] else year
    return _last_day(of_year, parts) if of_year else None


def _last_day(year: int, parts: dict[str, str | None]) -> dt.date | None:
    month = 12
    if quarter := parts.get("quarter"):
        month = 3 * ordinal_of(quarter)
    if printed := parts.get("month"):
        month = ordinal_of(printed)
    if not 1 <= month <= 12:
        return None
    last = calendar.monthrange(year, month)[1]
    day = int(parts.get("day") or last)
    return dt.date(year, month, day) if 1 <= day <= last else None
