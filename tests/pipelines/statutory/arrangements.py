"""What offices do to a table without losing a cell of it: cut it, join it, print its header twice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.pipelines.statutory.sheets import (
    Box,
    Sheet,
    change_boxes,
    fourth_sheet,
    placed,
    second_sheet,
    third_sheet,
    third_sheet_shared,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.pipelines.statutory.filling import FilledForm
    from tests.pipelines.statutory.sheets import Line, Sheets

BRACKETS = (("（", "("), ("）", ")"))
ENUMERATORS = ((".", "、"), (".", "．"), ("、", "."), ("、", "，"))


def printed(filled: FilledForm, titles: dict[str, str], label_columns: int) -> Sheets:
    """Return the three tables; with 0 label columns, two of them that are shared."""
    third = (
        third_sheet(filled, titles["t3"], label_columns)
        if label_columns
        else third_sheet_shared(filled, titles["t3"])
    )
    return second_sheet(filled, titles["t2"]), third, fourth_sheet(filled, titles["t4"])


def as_printed(sheets: Sheets, _chance: Random) -> Sheets:
    """Return the tables as they are."""
    return sheets


def cut(sheets: Sheets, chance: Random) -> Sheets:
    """Cut the third table in two after any row, with or without a second header."""
    second, third, fourth = sheets
    at = chance.randint(4, len(third.lines) - 1)
    header = third.lines[:3] if chance.random() < 0.5 else ()
    first, rest = _parted(third.lines, at, repeat=chance.random() < 0.5)
    return second, third.with_lines(first), Sheet("t3", (*header, *rest)), fourth


def header_repeated(sheets: Sheets, chance: Random) -> Sheets:
    """Print the header of the third table again before any row, as at the top of a page."""
    second, third, fourth = sheets
    at = chance.randint(4, len(third.lines) - 1)
    first, rest = _parted(third.lines, at, repeat=chance.random() < 0.5)
    return second, third.with_lines((*first, *third.lines[:3], *rest)), fourth


def together(sheets: Sheets, _chance: Random) -> Sheets:
    """Join all tables in one, their headings in rows of their own."""
    lines: list[Line] = []
    for sheet in sheets:
        if lines and sheet.title:
            lines.append((Box(sheet.title, across=10),))
        lines.extend(sheet.lines)
    return (replace(sheets[0], lines=tuple(lines)),)


def padded(sheets: Sheets, chance: Random) -> Sheets:
    """Put an empty cell at the end of every row, headers too."""
    blank = chance.choice(("", "\u00a0"))
    return tuple(
        sheet.with_lines(tuple((*line, Box(blank, is_header=line[0].is_header)) for line in sheet.lines))
        for sheet in sheets
    )


def labels_broken(sheets: Sheets, chance: Random) -> Sheets:
    """Break labels and headers over lines within their cells."""

    def broken(box: Box) -> Box:
        if box.key or len(box.text) < 6 or chance.random() < 0.6:
            return box
        at = chance.randint(4, len(box.text) - 2)  # behind its number
        return replace(box, text=f"{box.text[:at]}\n{box.text[at:]}")

    return tuple(change_boxes(sheet, broken) for sheet in sheets)


def labels_upright(sheets: Sheets, _chance: Random) -> Sheets:
    """Write the labels of groups from top to bottom, a character a line."""
    return tuple(
        change_boxes(sheet, lambda box: replace(box, text="\n".join(box.text)) if box.down > 3 else box)
        for sheet in sheets
    )


def labels_spaced(sheets: Sheets, chance: Random) -> Sheets:
    """Put spaces between the characters of headers, as justified lines leave them."""
    space = chance.choice((" ", "\u3000", "\u00a0"))
    return tuple(
        change_boxes(
            sheet,
            lambda box: (
                replace(box, text=space.join(box.text)) if 1 < len(box.text) < 8 and not box.key else box
            ),
        )
        for sheet in sheets
    )


def labels_folded(sheets: Sheets, chance: Random) -> Sheets:
    """Change brackets and what follows the numbers of labels, here and there."""

    def folded(box: Box) -> Box:
        text = box.text
        for old, new in BRACKETS:
            text = text.replace(old, new) if chance.random() < 0.5 else text
        old, new = chance.choice(ENUMERATORS)
        return box if box.key else replace(box, text=text.replace(old, new, 1))

    return tuple(change_boxes(sheet, folded) for sheet in sheets)


def labels_bare(sheets: Sheets, _chance: Random) -> Sheets:
    """Leave out the numbers of rows in the third table."""

    def bare(box: Box) -> Box:
        return box if box.key else replace(box, text=box.text.split(".", 1)[-1])

    return tuple(change_boxes(sheet, bare) for sheet in sheets)


def labels_annotated(sheets: Sheets, _chance: Random) -> Sheets:
    """Leave what a local instruction explains in headers and labels, figures in it too."""
    notes = {
        "规章": "规章（设区的市、自治州政府填写）",
        "上一年项目数量": "上一年项目数量（指2019年事项数）",
        "本年增/减": "本年增/减（指2020年增减数，减少用负数，如-8）",
        "行政许可": "行政许可（办件12类）",
        "（一）予以公开": "（一）予以公开（含2项）",
    }
    return tuple(
        change_boxes(sheet, lambda box: box if box.key else replace(box, text=notes.get(box.text, box.text)))
        for sheet in sheets
    )


def groups_summed(sheets: Sheets, chance: Random) -> Sheets:
    """Print sums in the rows that only name a group, where they have cells of their own."""

    def summed(line: Line) -> Line:
        label = "".join(line[-8].text.split()) if len(line) >= 8 else ""
        if not label.startswith(("（三）", "（四）", "（五）")) or any(
            box.key or box.text for box in line[-7:]
        ):
            return line
        return (*line[:-7], *(Box(str(chance.randint(0, 99))) for _ in range(7)))

    second, third, *others = sheets
    return second, third.with_lines(tuple(map(summed, third.lines))), *others


def row_added(sheets: Sheets, _chance: Random) -> Sheets:
    """Add a row that the form does not know to the first block of the second table."""
    second, *others = sheets
    width = sum(box.across for box in second.lines[2])
    row = (Box("其他主动公开文件"), *(Box(str(number)) for number in (186, 86, 255)[: width - 1]))
    return second.with_lines((*second.lines[:4], row, *second.lines[4:])), *others


def _parted(lines: tuple[Line, ...], at: int, *, repeat: bool) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """Part lines in two; a cell that covers both is cut, its text repeated below or left out."""
    rows = list(placed(lines))
    above = tuple(
        tuple(replace(box, down=min(box.down, at - y)) for box in line) for y, line in enumerate(lines[:at])
    )
    begins = {id(box): y for y, line in enumerate(lines) for box in line}
    continued: list[Box] = []
    seen: set[int] = set()
    for box, is_first in rows[at]:
        if box is None or id(box) in seen:
            continue
        seen.add(id(box))
        if is_first:
            continued.append(box)
        else:
            left = begins[id(box)] + box.down - at
            continued.append(replace(box, down=left, text=box.text if repeat else ""))
    return above, (tuple(continued), *lines[at + 1 :])


ARRANGEMENTS: dict[str, Callable[[Sheets, Random], Sheets]] = {
    "as printed": as_printed,
    "cut in two": cut,
    "header repeated": header_repeated,
    "joined": together,
    "padded": padded,
    "labels broken": labels_broken,
    "labels upright": labels_upright,
    "labels spaced": labels_spaced,
    "labels folded": labels_folded,
    "labels bare": labels_bare,
    "labels annotated": labels_annotated,
    "row added": row_added,
    "groups summed": groups_summed,
}
