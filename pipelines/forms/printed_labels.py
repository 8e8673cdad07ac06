"""What the statutory forms print as labels, and whether a piece of text is one, or part of one that broke.

For finding those tables where nothing but the words shows them. Which cell of the form a label names is told
when the table is aligned (`pipelines.forms.label_matching`), where a text prints several by
`pipelines.tables.label_marks`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from functools import cache

from pipelines.forms.form_catalogue import Forms, forms_alone, tables_of
from pipelines.forms.form_model import FormTable
from pipelines.forms.labels import STATUTORY, bare_label, folded_label, label_head
from pipelines.knowledge import load_table
from pipelines.structs import FrozenStruct

STATUTORY_TABLES = ("t2", "t3", "t4")
# Characters that a long label begins with and that no other text begins with: 本列数据的勾稽关系.
_TELLING = 9
# Characters of a label (其他处理) that may begin other words, too.
_SHORT = 5


class Kind(StrEnum):
    """What a name of the form names."""

    ROW = "row"
    GROUP = "group"
    """A row without cells, above others."""
    COLUMN = "column"
    CAPTION = "caption"
    """The line above a block."""
    ABOVE = "above"
    """What stands above columns and names none of them."""


class PrintedName(FrozenStruct):
    """A label as a form prints it; forms that print the same share one.

    Attributes:
        table: `t2`, `t3`, `t4`.
        kind: what it names.
        key: of the row, group, column or block; None where it names none.
        printed: as the form prints it.
        head: bare and before its first bracket; captions keep their brackets, which tell them apart.
        anchors: words of which each identifies it.
        is_last: whether no label follows it in any form.
    """

    table: str
    kind: Kind
    key: str | None
    printed: str
    head: str
    anchors: tuple[str, ...]
    is_last: bool = False

    @property
    def folded(self) -> str:
        """All of it, folded (`pipelines.forms.labels.folded_label`)."""
        return folded_label(self.printed)

    @property
    def stands_above(self) -> bool:
        """Whether it stands above cells; all others stand before them, or above rows that have some."""
        return self.kind in (Kind.COLUMN, Kind.ABOVE) or (self.table == "t4" and self.kind is Kind.CAPTION)


def labels_above(table: str, *, with_corner: bool = True) -> Iterator[str]:
    """Yield what the forms print above columns beside their names, and above the labels of rows."""
    header = load_table("form_labels")["tables"][table]
    if with_corner and "corner" in header:
        yield header["corner"]
    yield from (one["label"] for one in header.get("spanning", ()))


def ways_to_spell(label: str) -> tuple[str, ...]:
    """Return a label of the forms, as they print it, with the other ways in which it is spelt."""
    # 新乡 2019 labels a row 其他法律法规禁止公开, where the form has 法律行政法规.
    return label, *load_table("form_labels")["spellings"].get(label, ())


@cache
def printed_names(table: str, forms: Forms) -> tuple[PrintedName, ...]:
    """Return the labels that forms print in a table, each once, in the order of the forms."""
    captions = {block.caption for one in tables_of(table, forms) for block in one.blocks}
    above = [words.strip("（）") for words in labels_above(table) if words not in captions]
    printed = [_printed_name(table, Kind.ABOVE, None, words, (words[:_TELLING],)) for words in above]
    for one in tables_of(table, forms):
        printed += _names_in(one)
    return tuple(dict.fromkeys(printed))


@cache
def labels_of(table: str, forms: Forms) -> tuple[PrintedName, ...]:
    """Return the labels of a table, each once: those of T4's rows are the captions of their blocks."""
    return tuple(
        name for name in printed_names(table, forms) if not (table == "t4" and name.kind is Kind.ROW)
    )


def _names_in(table: FormTable) -> Iterator[PrintedName]:
    for block in table.blocks:
        if block.caption:
            words = folded_label(block.caption)
            yield PrintedName(table.key, Kind.CAPTION, block.key, block.caption, words, (words,))
        for column in block.columns:
            yield _printed_name(table.key, Kind.COLUMN, column.key, column.label, column.anchors)
        for header in block.headers:
            yield _printed_name(table.key, Kind.GROUP, header.key, header.label, header.anchors)
        for row in block.rows:
            is_last = table.key == "t3" and row is block.rows[-1]
            yield _printed_name(table.key, Kind.ROW, row.key, row.label, row.anchors, is_last=is_last)


def _printed_name(
    table: str, kind: Kind, key: str | None, label: str, anchors: tuple[str, ...], *, is_last: bool = False
) -> PrintedName:
    return PrintedName(table, kind, key, label, label_head(label), anchors, is_last)


_ENUMERATED = re.compile(
    r"\s*(?:[一二三四五六七八九十]{1,2}、|[（(]\s*[一二三四五六七八九十]{1,2}\s*[)）]|\d{1,2}[.、．]\s*[^\d\s])"
)


def is_label(text: str) -> bool:
    """Tell whether a cell is a label of a statutory table, or contains what identifies one."""
    head = label_head(text)
    if not head or len(head) > STATUTORY.shown_chars:
        return False
    exact, contained = _all_anchors()
    return head in exact or contained.search(head) is not None


