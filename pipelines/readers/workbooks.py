"""A workbook as blocks, whatever stored it: where rows hold lines of text, and where they hold a table.

A blank row ends a table. A row with a single cell is a line (a title, a heading, a paragraph), unless it
stands in a table: under a group's label, as a label whose cells are blank, as a caption across columns.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from pipelines.decoded import Block, FileText, table_block
from pipelines.errors import UnreadableDocument
from pipelines.forms.printed_labels import is_row_label
from pipelines.grid import Cell, Grid, lay_out_cells, unexpanded_grid
from pipelines.knowledge import load_table
from pipelines.readers.html.elements import Element
from pipelines.readers.html.html_tables import GRIDS
from pipelines.readers.packages import FILES
from pipelines.readers.word_text import PICTURE_NOTES

Placed = tuple[int, int, str]
"""Row and column of a cell, from 0, and its text."""
LAST_ROW, LAST_COLUMN = 1_048_575, 16_383
"""Of a sheet, from 0: as many rows and columns as Excel has."""
# Places of all grids of a workbook, blank ones too: what a reading child has memory for.
_MOST_PLACES = 1_000_000
# What programs call a sheet that nobody named: no heading.
UNNAMED = re.compile(r"(?:sheet|工作表|表)\s*\d*$", re.IGNORECASE)
HEADING = re.compile(
    r"\s*(?:[一二三四五六七八九十]{1,3}、|第[一二三四五六七八九十]{1,3}[章节部]|附[件表]?[：:])"
)
CAPTION = re.compile(r"\s*第.{1,6}条")
"""The captions of the second table name articles of the regulation."""


class Merge(NamedTuple):
    """A cell that covers others: its rows and columns, from 0, the last ones included."""

    top: int
    left: int
    bottom: int
    right: int


Cells = dict[tuple[int, int], str]
"""The texts of a sheet that are not blank, by row and column from 0."""
Rows = dict[int, dict[int, str]]
Merges = dict[tuple[int, int], Merge]


class Workbook:
    """Takes the sheets of a workbook in their order, and keeps the bounds of the whole.

    Args:
        where: its address, for errors.
        from_1904: whether days are counted from 1904.

    Attributes:
        where: its address.
        notes: worth keeping, as words.
    """

    def __init__(self, where: str, *, from_1904: bool = False) -> None:
        self.notes: set[str] = set()
        self.where = where
        self._from_1904 = from_1904
        self._blocks: list[Block] = []
        self._cells_left = FILES.workbook_cells
        self._places_left = _MOST_PLACES

    def show_number(self, stored: Decimal, number_format: str) -> str:
        """Return a number as its cell shows it; as it is stored where the format's code is not imitated."""
        shown = show_number(stored, number_format, from_1904=self._from_1904)
        if not shown.is_plain:
            self.notes.add("format_not_shown")
        return shown.text

    def add_sheet(
        self, name: str, cells: Iterable[Placed], merges: Iterable[Merge], *, is_hidden: bool
    ) -> None:
        """Take the next sheet.

        Args:
            name: as its tab says.
            cells: row and column from 0 and text of each; blank ones are left out here.
            merges: its merged cells, in any order.
            is_hidden: whether a reader of the workbook has to ask for it.

        Raises:
            UnreadableDocument: `too_big`: it has more than `workbook_cells` cells that are not blank.
        """
        kept: Cells = {}
        for row, column, text in cells:
            if not text.strip() or row > LAST_ROW or column > LAST_COLUMN:
                continue
            self._cells_left -= 1
            if self._cells_left < 0:
                raise UnreadableDocument(f"too_big: more than {FILES.workbook_cells} cells", where=self.where)
            kept[row, column] = text
        if is_hidden and kept:
            self.notes.add("hidden_sheets")
        if kept and not UNNAMED.match(name):
            self._blocks.append(Block(name))
        rows, held = _shown_cells(kept, list(islice(merges, FILES.workbook_merges)))
        if sum(map(len, rows.values())) < len(kept):
            self.notes.add("covered_text")
        for part in _split_parts(rows, held):
            if isinstance(part, str):
                self._blocks += (Block(line) for line in part.split("\n") if line.strip())
            else:
                self._add_table({row: rows[row] for row in part if row in rows}, part, held)

    def add_drawing(self, root: Element) -> None:
        """Take what floats above the last sheet: text boxes as lines; pictures and charts are noted."""
        self.notes.update(
            note for name, note in PICTURE_NOTES.items() if next(root.iter(f"{{*}}{name}"), None) is not None
        )
        for paragraph in root.iter("{*}p"):
            text = "".join(piece.text or "" for piece in paragraph.iter("{*}t")).strip()
            self._blocks += [Block(text)] if text else []

    def _add_table(self, rows: Rows, numbers: Sequence[int], merges: Merges) -> None:
        grid = _lay_out_table(rows, numbers, merges, self._places_left)
        if grid.capped:
            self.notes.add("table_capped")
        else:
            self._places_left -= sum(map(len, grid.rows))
        self._blocks.append(table_block(grid))

    def finish(self, extractor: str) -> FileText:
        """Return all sheets as one file.

        Raises:
            UnreadableDocument: `no_text`: all cells are blank.
        """
        if not self._blocks:
            raise UnreadableDocument("no_text: all cells are blank", where=self.where)
        return FileText(tuple(self._blocks), extractor, notes=tuple(sorted(self.notes)))


