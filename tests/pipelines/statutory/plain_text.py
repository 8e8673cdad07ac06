"""Printed tables as the text that is left of them: by tabs, pipes, lines, spaces, or glued together.

sheet ─ flatten ─▶ rows without spans ─ (an accident) ─▶ write ─▶ text
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tests.pipelines.statutory.sheets import Box, placed

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.pipelines.statutory.sheets import Line, Sheet, Sheets

WORDS = "云泽市人民政府按照规定编制本报告，统计期限自1月1日起至12月31日止。"


def report(sheets: Sheets, write: Callable[[Sheet, Random], str], year: int, chance: Random) -> bytes:
    """Return a report as text."""
    parts = [f"云泽市人民政府{year}年政府信息公开工作年度报告", WORDS, "一、总体情况"]
    parts.append(f"全年主动公开政府信息一千余条，{WORDS}")
    for sheet in sheets:
        if sheet.title:
            parts.append(sheet.title)
        parts.append(write(sheet, chance))
    parts += ["五、存在的主要问题及改进情况", f"公开的深度还不够。{WORDS}", "六、其他需要报告的事项", "无。"]
    between = chance.choice(("\n", "\n\n"))
    return (between.join(parts) + "\n").encode()


def by_places(sheet: Sheet, _chance: Random) -> Sheet:
    """Flatten to every place of the grid; places that a cell covers are empty."""
    rows = list(placed(sheet.lines))
    width = max(map(len, rows))
    lines = tuple(
        tuple(_single(box) if box and begins else Box("") for box, begins in row)
        + (Box(""),) * (width - len(row))
        for row in rows
    )
    return sheet.with_lines(lines)


def without_spans(sheet: Sheet, _chance: Random) -> Sheet:
    """Flatten to the cells that begin in a row, with an empty one for each from above."""
    lines = []
    for line, row in zip(sheet.lines, placed(sheet.lines), strict=True):
        own = {id(box) for box in line}
        fields = (
            _single(box) if box and begins else Box("")
            for box, begins in row
            if begins or box is None or id(box) not in own
        )
        lines.append(tuple(fields))
    return sheet.with_lines(tuple(lines))


def padded(sheet: Sheet, chance: Random) -> Sheet:
    """Flatten without spans, pad every row to the longest, and leave blank lines where pages end."""
    rows = without_spans(sheet, chance).lines
    width = max(map(len, rows))
    lines: list[Line] = []
    for row in rows:
        if chance.random() < 0.1:
            lines.append(())
        lines.append((*row, *(Box("") for _ in range(width - len(row)))))
    return sheet.with_lines(tuple(lines))


def deepened(sheet: Sheet, chance: Random) -> Sheet:
    """Flatten and pad; from a page's end on, labels stand a cell deeper and nothing pads the rows."""
    rows = without_spans(sheet, chance).lines
    at = chance.randint(1, len(rows))
    width = max(map(len, rows))
    above = tuple((*row, *(Box("") for _ in range(width - len(row)))) for row in rows[:at])
    return sheet.with_lines((*above, (), *((Box(""), *row) for row in rows[at:])))


def tabs(sheet: Sheet, _chance: Random) -> str:
    """Write a row a line, tabs between cells."""
    return "\n".join("\t".join(_texts(line)) for line in sheet.lines)


def trimmed_tabs(sheet: Sheet, chance: Random) -> str:
    """Write by tabs and lose those that end a line."""
    return "\n".join(line.rstrip("\t") for line in tabs(sheet, chance).split("\n"))


def visible_tabs(sheet: Sheet, _chance: Random) -> str:
    """Write by tabs the cells that are not blank."""
    return "\n".join("\t".join(_visible(line)) for line in sheet.lines)


def pipes(sheet: Sheet, chance: Random) -> str:
    """Write a row a line between pipes, with a rule below the first where chance has it."""
    lines = [f"| {' | '.join(_texts(line))} |" for line in sheet.lines]
    if chance.random() < 0.5:
        lines.insert(1, "|" + " --- |" * lines[0].count("|", 1))
    return "\n".join(lines)


def marked_lines(sheet: Sheet, chance: Random) -> str:
    """Write a cell a line, each behind a tab; a line in a cell has none; a blank line ends a row."""
    lines: list[str] = []
    for row in sheet.lines:
        lines += [f"\t{box.text}" for box in row]
        lines += [""] * chance.choice((1, 1, 1, 2))
    return "\n".join(lines)


def bare_lines(sheet: Sheet, _chance: Random) -> str:
    """Write a cell a line, without a mark and without the blank ones."""
    return "\n".join(box.text for line in sheet.lines for box in line if box.text.strip())


def spaces(sheet: Sheet, _chance: Random) -> str:
    """Write the cells that are not blank, with a space between them."""
    return "\n".join(" ".join(_visible(line)) for line in sheet.lines)


def wide_spaces(sheet: Sheet, chance: Random) -> str:
    """Write the cells that are not blank, with spaces of any width between them, some lines indented."""
    return "\n".join(
        " " * chance.randint(0, 12) + "".join(cell + " " * chance.randint(2, 9) for cell in _visible(line))
        for line in sheet.lines
    )


def one_line(sheet: Sheet, _chance: Random) -> str:
    """Write the whole table in one line, with a space between cells that are not blank."""
    return " ".join(cell for line in sheet.lines for cell in _visible(line))


def glued(sheet: Sheet, chance: Random) -> str:
    """Write the cells with nothing between them, in lines or in one."""
    between = chance.choice(("", "\n", " "))
    return between.join("".join(_visible(line)) for line in sheet.lines)


@dataclass(frozen=True, slots=True)
class TextLayout:
    """How a table becomes text: first without spans, then as characters."""

    flatten: Callable[[Sheet, Random], Sheet]
    write: Callable[[Sheet, Random], str]


KEEPING = {
    "tabs": TextLayout(by_places, tabs),
    "tabs without spans": TextLayout(without_spans, tabs),
    "pipes": TextLayout(by_places, pipes),
    "marked lines": TextLayout(without_spans, marked_lines),
}
"""Layouts in which every cell has its place, blank ones too."""
LOSING = {
    "tabs trimmed": TextLayout(without_spans, trimmed_tabs),
    "tabs padded": TextLayout(padded, tabs),
    "tabs deepened": TextLayout(deepened, tabs),
    "tabs without blanks": TextLayout(without_spans, visible_tabs),
    "bare lines": TextLayout(without_spans, bare_lines),
    "spaces": TextLayout(without_spans, spaces),
    "wide spaces": TextLayout(without_spans, wide_spaces),
    "one line": TextLayout(without_spans, one_line),
    "glued": TextLayout(without_spans, glued),
}
"""Layouts that have lost blank cells, or the places of cells."""


def _single(box: Box) -> Box:
    return replace(box, across=1, down=1)


def _texts(line: Line) -> list[str]:
    return [box.text.replace("\n", "") for box in line]


def _visible(line: Line) -> list[str]:
    return [text for text in _texts(line) if text.strip()]
