"""Assignments under labels, in a bracket or on lines of their own: 责任单位：市财政局；完成时限：12月底前."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.tasks.assignment import LONGEST, Assignment, close_up, part_marked_lead, read_assignment
from pipelines.tasks.brackets import split_outside
from pipelines.tasks.vocabulary import label_pattern, labels, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# （预期性指标，牵头单位：…）: a word on the task may stand before the first label.
_PREFIX = re.compile(r"\s*(?:[\u4e00-\u9fff]{2,10}[，,；;]\s*)?")
_SENTENCE_END = tuple("。；;！？）)】]\n")
_REMARK_IN_BRACKETS = re.compile("[（(][^（()）]*[）)]")
_PRINTED = re.compile(r"\S")
_INDENT = 20
_BLANK = re.compile(r"[-—/\s]*")
_WHO = ("lead", "responsible", "supporting")


def read_labelled(printed: str) -> Assignment | None:
    """Read a text that begins with the label of an assignment; None for any other text."""
    if len(printed) > LONGEST:
        return None
    marks = list(label_pattern().finditer(printed))
    if not marks or not _PREFIX.fullmatch(printed, 0, marks[0].start()):
        return None
    ends = [mark.start() for mark in marks[1:]] + [len(printed)]
    pairs = [
        (close_up(mark["label"]), _without_remarks(close_up(printed[mark.end() : end])))
        for mark, end in zip(marks, ends, strict=True)
    ]
    return assignment_of(pairs)


def assignment_of(pairs: Sequence[tuple[str, str]]) -> Assignment | None:
    """Return what labelled values assign; None where they name no body.

    Args:
        pairs: labels and values without white space; a label that no assignment has is left alone.
    """
    values: dict[str, list[str]] = {}
    for label, value in pairs:
        if not _BLANK.fullmatch(value):
            printed = (
                f"{label}：{value}"
                if labels().get(label) == "supporting" and "responsible" in values
                else value
            )
            values.setdefault(labels().get(label, ""), []).append(printed)
    if not any(values.get(meaning) for meaning in _WHO):
        return None
    lead = "；".join(values.get("lead", ())) or None
    responsible = "；".join(values.get("responsible", []) + values.get("supporting", [])) or None
    if lead is None and responsible:
        in_words = read_assignment(responsible, ends_text=True)
        lead, responsible = (
            (in_words.lead, in_words.responsible)
            if in_words and in_words.lead
            else part_marked_lead(responsible)
        )
    return Assignment(lead, responsible, "；".join(values.get("deadline", ())) or None)


def find_labelled(text: str) -> Iterator[tuple[int, int, Assignment]]:
    """Yield the half-open spans of labels in running text with what they assign.

    They begin a line or follow the end of a sentence, and go on over lines that begin with a label.
    """
    position = 0
    for mark in label_pattern().finditer(text):
        if mark.start() < position or not _begins_here(text, mark.start()):
            continue
        end = _line_end(text, mark.end())
        while (following := _next_line(text, end)) and label_pattern().match(text, following):
            end = _line_end(text, following)
        assigned = read_labelled(text[mark.start() : end])
        if assigned:
            yield mark.start(), end, assigned
            position = end


def _without_remarks(value: str) -> str:
    """Return a value without remarks on how to read the list: （列第一位者为牵头单位，下同）."""
    bare = _REMARK_IN_BRACKETS.sub(
        lambda bracket: "" if words().remark.search(bracket.group()[1:]) else bracket.group(), value
    )
    kept = [(text, end) for text, end in split_outside(bare, "，,；;。") if not words().remark.search(text)]
    return "".join(text + end for text, end in kept).strip("，,；;、。")


def _begins_here(text: str, place: int) -> bool:
    before = text[max(0, place - _INDENT) : place].rstrip(" \t\u3000")
    return not before or before.endswith(_SENTENCE_END)


def _line_end(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end


def _next_line(text: str, end: int) -> int | None:
    """Return where the next line that is not blank begins to print; None at the end of the text."""
    printed = _PRINTED.search(text, end)
    return printed.start() if printed else None