def fold_cell_text(stored: str) -> str:
    """Return the text of a cell with line feeds for its line ends and spaces for its tabs."""
    return stored.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").strip()


def _shown_cells(cells: Cells, merges: Sequence[Merge]) -> tuple[Rows, Merges]:
    """Return the cells by row, without those that a merged cell hides, and merged cells that hold text."""
    hidden = set(_hidden_cells(cells, merges))
    rows: Rows = {}
    for (row, column), text in sorted(cells.items()):
        if (row, column) not in hidden:
            rows.setdefault(row, {})[column] = text
    return rows, {(each.top, each.left): each for each in merges if (each.top, each.left) in cells}


def _hidden_cells(cells: Cells, merges: Iterable[Merge]) -> Iterator[tuple[int, int]]:
    columns: dict[int, list[int]] = {}
    for row, column in sorted(cells):
        columns.setdefault(row, []).append(column)
    numbers = list(columns)
    for each in merges:
        for row in numbers[bisect_left(numbers, each.top) : bisect_right(numbers, each.bottom)]:
            own = columns[row]
            for column in own[bisect_left(own, each.left) : bisect_right(own, each.right)]:
                if (row, column) != (each.top, each.left):
                    yield row, column


def _split_parts(rows: Rows, merges: Merges) -> Iterator[str | list[int]]:
    """Yield lines, and the numbers of rows that form a table."""
    held_until = -1
    table: list[int] = []
    last = -2
    for row, cells in rows.items():
        is_held = row <= held_until
        is_line = not is_held and _is_line(row, cells, merges, in_table=bool(table) and row == last + 1)
        if table and (is_line or (row != last + 1 and not is_held)):
            yield table
            table = []
        if is_line:
            yield next(iter(cells.values()))
        else:
            table.append(row)
            own = [merge.bottom for column in cells if (merge := merges.get((row, column)))]
            held_until = max([held_until, *(min(bottom, row + GRIDS.most_rows) for bottom in own)])
        last = row
    if table:
        yield table


def _is_line(row: int, cells: Mapping[int, str], merges: Merges, *, in_table: bool) -> bool:
    column, text = next(iter(cells.items()))
    merge = merges.get((row, column))
    is_caption = merge is not None and merge.right > merge.left and CAPTION.match(text)
    if len(cells) > 1 or is_row_label(text) or is_caption:
        return False
    return not in_table or bool(HEADING.match(text)) or len(text) > FILES.sheet_prose_chars


def _lay_out_table(rows: Rows, numbers: Sequence[int], merges: Merges, places_left: int) -> Grid:
    first, left = numbers[0], min(min(cells) for cells in rows.values())
    places_held = ((row, column) for row, cells in rows.items() for column in cells)
    own = [merges[place] for place in places_held if place in merges]
    ends = [
        *(max(cells) for cells in rows.values()),
        *(min(m.right, m.left + GRIDS.most_columns) for m in own),
    ]
    height, width = numbers[-1] - first + 1, max(ends) - left + 1
    if height > GRIDS.most_rows or width > GRIDS.most_columns or height * width > places_left:
        return unexpanded_grid([*cells.values()] for cells in rows.values())
    origins = []
    for row, cells in rows.items():
        for column, text in cells.items():
            y, x = row - first, column - left
            merge = merges.get((row, column))
            down = 1 if merge is None else min(merge.bottom - row + 1, height - y)
            across = 1 if merge is None else min(merge.right - column + 1, width - x)
            origins.append(Cell(text, y, x, down, across))
    return lay_out_cells(origins, height, width)


