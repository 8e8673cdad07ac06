"""Where a label that is known word for word stands on a page, over as many lines as it takes.

A label is found only where words spell all of it: its lines one below the other, aligned at one side or in
their middle. So nothing has to be guessed of where a label ends and the next begins. Left out: labels that
are printed otherwise than the form has them. The labels above columns make the header of a sheet, if nothing
else stands in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

from pipelines.forms.form_catalogue import forms_alone, known_forms
from pipelines.forms.form_model import Block, FormTable
from pipelines.forms.labels import folded_label, remember
from pipelines.forms.printed_labels import ways_to_spell
from pipelines.grid import Box
from pipelines.knowledge import Thresholds, load_table
from pipelines.readers.layout.geometry import Word, are_aligned, box_around, choose_separator
from pipelines.structs import FrozenStruct

Label = tuple[str, ...]
"""The ways in which a label is spelt, the form's first; folded, see `pipelines.forms.labels`."""

# Marks, as wide as a character, that must not begin a line.
_HANGING = "，。；：、！？）”’"


class LabelledThresholds(Thresholds):
    """How labels, figures and heads stand to one another, in heights of a character."""

    beside: float
    overlapping: float
    nearest: float
    furthest: float
    aligned: float
    level: float
    furthest_row: float
    free_below: float
    same: float


LABELLED = LabelledThresholds.load("labelled_tables")


class PrintedLabel(FrozenStruct):
    """A label where it is printed.

    Attributes:
        lines: its words, line by line from top to bottom; there is at least one.
    """

    lines: tuple[tuple[Word, ...], ...]

    @property
    def words(self) -> tuple[Word, ...]:
        """Its words in the order in which they are read."""
        return tuple(word for line in self.lines for word in line)

    @property
    def text(self) -> str:
        """What it says: its lines are one, as it is known where it ends."""
        text = ""
        for word in self.words:
            text += choose_separator(text, word.text) + word.text if text else word.text
        return text

    @property
    def box(self) -> Box:
        """The smallest box around it."""
        return box_around(word.box for word in self.words)

    @property
    def end(self) -> float:
        """Its right edge; a mark that must not begin a line may hang over the edge of its cell."""
        # No line of Chinese begins with a comma: it hangs over the edge of the line before instead.
        last = (line[-1] for line in self.lines)
        return max(word.box.right - word.height * (word.text[-1] in _HANGING) for word in last)

    @property
    def height(self) -> float:
        """The height of its characters."""
        return self.lines[0][0].height

    @property
    def first(self) -> float:
        """The middle of its first line, down the page."""
        return _find_middle(self.lines[0])

    @property
    def last(self) -> float:
        """The middle of its last line, down the page."""
        return _find_middle(self.lines[-1])


def find_label(label: Label, words: Iterable[Word]) -> tuple[PrintedLabel, ...]:
    """Return where a label is printed, from top to bottom.

    Args:
        label: that is sought.
        words: of a page, in any order.
    """
    folded = [(text, word) for word in words if (text := _fold_word(word.text))]
    found = {way for spelling in label for way in _lines_that_spell(spelling, folded)}
    aligned = (PrintedLabel(lines) for lines in found if _are_aligned(lines))
    return tuple(sorted(aligned, key=lambda one: (one.first, one.box)))


# Every label is sought among the same words.
_fold_word = remember(folded_label)


def _lines_that_spell(
    spelling: str, words: Iterable[tuple[str, Word]]
) -> Iterator[tuple[tuple[Word, ...], ...]]:
    pieces = [(text, word) for text, word in words if text in spelling]
    for text, word in pieces:
        if spelling.startswith(text):
            yield from _extend_lines(spelling[len(text) :], ((word,),), pieces)


def _extend_lines(
    rest: str, lines: tuple[tuple[Word, ...], ...], pieces: Sequence[tuple[str, Word]]
) -> Iterator[tuple[tuple[Word, ...], ...]]:
    """Yield the ways in which words spell the rest of a label whose first lines are found."""
    if not rest:
        yield lines
        return
    for text, word in pieces:
        if not rest.startswith(text):
            continue
        if _is_beside(lines[-1][-1], word):
            yield from _extend_lines(rest[len(text) :], (*lines[:-1], (*lines[-1], word)), pieces)
        elif _is_below(lines[-1], word):
            yield from _extend_lines(rest[len(text) :], (*lines, (word,)), pieces)


