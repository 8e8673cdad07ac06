"""The tasks that a document assigns, in its order.

    passage ─┬─ task tables ─┐
             ├─ brackets ────┼─▶ place, assignment ─▶ Task: the text before it, who, until when
             └─ labels ──────┘

The text of a task is what stands before its assignment, from the heading or from the assignment before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pipelines.tasks.assignment import LONGEST, read_assignment
from pipelines.tasks.brackets import find_brackets
from pipelines.tasks.deadline import read_deadline
from pipelines.tasks.labelled import find_labelled, read_labelled
from pipelines.tasks.rows import find_task_tables

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from pipelines.tasks.assignment import Assignment
    from pipelines.text.outline import Passage

_ENDS_SENTENCE = tuple("。；;！？：")
_GAP = 10
_LEFT_BEHIND = "。；;，,、：: \t\u3000\xa0\r\n"


@dataclass(frozen=True, slots=True)
class Task:
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
    found = [
        (number, passage.heading_path, text, assignment)
        for number, passage in enumerate(passages)
        for text, assignment in _tasks_of(passage)
    ]
    return tuple(
        Task(
            position=position,
            passage=number,
            heading_path=path,
            text=text,
            lead=assigned.lead,
            responsible=assigned.responsible,
            deadline_text=assigned.deadline_text,
            deadline=read_deadline(assigned.deadline_text, year) if assigned.deadline_text else None,
        )
        for position, (number, path, text, assigned) in enumerate(found)
    )


def _tasks_of(passage: Passage) -> Iterator[tuple[str, Assignment]]:
    heading_end = _heading_end(passage)
    before = heading_end
    for placed in _assignments(passage):
        text = placed.text
        if text is None:
            text = passage.raw[before : placed.start].lstrip(_LEFT_BEHIND).rstrip()
            # 1. 公开规划（市规划局负责）: the heading is the task.
            text = text or passage.raw[: min(heading_end, placed.start)].strip()
        before = max(before, placed.end)
        if text:
            yield text, placed.assignment


def _heading_end(passage: Passage) -> int:
    title = passage.heading_path[-1] if passage.heading_path and passage.level else ""
    place = passage.raw.find(title) if title else -1
    return place + len(title) if place >= 0 else 0


def _assignments(passage: Passage) -> list[_Placed]:
    """Return the assignments of a passage in order; none inside another."""
    raw = passage.raw
    tables = list(find_task_tables(raw))
    found = [_Placed(row.start, row.end, row.assignment, row.text) for table in tables for row in table.rows]
    taken = [(table.start, table.end) for table in tables]
    for placed in [*_bracketed(raw), *_labelled(passage)]:
        if not any(start < placed.end and placed.start < end for start, end in taken):
            found.append(placed)
            taken.append((placed.start, placed.end))
    return sorted(found)


def _bracketed(raw: str) -> Iterator[_Placed]:
    position = 0
    for start, end in find_brackets(raw):
        if start < position or end - start > LONGEST:
            continue
        content = raw[start + 1 : end - 1]
        assigned = read_labelled(content) or read_assignment(content, ends_text=_ends_text(raw, start, end))
        if assigned:
            yield _Placed(start, end, assigned)
            position = end


def _ends_text(raw: str, start: int, end: int) -> bool:
    """Tell whether a sentence or line ends before or behind a bracket."""
    before = raw[max(0, start - _GAP) : start].rstrip(" \u3000")
    behind = raw[end : end + _GAP].lstrip(" \t\u3000")
    return before.endswith(_ENDS_SENTENCE) or not behind or behind.startswith((*_ENDS_SENTENCE, "\n", "\r"))


def _labelled(passage: Passage) -> Iterator[_Placed]:
    """Yield the labelled assignments outside brackets; before the first heading they are of the document."""
    if passage.level:
        for start, end, assigned in find_labelled(passage.raw):
            yield _Placed(start, end, assigned)