def is_row_label(text: str) -> bool:
    """Tell whether a cell is, word for word, a label of a row of a statutory table."""
    return label_head(text) in _heads(stand_above=False)


def is_column_label(text: str) -> bool:
    """Tell whether a cell is, word for word, a label above the cells of a statutory table."""
    return label_head(text) in _heads(stand_above=True)


def begins_label(text: str) -> bool:
    """Tell whether a line begins with a number such as rows have (`（二）`, `3.`), or is a known label."""
    return _ENUMERATED.match(text) is not None or is_label(text)


def is_broken_label(before: str, behind: str) -> bool:
    """Tell whether two pieces are one label of a statutory table that broke between them."""
    joined, begun = bare_label(before + behind), bare_label(before)
    if not before.strip() or begun == joined:
        return False
    if not STATUTORY.contained_chars <= len(joined) <= 2 * STATUTORY.shown_chars:
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
            seen.add(label_head(text))
            if len(seen) >= STATUTORY.shown_labels:
                return True
    return False


@cache
def _names() -> tuple[PrintedName, ...]:
    return tuple(name for table in STATUTORY_TABLES for name in labels_of(table, forms_alone()))


@cache
def _all_anchors() -> tuple[frozenset[str], re.Pattern[str]]:
    """Return the labels, and what finds those that are contained in other words."""
    exact = {name.head for name in _names()} | {anchor for name in _names() for anchor in name.anchors}
    contained = sorted({word for word in exact if len(word) >= STATUTORY.contained_chars}, key=len)
    return frozenset(exact), re.compile("|".join(map(re.escape, reversed(contained))))


@cache
def _heads(*, stand_above: bool) -> frozenset[str]:
    return frozenset(name.head for name in _names() if name.stands_above == stand_above)


@cache
def _whole_labels() -> tuple[str, ...]:
    return tuple({bare_label(label) for label in _folded_labels()})


@cache
def _folded_labels() -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.folded for name in _names()))


# Rows of the statutory requests table that look like headings, for when the table has lost its shape.
# A table that kept its tabs is known to be one. Converters also print it one cell per line, or with spaces,
# and then its rows begin 一、 （三） and 1. exactly as the divisions of the report do.

_FIGURES_ONLY = re.compile(r"[\d\s.,|+\-—－/件]*")
_THIRD_LEVEL = 3
_OF_DIVISIONS = frozenset({"其他", "其它"})
# What follows T3 in every report.
_NEXT_DIVISION = re.compile(r"行政复议.{0,6}行政诉讼")


def is_form_row(words: str, level: int) -> bool:
    """Tell whether a numbered line is a row of the form.

    Args:
        words: the line without its number, white space and quotation marks.
        level: 1, 2 or 3: how it is numbered. Where it is not as 1., 其他 is a division that reports have.
    """
    # The rows of the requests table are numbered 一、 （三） and 1. as the divisions of reports are.
    beginnings, short = _flat_rows()
    if words.startswith(beginnings):
        return True
    return any(
        words.startswith(label) and _FIGURES_ONLY.fullmatch(words, len(label))
        for label in short
        if level == _THIRD_LEVEL or label not in _OF_DIVISIONS
    )


@cache
def _flat_rows() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what lines begin with that are rows, and short labels behind which only figures may stand."""
    names = [name for name in labels_of("t3", forms_alone()) if name.kind in (Kind.ROW, Kind.GROUP)]
    labels = {bare_label(spelt) for name in names for spelt in ways_to_spell(name.printed)}
    anchors = {anchor for name in names for anchor in name.anchors}
    short = {anchor for anchor in anchors if any(label.startswith(anchor) for label in labels)}
    short.update(label for label in labels if len(label) <= _SHORT)
    return (
        tuple(label[:_TELLING] for label in labels if len(label) > _SHORT),
        (*short, *load_table("form_labels")["flat"]["rows"]),
    )


def lines_of_flat_forms(lines: Sequence[str]) -> frozenset[int]:
    """Return the numbers of the lines that a requests table takes up, however its cells are laid out.

    From a line that opens the table to the line that closes it; where none closes it, up to the division
    that follows it in the form, the next sentence or the end of the text.
    """
    inside: set[int] = set()
    for first in _find_openings(lines):
        if first not in inside:
            inside.update(range(first, _end_of_table(lines, first)))
    return frozenset(inside)


def _find_openings(lines: Sequence[str]) -> Iterator[int]:
    words = tuple(load_table("form_labels")["flat"]["opens"])
    for number, line in enumerate(lines):
        if len(line) <= STATUTORY.flat_chars and "。" not in line and any(word in line for word in words):
            yield number


def _end_of_table(lines: Sequence[str], first: int) -> int:
    words = tuple(load_table("form_labels")["flat"]["closes"])
    limit = min(first + STATUTORY.flat_lines, len(lines))
    for number in range(first, limit):
        line = lines[number]
        if any(word in line for word in words):
            return number + 1
        if "。" in line or _NEXT_DIVISION.search(line):
            return number
    return limit