def _is_beside(before: Word, word: Word) -> bool:
    gap = word.box.left - before.box.right
    off = abs(word.box.centre_y - before.box.centre_y)
    return (
        -LABELLED.overlapping * before.height <= gap <= LABELLED.beside * before.height
        and off < LABELLED.nearest * before.height / 2
    )


def _is_below(line: Sequence[Word], word: Word) -> bool:
    above = box_around(one.box for one in line)
    down = word.box.centre_y - _find_middle(line)
    height = line[0].height
    return (
        LABELLED.nearest * height <= down <= LABELLED.furthest * height
        and above.left < word.box.right
        and word.box.left < above.right
    )


def _are_aligned(lines: Sequence[Sequence[Word]]) -> bool:
    boxes = [box_around(word.box for word in line) for line in lines]
    return are_aligned(boxes, LABELLED.aligned * lines[0][0].height)


def _find_middle(line: Sequence[Word]) -> float:
    return sum(word.box.centre_y for word in line) / len(line)


class PrintedHeads(FrozenStruct):
    """The header of a sheet.

    Attributes:
        heads: those of its columns, from left to right.
        spanning: the labels above several of them.
    """

    heads: tuple[PrintedLabel, ...]
    spanning: tuple[tuple[_Above, PrintedLabel], ...] = ()

    @property
    def all(self) -> tuple[PrintedLabel, ...]:
        """Every label above columns."""
        return (*self.heads, *(label for _, label in self.spanning))


def read_heads(sheet: Sheet, words: Sequence[Word]) -> PrintedHeads | None:
    """Return the header of a sheet; None where it is not all there, or something else stands in it.

    Of the labels above several columns none needs to be printed: the end of a page may cut a header.

    Args:
        sheet: whose header is wanted.
        words: that stand above its figures, those above the labels of its rows left out.
    """
    spanning = [(above, find_label(above.label, words)) for above in sheet.spanning]
    if any(len(ways) > 1 for _, ways in spanning):
        return None
    named = tuple((above, ways[0]) for above, ways in spanning if all(ways for _, ways in spanning))
    if named:
        highest = min(label.first for _, label in named)
        words = [word for word in words if word.box.centre_y > highest - word.height]
    heads = _find_heads(sheet, words)
    found = PrintedHeads(heads, named) if heads else None
    return found if found and _is_whole(found, words) and _stand_above(found) else None


def _find_heads(sheet: Sheet, words: Sequence[Word]) -> tuple[PrintedLabel, ...] | None:
    """Return the heads of columns, if they stand side by side in the order of the form."""
    ways = [
        (name, one)
        for name in dict.fromkeys(head.label for head in sheet.heads)
        for one in find_label(name, words)
    ]
    ways.sort(key=lambda way: way[1].box.left)
    if [name for name, _ in ways] != [head.label for head in sheet.heads]:
        return None
    heads = tuple(head for _, head in ways)
    is_apart = all(one.box.right <= other.box.left for one, other in pairwise(heads))
    return heads if is_apart else None


def _is_whole(found: PrintedHeads, words: Sequence[Word]) -> bool:
    """Tell whether nothing else stands beside the heads: it may be that of a column that the form lacks."""
    named = {word for label in found.all for word in label.words}
    top = min(head.first for head in found.heads) - found.heads[0].height / 2
    return all(word in named for word in words if word.box.centre_y > top)


def _stand_above(found: PrintedHeads) -> bool:
    """Tell whether the labels above several columns stand above them, and above no other."""
    for one, label in found.spanning:
        first, end = one.columns
        left, right = found.heads[first].box.left, found.heads[end - 1].box.right
        beside = [*found.heads[:first], *found.heads[end:]]
        middle = label.box.centre_x
        is_over = left - label.height <= middle <= right or label.box.left < right
        if not is_over or any(head.box.left < middle < head.box.right for head in beside):
            return False
    return True


class RowLabel(NamedTuple):
    """The label of a row with figures, and the labels of the groups that it is in, the outermost first."""

    label: Label
    groups: tuple[Label, ...] = ()


