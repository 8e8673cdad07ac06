"""Tasks in tables: a column of tasks beside columns of who does them and until when (责任分工表).

Which cells a row shares with the one above it does not follow from tabs, so nothing is carried down: a blank
cell says nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipelines.grid import find_tab_tables
from pipelines.tasks.assignment import Assignment, close_up
from pipelines.tasks.labelled import assignment_of
from pipelines.tasks.vocabulary import labels

if TYPE_CHECKING:
    from collections.abc import Iterator

_ASSIGNS = frozenset({"lead", "responsible", "supporting"})


class TaskRow(NamedTuple):
    """One row of a task table: where it stands, what is to be done and who does it."""

    start: int
    end: int
    text: str
    assignment: Assignment


class TaskTable(NamedTuple):
    """A table that assigns tasks: its half-open span in the text and its rows."""

    start: int
    end: int
    rows: tuple[TaskRow, ...]


def find_task_tables(text: str) -> Iterator[TaskTable]:
    """Yield the tables of a text whose columns say that they assign tasks."""
    for start, end in find_tab_tables(text):
        rows = tuple(_read_rows(text, start, end))
        if rows:
            yield TaskTable(start, end, rows)


def _read_rows(text: str, start: int, end: int) -> Iterator[TaskRow]:
    columns: list[str] = []
    place = start
    for line in text[start:end].split("\n"):
        cells = [close_up(cell) for cell in line.rstrip("\r").split("\t")]
        if _is_head(cells):
            columns = cells
        elif columns:
            task = _read_row(columns, line, cells)
            if task:
                yield TaskRow(place, place + len(line), *task)
        place += len(line) + 1


def _is_head(cells: list[str]) -> bool:
    meanings = {labels().get(cell) for cell in cells}
    return "task" in meanings and not _ASSIGNS.isdisjoint(meanings)


def _read_row(columns: list[str], line: str, cells: list[str]) -> tuple[str, Assignment] | None:
    """Return the task of a row; None for one that is only a heading, or has not a cell for every column."""
    if len(cells) < len(columns) or sum(map(bool, cells)) < 2:
        return None
    printed = [cell.strip() for cell in line.split("\t")]
    tasks = [
        cell
        for column, cell in zip(columns, printed, strict=False)
        if labels().get(column) == "task" and cell
    ]
    if not tasks:
        return None
    pairs = [
        (column, cell) for column, cell in zip(columns, cells, strict=False) if labels().get(column) != "task"
    ]
    return "\n".join(tasks), assignment_of(pairs) or _deadline_alone(pairs)


def _deadline_alone(pairs: list[tuple[str, str]]) -> Assignment:
    deadline = next((cell for column, cell in pairs if labels().get(column) == "deadline"), "")
    return Assignment(deadline_text=deadline or None)
