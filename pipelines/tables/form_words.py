"""The words that the statutory tables print, for finding those tables where nothing but the words shows them.

Only as much as finding needs: where a label begins and ends, and of what kind it is. Which cell of the form
it names is told when the table is aligned (`pipelines.forms`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from pipelines.forms.catalogue import known_forms
from pipelines.forms.labels import bare_label, folded_label

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipelines.forms.records import FormTable

STATUTORY_TABLES = ("t2", "t3", "t4")
LONGEST_LABEL = 60
"""Characters of the longest label that counts as one, brackets left out."""
_SHORTEST_CONTAINED = 3
"""Shorter words (其他, 总计, 规章) are a label only where they are all of it."""
_FEWEST_LABELS = 4
"""Different labels that make a table a statutory one."""
_ENUMERATED = re.compile(
    r"\s*(?:[一二三四五六七八九十]{1,2}、|[（(]\s*[一二三四五六七八九十]{1,2}\s*[)）]|\d{1,2}[.、．]\s*[^\d\s])"
)
# What the forms print above their columns beside the names of columns.
_ABOVE_COLUMNS = {
    "t2": ("信息内容",),
    "t3": ("本列数据的勾稽关系为:第一项加第二项之和,等于第三项加第四项之和", "申请人情况", "法人或其他组织"),
    "t4": ("行政诉讼",),
}


class LabelKind(StrEnum):
    """What a label does in its table."""

    ROW = "row"
    """It stands before cells, or above rows that do."""
    COLUMN = "column"
    """It stands above cells."""


@dataclass(frozen=True, slots=True)
class FormWords:
    """One label of a form.

    Attributes:
        kind: what it does; words that name a row and a column stand here twice.
        words: all of it, bare (`pipelines.forms.labels.bare_label`), before its first bracket.
        anchors: parts that identify it.
        number: the enumerator before it, folded; empty where there is none.
        is_last: whether no label follows it in any form.
    """

    kind: LabelKind
    words: str
    anchors: tuple[str, ...]
    number: str = ""
    is_last: bool = False


@cache
def words_of(table: str) -> tuple[FormWords, ...]:
    """Return the labels that the forms print in a table, each once."""
    above = (FormWords(LabelKind.COLUMN, words, (words[:9],)) for words in above_columns(table))
    printed = (
        words
        for form in known_forms()
        if (form_table := form.table(table)) is not None
        for words in _printed(form_table)
    )
    return tuple(dict.fromkeys((*above, *printed)))


def above_columns(table: str) -> tuple[str, ...]:
    """Return what the forms print above the columns of a table that names none of them."""
    return _ABOVE_COLUMNS[table]


def is_label(text: str) -> bool:
    """Tell whether a cell is a label of a statutory table, or contains what identifies one."""
    head = label_words(text)
    if not head or len(head) > LONGEST_LABEL:
        return False
    exact, contained = _anchors()
    return head in exact or contained.search(head) is not None


def is_row_label(text: str) -> bool:
    """Tell whether a cell is, word for word, a label of a row of a statutory table."""
    return label_words(text) in _rows()


def is_column_label(text: str) -> bool:
    """Tell whether a cell is, word for word, a label above the cells of a statutory table."""
    return label_words(text) in _columns()


def begins_label(text: str) -> bool:
    """Tell whether a line begins with a number such as rows have (`（二）`, `3.`), or is a known label."""
    return _ENUMERATED.match(text) is not None or is_label(text)


def is_broken_label(before: str, behind: str) -> bool:
    """Tell whether two pieces are one label of a statutory table that broke between them."""
    joined, begun = bare_label(before + behind), bare_label(before)
    if not before.strip() or begun == joined:
        return False
    if not _SHORTEST_CONTAINED <= len(joined) <= 2 * LONGEST_LABEL:
        return False
    if is_row_label(behind) or is_column_label(behind):
        return False
    return any(
        words.startswith(joined) or (len(begun) < len(words) and joined.startswith(words))
        for words in _whole_labels()
    )


def is_part_of_label(text: str) -> bool:
    """Tell whether a text stands inside a label of a statutory table, as pieces of broken labels do."""
    piece = folded_label(text)
    return any(piece in words for words in _folded_labels())


def is_statutory(texts: Iterable[str]) -> bool:
    """Tell whether cells are those of a statutory table: several of them are different labels of one."""
    seen: set[str] = set()
    for text in texts:
        if is_label(text):
            seen.add(label_words(text))
            if len(seen) >= _FEWEST_LABELS:
                return True
    return False


def label_words(text: str) -> str:
    """Return a label bare and without its notes: `规章（指…）` is `规章`."""
    bare = bare_label(text)
    return bare.partition("(")[0] or bare


def _printed(table: FormTable) -> Iterator[FormWords]:
    caption_kind = LabelKind.COLUMN if table.key == "t4" else LabelKind.ROW
    for block in table.blocks:
        if block.caption:
            yield FormWords(caption_kind, folded_label(block.caption), (folded_label(block.caption),))
        for column in block.columns:
            yield _words(LabelKind.COLUMN, column.label, column.anchors)
        for header in block.headers:
            yield _words(LabelKind.ROW, header.label, header.anchors)
        for row in block.rows if table.key != "t4" else ():
            is_last = table.key == "t3" and row is block.rows[-1]
            yield _words(LabelKind.ROW, row.label, row.anchors, is_last=is_last)


def _words(kind: LabelKind, label: str, anchors: tuple[str, ...], *, is_last: bool = False) -> FormWords:
    folded = folded_label(label)
    number = folded.removesuffix(bare_label(label)) if kind is LabelKind.ROW else ""
    return FormWords(kind, label_words(label), anchors, number, is_last)


@cache
def _every() -> tuple[FormWords, ...]:
    return tuple(words for table in STATUTORY_TABLES for words in words_of(table))


@cache
def _anchors() -> tuple[frozenset[str], re.Pattern[str]]:
    """Return the labels, and what finds those that are contained in other words."""
    exact = {words.words for words in _every()} | {anchor for words in _every() for anchor in words.anchors}
    contained = sorted({word for word in exact if len(word) >= _SHORTEST_CONTAINED}, key=len)
    return frozenset(exact), re.compile("|".join(map(re.escape, reversed(contained))))


@cache
def _rows() -> frozenset[str]:
    return frozenset(words.words for words in _every() if words.kind is LabelKind.ROW)


@cache
def _columns() -> frozenset[str]:
    return frozenset(words.words for words in _every() if words.kind is LabelKind.COLUMN)


@cache
def _whole_labels() -> tuple[str, ...]:
    return tuple({bare_label(label) for label in _folded_labels()})


@cache
def _folded_labels() -> tuple[str, ...]:
    labels: list[str] = [words for table in STATUTORY_TABLES for words in _ABOVE_COLUMNS[table]]
    for block in (block for form in known_forms() for table in form.tables for block in table.blocks):
        labels += [block.caption] if block.caption else []
        labels += [column.label for column in block.columns]
        labels += [header.label for header in block.headers]
        labels += [row.label for row in block.rows]
    return tuple(dict.fromkeys(map(folded_label, labels)))