# A stored number as its sheet shows it, where the format of the cell is plain.
#
#     0.30000000000000004, General   ─▶ 0.3        1234.5, "#,##0"   ─▶ 1,235
#     0.125, "0.0%"                  ─▶ 12.5%      43831, "yyyy-m-d" ─▶ 2020-1-1
#
# A format that is not plain (conditions, fractions, figures shown in thousands, names of months) is not
# imitated: the number is then told as it is stored, and that this was done. A negative number always has its
# sign, also where the format shows it by colour or brackets alone. Ours, since LibreOffice shows built-in
# formats as America does.

# Digits that a sheet keeps of a number (IEEE 754); what is beyond is how binary fractions come out.
_PRECISION = 15
LONGEST = 40
"""Digits of a number that are written out."""
# Of the numbers that sheets can store (IEEE 754).
_LARGEST_EXPONENT = 308
# 31 December 9999, the last day of sheets (ECMA-376 part 1, 18.17.4.1).
_LAST_DAY = 2_958_465
# A workbook may count days from 1 January 1904 (`date1904` in its properties).
DAYS_TO_1904 = 1_462
BUILT_IN: Mapping[int, str] = load_table("number_formats")["built_in"]
"""Formats that are not stored, by their number."""
# ECMA-376 part 1, 18.8.31: what a code is made of. WPS writes ! for \, and colours in Chinese.
_PIECE = re.compile(
    r'"(?P<quoted>[^"]*)"|[\\!](?P<escaped>.)|\[\$(?P<currency>[^-\]]*)(?:-[0-9a-f,]+)?\]'
    r"|(?P<unshown>[_*].|\[(?:black|blue|cyan|green|magenta|red|white|yellow|(?:colou?r|颜色)\s*\d+|[黑蓝青绿红白黄]色?)\])"
    r"|(?P<general>General|G/通用格式|@)|(?P<figure>[#0?.,]+)|(?P<date>y+|m+|d+|h+|s+)"
    r"|(?P<literal>[-+():¥￥$€ /年月日时分秒%])|(?P<end>;)|(?P<odd>.)",
    re.IGNORECASE | re.DOTALL,
)
_PLACES = re.compile(r"(?P<whole>[#0?,]*?)(?P<fraction>\.[#0?]*)?$")
_GROUP = re.compile(r"(?<=\d)(?=(?:\d{3})+$)")


class Shown(NamedTuple):
    """A number as shown.

    Attributes:
        text: its characters; empty where the format shows none.
        is_plain: whether the format is one that is imitated.
    """

    text: str
    is_plain: bool = True


def show_number(stored: Decimal, number_format: str, *, from_1904: bool = False) -> Shown:
    """Return a number as its cell shows it.

    Args:
        stored: the number.
        number_format: the format's code, with its sections.
        from_1904: whether days are counted from 1904.
    """
    if not stored.is_finite() or abs(stored.adjusted()) > _LARGEST_EXPONENT:
        return Shown(str(stored), is_plain=False)
    number = _as_kept(stored)
    sections = _split_sections(number_format)
    # The second of several sections shows what is negative, the third zero.
    at = 1 if number < 0 else 2 if number == 0 else 0
    section = sections[at if at < len(sections) else 0]
    text = None
    if any(kind == "date" for kind, _ in section):
        text = _show_date(number, section, from_1904=from_1904)
    elif _is_plain_figure(section):
        text = _show_figure(number, section)
    return Shown(_show_general(number), is_plain=False) if text is None else Shown(text)


Pieces = tuple[tuple[str, str], ...]
"""Of one section of a format: the kind of each, by its group in `_PIECE`, and what it shows."""


@lru_cache(maxsize=1_000)
def _split_sections(code: str) -> tuple[Pieces, ...]:
    sections: list[list[tuple[str, str]]] = [[]]
    for found in _PIECE.finditer(code or "General"):
        kind = str(found.lastgroup)
        if kind == "end":
            sections.append([])
        elif kind != "unshown":
            sections[-1].append((kind, found[kind]))
    return tuple(map(tuple, sections[:3]))


