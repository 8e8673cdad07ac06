"""Printed tables as the text that is left of them: by tabs, pipes, lines, spaces, or glued together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.pipelines.statutory.sheets import placed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from tests.pipelines.statutory.sheets import Sheet, Sheets

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


def tabs(sheet: Sheet, _chance: Random) -> str:
    """Write every place of the grid; places that a cell covers are empty."""
    return "\n".join("\t".join(places) for places in _grid(sheet))


def tabs_without_spans(sheet: Sheet, _chance: Random) -> str:
    """Write the cells that begin in a row, with an empty one for each from above."""
    return "\n".join("\t".join(fields) for fields in _fields(sheet))


def tabs_trimmed(sheet: Sheet, chance: Random) -> str:
    """Write as without spans, and lose the tabs that end a line."""
    return "\n".join(line.rstrip("\t") for line in tabs_without_spans(sheet, chance).split("\n"))


def tabs_padded(sheet: Sheet, chance: Random) -> str:
    """Write as without spans, padded at the end to the longest row, with blank lines where pages end."""
    rows = list(_fields(sheet))
    width = max(map(len, rows))
    lines = ["\t".join([*row, *[""] * (width - len(row))]) for row in rows]
    return "\n".join(_with_page_breaks(lines, chance))


def tabs_deepened(sheet: Sheet, chance: Random) -> str:
    """Write padded; from a page break on, labels stand one cell deeper and what padded the end is gone."""
    rows = list(_fields(sheet))
    break_at = chance.randint(1, len(rows))
    width = max(map(len, rows))
    lines = ["\t".join([*row, *[""] * (width - len(row))]) for row in rows[:break_at]]
    lines += ["", *("\t".join(["", *row]) for row in rows[break_at:])]
    return "\n".join(lines)


def tabs_without_blanks(sheet: Sheet, _chance: Random) -> str:
    """Write the cells that are not blank."""
    return "\n".join("\t".join(_visible(row)) for row in _fields(sheet))


def pipes(sheet: Sheet, chance: Random) -> str:
    """Write a row a line between pipes, with a rule below the first where chance has it."""
    lines = [f"| {' | '.join(places)} |" for places in _grid(sheet)]
    if chance.random() < 0.5:
        lines.insert(1, "|" + " --- |" * lines[0].count("|", 1))
    return "\n".join(lines)


def marked_lines(sheet: Sheet, chance: Random) -> str:
    """Write a cell a line, each behind a tab; a line in a cell has none; a blank line ends a row."""
    lines: list[str] = []
    for row in _fields(sheet, break_line="\n"):
        lines += [f"\t{cell}" for cell in row]
        lines += [""] * chance.choice((1, 1, 1, 2))
    return "\n".join(lines)


def bare_lines(sheet: Sheet, _chance: Random) -> str:
    """Write a cell a line, without a mark and without the blank ones."""
    return "\n".join(cell for row in _fields(sheet, break_line="\n") for cell in _visible(row))


def spaces(sheet: Sheet, _chance: Random) -> str:
    """Write the cells that are not blank, with a space between them."""
    return "\n".join(" ".join(_visible(row)) for row in _fields(sheet))


def wide_spaces(sheet: Sheet, chance: Random) -> str:
    """Write the cells that are not blank, with spaces of any width between them, some lines indented."""
    return "\n".join(
        " " * chance.randint(0, 12) + "".join(cell + " " * chance.randint(2, 9) for cell in _visible(row))
        for row in _fields(sheet)
    )


def one_line(sheet: Sheet, _chance: Random) -> str:
    """Write the whole table in one line, with a space between cells that are not blank."""
    return " ".join(cell for row in _fields(sheet) for cell in _visible(row))


def glued(sheet: Sheet, chance: Random) -> str:
    """Write the cells with nothing between them, in lines or in one."""
    between = chance.choice(("", "\n", " "))
    return between.join("".join(_visible(row)) for row in _fields(sheet))


KEEPING = {
    "tabs": tabs,
    "tabs_without_spans": tabs_without_spans,
    "pipes": pipes,
    "marked_lines": marked_lines,
}
"""Layouts in which every cell has its place, blank ones too."""
LOSING = {
    "tabs_trimmed": tabs_trimmed,
    "tabs_padded": tabs_padded,
    "tabs_deepened": tabs_deepened,
    "tabs_without_blanks": tabs_without_blanks,
    "bare_lines": bare_lines,
    "spaces": spaces,
    "wide_spaces": wide_spaces,
    "one_line": one_line,
    "glued": glued,
}
"""Layouts that have lost blank cells, or the places of cells."""


def _grid(sheet: Sheet) -> Iterator[list[str]]:
    rows = [[_flat(box.text) if box and begins else "" for box, begins in row] for row in placed(sheet.lines)]
    width = max(map(len, rows))
    yield from ([*row, *[""] * (width - len(row))] for row in rows)


def _fields(sheet: Sheet, break_line: str = "") -> Iterator[list[str]]:
    for line, row in zip(sheet.lines, placed(sheet.lines), strict=True):
        own = {id(box) for box in line}
        yield [
            box.text.replace("\n", break_line) if box and begins else ""
            for box, begins in row
            if begins or box is None or id(box) not in own
        ]


def _visible(row: list[str]) -> list[str]:
    return [cell for cell in row if cell.strip()]


def _flat(text: str) -> str:
    return text.replace("\n", "")


def _with_page_breaks(lines: list[str], chance: Random) -> Iterator[str]:
    for line in lines:
        if chance.random() < 0.1:
            yield ""
        yield line
