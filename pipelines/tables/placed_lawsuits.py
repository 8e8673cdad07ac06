"""The table of reviews and lawsuits (T4) where its columns stand by position, each name down several lines.

    结  结 其  尚 总   结  结  其  尚  总
    果  果 他  未 计   果  果  他  未  计
    维  纠 结  审     维  纠  结  审
    持  正 果  结     持  正  果  结
    4    1    5      8       44   52

Where it states all its figures their order tells them; where some are blank, the names that they stand below.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pipelines.forms.form_catalogue import forms_alone, tables_of
from pipelines.grid import Layout, Table, TableCell, TableRow
from pipelines.knowledge import load_table
from pipelines.tables.page_columns import PLACED, add_up, find_above
from pipelines.tables.placed_lines import spell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.tables.page_columns import Word
    from pipelines.tables.placed_lines import PlacedLine


def find_lawsuits(text: str, lines: Sequence[PlacedLine]) -> Iterator[Table]:
    """Yield the table below a heading of T4, if its header is the form's and its figures are told.

    Args:
        text: of the document.
        lines: from the heading to the next.
    """
    size = next((number for number, line in enumerate(lines) if line.figures), len(lines))
    below = [line for line in lines[size : size + 2] if line.figures]
    if len(below) != 1 or lines[size].labels or not _is_header(lines[:size]):
        return
    cells = _cells_of(lines[:size], lines[size].figures)
    if cells:
        rows = [
            _spanning_row(0),
            _spanning_row(1),
            tuple(TableCell(name, n) for n, name in enumerate(_columns())),
        ]
        begin, end = lines[0].start, lines[size].start
        texts = (text[begin:end], "", "", text[end : lines[size].end])
        figures = tuple(TableCell(cell, number) for number, cell in enumerate(cells))
        yield Table(
            Layout.CELLS,
            tuple(
                TableRow(row, words, end if row is figures else begin, number)
                for number, (row, words) in enumerate(zip((*rows, figures), texts, strict=True))
            ),
            lines[size].end,
        )


@cache
def _columns() -> tuple[str, ...]:
    return tuple(column.label for column in tables_of("t4", forms_alone())[0].columns)


def _spanning_row(level: int) -> tuple[TableCell, ...]:
    spanning = load_table("form_labels")["tables"]["t4"]["spanning"]
    return tuple(
        TableCell(
            one["label"], one["columns"][0], one["columns"][1] - one["columns"][0], one["levels"][1] - level
        )
        for one in spanning
        if one["levels"][0] == level
    )


def _is_header(lines: Sequence[PlacedLine]) -> bool:
    """Tell whether lines are the header of the form: its names side by side, down their lines."""
    spanning = [spell(one["label"]) for one in load_table("form_labels")["tables"]["t4"]["spanning"]]
    left = [spell(label) for label in _columns()]
    above: list[tuple[int, str]] = []
    for line in lines:
        words = [(word.first, spell(word.text)) for word in line.labels]
        if all(any(text in label for label in spanning) for _, text in words):
            above += words
            continue
        column = -1
        for _, text in words:
            column = next((n for n in range(column + 1, len(left)) if left[n].startswith(text)), -1)
            if column < 0:
                return False
            left[column] = left[column].removeprefix(text)
    texts = [text for _, text in above]
    places = [first for label in spanning for first, text in above if text == label]
    in_order = len(texts) == len(spanning) == len(places) and places[0] < places[1] and places[2] < places[3]
    return in_order and not any(left)


def _cells_of(header: Sequence[PlacedLine], figures: Sequence[Word]) -> tuple[str, ...]:
    count = len(_columns())
    names = next((line.labels for line in header if len(line.labels) == count), ())
    if len(figures) == count:
        cells = tuple(word.text for word in figures)
        return cells if _blocks_add_up(cells) or all(word.gap >= PLACED.apart for word in figures) else ()
    is_apart = len(header) > PLACED.halved_lines and all(
        word.gap >= PLACED.apart for word in (*figures, *names)
    )
    places = find_above(figures, names) if is_apart else []
    cells = (
        tuple(figures[places.index(n)].text if n in places else "" for n in range(count)) if places else ()
    )
    return cells if cells and _blocks_add_up(cells) else ()


def _blocks_add_up(cells: Sequence[str]) -> bool:
    size = len(tables_of("t4", forms_alone())[0].blocks[0].columns)
    return all(add_up(cells[at : at + size]) for at in range(0, len(cells), size))