def _as_kept(stored: Decimal) -> Decimal:
    with localcontext() as context:
        context.prec = _PRECISION
        context.rounding = ROUND_HALF_UP
        # A whole number that is stored in full keeps all of its digits.
        return stored if stored == stored.to_integral_value() and stored.adjusted() <= _PRECISION else +stored


def _show_general(number: Decimal) -> str:
    if number == 0:
        return "0"
    return str(number.normalize()) if abs(number.adjusted()) > LONGEST else f"{number.normalize():f}"


def _is_plain_figure(section: Pieces) -> bool:
    """Tell whether a section shows one number, in places that are no fraction and no thousands."""
    kinds = [kind for kind, _ in section]
    places = [text for kind, text in section if kind == "figure"]
    if "odd" in kinds or len(places) + kinds.count("general") > 1:
        return False
    # A comma behind the places shows thousands.
    return not places or not (
        ("literal", "/") in section
        or not _PLACES.match(places[0])
        or places[0].endswith(",")
        or ",." in places[0]
    )


def _show_figure(number: Decimal, section: Pieces) -> str:
    with localcontext() as context:
        context.prec = _LARGEST_EXPONENT + LONGEST
        scaled = abs(number) * 100 ** section.count(("literal", "%"))
        text = ""
        for kind, piece in section:
            if kind == "general":
                text += _show_general(scaled)
            else:
                text += _fill_places(scaled, piece) if kind == "figure" else piece
    text = text.strip()
    has_sign = any(piece == "-" for _, piece in section)
    if number < 0 and not has_sign and any(digit in "123456789" for digit in text):
        return f"-{text.removeprefix('(').removesuffix(')')}" if text.startswith("(") else f"-{text}"
    return text


def _fill_places(number: Decimal, places: str) -> str:
    found = _PLACES.match(places)
    whole, fraction = (found["whole"], found["fraction"] or "") if found else (places, "")
    if len(fraction) > LONGEST or (number and abs(number.adjusted()) > LONGEST):
        return _show_general(number)
    digits = f"{number.quantize(Decimal(1).scaleb(-len(fraction[1:])), ROUND_HALF_UP):f}"
    before, _, behind = digits.partition(".")
    least = fraction.count("0")
    behind = behind[:least] + behind[least:].rstrip("0")
    before = before.lstrip("0").rjust(whole.count("0"), "0")
    if "," in whole:
        before = _GROUP.sub(",", before)
    return f"{before}.{behind}" if behind else before


def _show_date(serial: Decimal, section: Pieces, *, from_1904: bool) -> str | None:
    """Return a day and a time as shown; None for names of months and days, and for what is no day."""
    if not 0 <= serial <= _LAST_DAY - (DAYS_TO_1904 if from_1904 else 0) or any(
        kind == "odd" for kind, _ in section
    ):
        return None
    # The first sheets held 1900 for a leap year, and all since do: days before March 1900 are one less.
    first = dt.datetime(1904, 1, 1) if from_1904 else dt.datetime(1899, 12, 30 if serial >= 60 else 31)  # noqa: DTZ001  sheets know no zones
    moment = first + dt.timedelta(seconds=round(float(serial) * 86_400))
    units = [text[0].lower() for kind, text in section if kind == "date"]
    shown, at = "", -1
    for kind, piece in section:
        at += kind == "date"
        part = _date_part(moment, piece, units, at) if kind == "date" else piece
        if part is None:
            return None
        shown += part
    return shown.strip()


def _date_part(moment: dt.datetime, part: str, units: list[str], at: int) -> str | None:
    unit = units[at]
    if unit == "y":
        return f"{moment.year:04d}" if len(part) > 2 else f"{moment.year % 100:02d}"
    if len(part) > 2:
        return None
    # Minutes share a letter with months: they follow hours, or stand before seconds.
    if unit == "m" and ("h" in units[max(0, at - 1) : at] or "s" in units[at + 1 : at + 2]):
        number = moment.minute
    else:
        number = {"m": moment.month, "d": moment.day, "h": moment.hour, "s": moment.second}[unit]
    return f"{number:02d}" if len(part) == 2 else str(number)