class _Above(NamedTuple):
    """A label above columns.

    Attributes:
        label: as it is spelt.
        columns: the first column below it, and the one behind the last, from 0.
        levels: of the header: the first that it reaches over, and the one behind the last, from 0.
    """

    label: Label
    columns: tuple[int, int]
    levels: tuple[int, int]


class Sheet(FrozenStruct):
    """A table, or a block of one, that has the same columns throughout.

    Attributes:
        caption: the line above it; None where there is none.
        corner: what stands above the labels of its rows; None where the rows have none.
        rows: in the order of the form; none where a single row of figures stands below the columns.
        heads: of its columns, from left to right.
        spanning: the labels above several of them.
        depth: how many levels its header has.
    """

    caption: Label | None
    corner: Label | None
    rows: tuple[RowLabel, ...]
    heads: tuple[_Above, ...]
    spanning: tuple[_Above, ...]
    depth: int

    @property
    def flat(self) -> Sheet:
        """The sheet with nothing above the heads of its columns."""
        heads = tuple(head._replace(levels=(0, 1)) for head in self.heads)
        return self.replace(heads=heads, spanning=(), depth=1)


@cache
def known_sheets() -> tuple[Sheet, ...]:
    """Return the sheets of all forms, each once; the newest form goes first, what extends others last."""
    extending = [form for form in known_forms() if form.extends is not None]
    forms = (*reversed(forms_alone()), *extending)
    sheets = (sheet for form in forms for table in form.tables for sheet in _sheets_of(table))
    return tuple(dict.fromkeys(sheets))


def _sheets_of(table: FormTable) -> Iterator[Sheet]:
    header = load_table("form_labels")["tables"].get(table.key)
    if header is None:
        return
    if not header["rows_have_labels"]:
        columns = [column.label for column in table.columns]
        yield _make_sheet(header, columns, (), None)
        return
    for block in table.blocks:
        columns = [column.label for column in block.columns]
        rows = tuple(_read_rows(block, header))
        ways = (tuple(_groups_as_rows(rows, levels)) for levels in range(3))
        for way in dict.fromkeys(ways):
            yield _make_sheet(header, columns, way, block.caption)


def _make_sheet(
    header: Mapping[str, Any], columns: Sequence[str], rows: tuple[RowLabel, ...], caption: str | None
) -> Sheet:
    spanning = tuple(map(_read_spanning, header.get("spanning", ())))
    depth = 1 + max((one.levels[1] for one in spanning), default=0)
    corner = header.get("corner")
    return Sheet(
        _fold_spellings(caption) if caption else None,
        _fold_spellings(corner) if corner else None,
        rows,
        tuple(
            _Above(_fold_spellings(label), (number, number + 1), (_level_below(spanning, number), depth))
            for number, label in enumerate(columns)
        ),
        spanning,
        depth,
    )


def _read_spanning(entry: Mapping[str, Any]) -> _Above:
    first, end = entry["columns"]
    top, bottom = entry["levels"]
    return _Above(_fold_spellings(entry["label"]), (first, end), (top, bottom))


def _level_below(spanning: Iterable[_Above], column: int) -> int:
    """Return the level below the labels that span a column."""
    return max((one.levels[1] for one in spanning if one.columns[0] <= column < one.columns[1]), default=0)


def _read_rows(block: Block, header: Mapping[str, Any]) -> Iterator[RowLabel]:
    labels = {one.key: _fold_spellings(one.label) for one in block.headers}
    outer = header.get("outer_group", "")
    for row in block.rows:
        groups = dict.fromkeys(key for key in (outer, row.group) if key) if row.group else {}
        yield RowLabel(_fold_spellings(row.label), tuple(labels[key] for key in groups))


def _groups_as_rows(rows: Iterable[RowLabel], levels: int) -> Iterator[RowLabel]:
    """Yield rows with the labels of their outermost groups above their first row, as many levels as asked."""
    seen: set[Label] = set()
    for row in rows:
        for group in row.groups[:levels]:
            if group not in seen:
                seen.add(group)
                yield RowLabel(group)
        yield RowLabel(row.label, row.groups[levels:])


def _fold_spellings(text: str) -> Label:
    """Return a label of the form with the other ways in which it is spelt."""
    return tuple(map(folded_label, ways_to_spell(text)))
