"""What goes wrong between an office and a reader: cells, rows and characters lost, torn, doubled, moved.

Whatever happens, a cell either holds what the form was filled with, or no value. Left out is what nobody can
know from the outside: labels exchanged between two rows, a digit lost inside a number.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tests.pipelines.statutory.sheets import Box, change_boxes

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.pipelines.statutory.printed_forms import CellKey
    from tests.pipelines.statutory.sheets import Line, Sheet, Sheets

LOOKALIKES = dict(
    zip(
        "自商科其总计公开提供处理不予结转申请政府信息许可处罚规章",
        "白啇料具总汁厶幵堤洪外埋木子绪传甲清玫俯倌患计司外罪规童",
        strict=True,
    )
)
STRAYS = "一口了丶.·1l|的"


@dataclass(frozen=True, slots=True)
class Mutated:
    """Tables after an accident.

    Attributes:
        sheets: the tables.
        contested: cells that are printed twice with different values, so that neither can be trusted.
    """

    sheets: Sheets
    contested: frozenset[CellKey] = frozenset()


def drop_box(sheets: Sheets, chance: Random) -> Mutated:
    """Lose a cell, of whatever kind."""
    return _in_line(
        sheets, chance, lambda line: _without(line, chance.randrange(len(line))) if line else line
    )


def drop_value(sheets: Sheets, chance: Random) -> Mutated:
    """Lose a value cell."""

    def lose(line: Line) -> Line:
        places = [at for at, box in enumerate(line) if box.key]
        return _without(line, chance.choice(places)) if places else line

    return _in_line(sheets, chance, lose)


def drop_row(sheets: Sheets, chance: Random) -> Mutated:
    """Lose a row."""
    number, sheet = _any_sheet(sheets, chance)
    at = chance.randrange(len(sheet.lines))
    return Mutated(_with(sheets, number, sheet.with_lines((*sheet.lines[:at], *sheet.lines[at + 1 :]))))


def swap_rows(sheets: Sheets, chance: Random) -> Mutated:
    """Exchange two rows, labels and all."""
    number, sheet = _any_sheet(sheets, chance)
    lines = list(sheet.lines)
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return Mutated(_with(sheets, number, sheet.with_lines(tuple(lines))))


def misspell(sheets: Sheets, chance: Random) -> Mutated:
    """Replace, lose or insert a character in some labels and headers."""

    def misspelt(box: Box) -> Box:
        if box.key or len(box.text) < 2 or chance.random() < 0.9:
            return box
        at = chance.randrange(len(box.text))
        now = chance.choice((LOOKALIKES.get(box.text[at], "囗"), "", box.text[at] + chance.choice(STRAYS)))
        return replace(box, text=box.text[:at] + now + box.text[at + 1 :])

    return Mutated(tuple(change_boxes(sheet, misspelt) for sheet in sheets))


def split_digits(sheets: Sheets, chance: Random) -> Mutated:
    """Break a number in the middle: over two lines or by a space."""
    between = chance.choice(("\n", " ", "\u00a0", "\n"))

    def split(line: Line) -> Line:
        places = [at for at, box in enumerate(line) if box.key and len(box.text.strip()) > 1]
        if not places:
            return line
        at = chance.choice(places)
        text = line[at].text
        cut = chance.randint(1, len(text) - 1)
        return (*line[:at], replace(line[at], text=text[:cut] + between + text[cut:]), *line[at + 1 :])

    return _in_line(sheets, chance, split)


def glue_cells(sheets: Sheets, chance: Random) -> Mutated:
    """Put what two neighbours hold in one cell: of one place, of both, or of both with a break inside."""
    wide, between = chance.choice(((False, ""), (True, ""), (True, "\n"), (True, " "), (False, "\n")))

    def glue(line: Line) -> Line:
        places = [
            at
            for at in range(len(line) - 1)
            if line[at + 1].key and line[at].text.strip() and line[at + 1].text.strip()
        ]
        if not places:
            return line
        at = chance.choice(places)
        one, other = line[at], line[at + 1]
        across = one.across + other.across if wide else one.across
        both = Box(one.text + between + other.text, None, across, one.down)
        return (*line[:at], both, *line[at + 2 :])

    return _in_line(sheets, chance, glue)


def duplicate_row(sheets: Sheets, chance: Random) -> Mutated:
    """Print a row twice, at once or further down."""
    number, sheet = _any_sheet(sheets, chance)
    at = chance.randrange(len(sheet.lines))
    to = chance.choice((at, chance.randint(0, len(sheet.lines))))
    again = tuple(replace(box, down=1) for box in sheet.lines[at])
    return Mutated(_with(sheets, number, sheet.with_lines((*sheet.lines[:to], again, *sheet.lines[to:]))))


def contradict_row(sheets: Sheets, chance: Random) -> Mutated:
    """Print a row of the third table twice, with other numbers the second time."""
    number, sheet = _third_sheet(sheets, chance)
    rows = [
        at for at, line in enumerate(sheet.lines) if any(_is_third(box) and _is_number(box) for box in line)
    ]
    if not rows:
        return Mutated(sheets)
    at = chance.choice(rows)
    line = sheet.lines[at]
    again = tuple(
        replace(box, down=1, text=str(int(box.text) + 7), key=None)
        if _is_number(box)
        else replace(box, down=1)
        for box in line
    )
    pair = (again, line) if chance.random() < 0.5 and all(box.down == 1 for box in line) else (line, again)
    contested = frozenset(box.key for box in line if box.key and _is_number(box))
    lines = (*sheet.lines[:at], *pair, *sheet.lines[at + 1 :])
    return Mutated(_with(sheets, number, sheet.with_lines(lines)), contested)


def add_column(sheets: Sheets, chance: Random) -> Mutated:
    """Add a column to the third table, as for a subtotal."""
    return _with_column(sheets, chance.choice((1, 6)), chance.choice(("小计", "其中：外地")), chance)


def add_nameless_column(sheets: Sheets, chance: Random) -> Mutated:
    """Add a column without a header, which only markup can tell from a blank cell that pads the row."""
    return _with_column(sheets, chance.choice((1, 6)), "", chance)


def _with_column(sheets: Sheets, place: int, name: str, chance: Random) -> Mutated:
    def widen(line: Line) -> Line:
        values = [at for at, box in enumerate(line) if _is_third(box)]
        named = _named(line)
        if len(values) == 7:
            at = values[0] + place
            return (*line[:at], Box(str(chance.randint(0, 99))), *line[at:])
        if named is not None:
            at = named + place - 1
            return (*line[:at], Box(name, is_header=True), *line[at:])
        return tuple(_widened(box) for box in line)

    return _in_third(sheets, widen)


def reorder_columns(sheets: Sheets, chance: Random) -> Mutated:
    """Exchange two of the organisations in the third table, headers and values."""
    one, other = chance.sample(range(1, 6), 2)

    def reorder(line: Line) -> Line:
        boxes = list(line)
        values = [at for at, box in enumerate(line) if _is_third(box)]
        named = _named(line)
        first = values[0] if len(values) == 7 else None if named is None else named - 1
        if first is not None:
            boxes[first + one], boxes[first + other] = boxes[first + other], boxes[first + one]
        return tuple(boxes)

    return _in_third(sheets, reorder)


def drop_header(sheets: Sheets, chance: Random) -> Mutated:
    """Lose the headers of a table, or one line of them."""
    number, sheet = _any_sheet(sheets, chance)
    headers = [at for at, line in enumerate(sheet.lines) if any(box.is_header for box in line)]
    if not headers:
        return Mutated(sheets)
    lost = set(headers if chance.random() < 0.5 else chance.sample(headers, 1))
    lines = tuple(line for at, line in enumerate(sheet.lines) if at not in lost)
    return Mutated(_with(sheets, number, sheet.with_lines(lines)))


def drop_labels(sheets: Sheets, chance: Random) -> Mutated:
    """Lose the labels of some rows, those of their groups with them; their cells stay, blank."""

    def emptied(line: Line) -> Line:
        if chance.random() < 0.8 or (line and line[0].is_header):
            return line
        return tuple(box if box.key else replace(box, text="") for box in line)

    return Mutated(tuple(sheet.with_lines(tuple(map(emptied, sheet.lines))) for sheet in sheets))


def drop_spans(sheets: Sheets, chance: Random) -> Mutated:
    """Lose the spans of a table: its cells stand side by side, as many as were there."""
    number, sheet = _any_sheet(sheets, chance)
    return Mutated(_with(sheets, number, change_boxes(sheet, lambda box: replace(box, across=1, down=1))))


def shift_row(sheets: Sheets, chance: Random) -> Mutated:
    """Put an empty cell more into a row."""

    def shift(line: Line) -> Line:
        at = chance.randint(0, len(line))
        return (*line[:at], Box(""), *line[at:])

    return _in_line(sheets, chance, shift)


MUTATIONS: dict[str, Callable[[Sheets, Random], Mutated]] = {
    "cell dropped": drop_box,
    "value dropped": drop_value,
    "row dropped": drop_row,
    "rows swapped": swap_rows,
    "labels misspelt": misspell,
    "digits split": split_digits,
    "cells glued": glue_cells,
    "row doubled": duplicate_row,
    "row contradicted": contradict_row,
    "column added": add_column,
    "nameless column added": add_nameless_column,
    "columns reordered": reorder_columns,
    "header dropped": drop_header,
    "labels dropped": drop_labels,
    "spans dropped": drop_spans,
    "row shifted": shift_row,
}
OF_COLUMNS = frozenset({"column added", "nameless column added", "columns reordered", "spans dropped"})
"""What happens to a whole table, before it loses its spans; the rest may happen to its text as well."""
OF_SPANS = frozenset({"nameless column added"})
"""What cannot be seen once spans are lost: a blank header may pad the row."""
OF_BLANKS = frozenset({"row shifted", "labels dropped"})
"""What cannot be seen once blank cells are lost."""


def _any_sheet(sheets: Sheets, chance: Random) -> tuple[int, Sheet]:
    number = chance.choices(range(len(sheets)), [3 if sheet.table == "t3" else 1 for sheet in sheets])[0]
    return number, sheets[number]


def _third_sheet(sheets: Sheets, chance: Random) -> tuple[int, Sheet]:
    """Return a sheet that holds cells of the third table."""
    holding = [
        number
        for number, sheet in enumerate(sheets)
        if any(box.key and box.key.table == "t3" for line in sheet.lines for box in line)
    ]
    number = chance.choice(holding)
    return number, sheets[number]


def _with(sheets: Sheets, number: int, sheet: Sheet) -> Sheets:
    return (*sheets[:number], sheet, *sheets[number + 1 :])


def _in_line(sheets: Sheets, chance: Random, change: Callable[[Line], Line]) -> Mutated:
    number, sheet = _any_sheet(sheets, chance)
    at = chance.randrange(len(sheet.lines))
    lines = (*sheet.lines[:at], change(sheet.lines[at]), *sheet.lines[at + 1 :])
    return Mutated(_with(sheets, number, sheet.with_lines(lines)))


def _in_third(sheets: Sheets, change: Callable[[Line], Line]) -> Mutated:
    """Change the lines of every sheet that holds cells of the third table."""
    return Mutated(
        tuple(
            sheet.with_lines(tuple(change(line) for line in sheet.lines)) if sheet.table != "t4" else sheet
            for sheet in sheets
        )
    )


def _without(line: Line, at: int) -> Line:
    return (*line[:at], *line[at + 1 :])


def _named(line: Line) -> int | None:
    """Return where the organisations are named in a line of headers."""
    return next((at for at, box in enumerate(line) if "".join(box.text.split()) == "商业企业"), None)


def _widened(box: Box) -> Box:
    is_above = "".join(box.text.split()) in ("申请人情况", "法人或其他组织")
    return replace(box, across=box.across + 1) if is_above else box


def _is_third(box: Box) -> bool:
    return box.key is not None and box.key.table == "t3"


def _is_number(box: Box) -> bool:
    return box.key is not None and box.text.isdecimal()
