"""What one printed cell states: a number, a blank, a dash, several figures, words, or a layout gone wrong.

The rule above all others: a cell has a value only where every character of it is accounted for. Nothing is
joined, split, completed or rescaled; a unit comes back as printed. NFKC is not used, since it would turn the
footnote in `17①` and the exponent in `17²` into digits: only the full-width ASCII forms are folded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from pipelines.forms.form_model import CellState, Fact, Measure
from pipelines.forms.labels import FULL_WIDTH, STATUTORY, UNSEEN
from pipelines.grid import TableRow
from pipelines.structs import FrozenStruct

# Zero-width characters count as white space: at the edges they are nothing, between digits they may be a
# border. The white space that makes groups of thousands is kept apart from all other.
_FOLDED = str.maketrans(
    {
        **FULL_WIDTH,
        **dict.fromkeys(UNSEEN, " "),
        **dict.fromkeys("−﹣‐‑–", "-"),
        "\u202f": "\u2009",
        "﹢": "+",
    }
)
# A slash, a star and an underscore are drawn for a dash, too, where a form wants none left blank.
_DASH_CHARS = "-—―─━/\\*_"
_DASHES = re.compile(rf"[{re.escape(_DASH_CHARS)}\s]+|无|暂无|不涉及|未涉及|不适用|[nN]/?[aA]")
# What reports count their figures in; whatever else stands behind one makes words of the cell.
_COUNTED = "件次|件|项次|项|个|宗|次|条|份|起|例|人次|人|篇|期|场|家|户|笔|名|类|批|册|部|种|处|页|字"
_UNIT = rf"(?:[十百千]?[万亿]|万亿|千|百)?(?:元|美元|港元|{_COUNTED})|万亿|[万亿]"
_UNIT_ALONE = re.compile(_UNIT)
# Thousands are parted by commas, or by a thin space (U+2009).
_FIGURE = (
    r"〇|[0-9]+(?:\.[0-9]+)?"
    r"|[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]{1,3}(?:\u2009[0-9]{3})+(?:\.[0-9]+)?"
)
_SIGNS = {
    **dict.fromkeys(("+", "增", "增加", "增长", "新增", "净增", "↑"), ""),
    **dict.fromkeys(("-", "减", "减少", "下降", "净减", "↓"), "-"),
}
# White space behind a minus is not allowed: there it may as well be a dash in a cell of its own.
_SINGLE = re.compile(
    r"(?:(?P<sign>-)|(?P<change>\+|净?增|增加|增长|新增|净?减|减少|下降|↑|↓)\s*)?"
    r"(?:(?P<currency>[¥\uffe5]|人民币)\s*)?"
    rf"(?P<figure>{_FIGURE})\s*"
    rf"(?:(?P<unit>{_UNIT})|\((?P<bracketed>{_UNIT})\))?\s*(?P<arrow>[↑↓])?"
)
# 上海 2025: 22（其中修订16件）, 55（含自然失效29件）. What such a note counts is part of the figure.
_NOTE = re.compile(r"\s*\((?:其中|含|不含|包含|包括|不包括)[^()]{1,60}\)$")
_OF_FIGURES = frozenset("0123456789.,")
# A column narrower than its figure tears it over two lines.
_TORN = re.compile(rf"[-+—―─\s]*[.,]?[0-9][0-9.,\s]*(?:{_UNIT})?[—―─\s]*")
# Possessive throughout, so that a cell of a thousand pieces is parted in one way only.
_ONE_OF_SEVERAL = rf"(?:[-+↑↓]|[净新]?[增减][加少长]?|下降)?\s*+[0-9][0-9.]*+\s*+(?:{_UNIT})?+[↑↓]?+"
_COMPOUND = re.compile(rf"{_ONE_OF_SEVERAL}(?:[/\\;、,|(\[~:和及与至+\s-]*+{_ONE_OF_SEVERAL}[)\]]?+)+")


class CellReading(FrozenStruct):
    """What a cell states.

    Attributes:
        state: what stands in it.
        value: the number as plain decimal digits; None unless `state` is `number` or `zero`.
        unit: as printed in the cell; None where none is.
    """

    state: CellState
    value: str | None = None
    unit: str | None = None


def read_cell(raw: str, measure: Measure) -> CellReading:
    """Read one cell as printed; any text is read, and none raises. A note behind the figure stays in `raw`.

    Args:
        raw: the cell as printed; its blocks or broken lines are separated by line feeds.
        measure: what its column holds. A printed sign, an arrow, 增 or 减 counts for a change only; a minus
            counts everywhere, since a negative count is for the checks to find.
    """
    if raw.isascii() and raw.isdigit():  # nearly every cell that states something
        return _read_figure(raw, measure)
    text = raw.translate(_FOLDED).strip()
    is_short = 0 < len(text) <= STATUTORY.cell_chars
    found = _SINGLE.fullmatch(_NOTE.sub("", text)) if is_short else None
    return _read_single(found, measure) if found else CellReading(_state_of(text))


def number_of(text: str) -> Decimal | None:
    """Return the number that a cell states; None where it states none."""
    return _number_read(read_cell(text, Measure.COUNT))


def counted_number(text: str) -> Decimal | None:
    """Return what a cell counts for in a sum: its number, and nothing for a dash; None for any other."""
    reading = read_cell(text, Measure.COUNT)
    return Decimal(0) if reading.state is CellState.DASH else _number_read(reading)


def _number_read(reading: CellReading) -> Decimal | None:
    return None if reading.value is None else Decimal(reading.value)


def texts_add_up(figures: Iterable[str]) -> bool:
    """Tell whether the last of several figures is the sum of the others; a dash adds nothing."""
    numbers = [counted_number(text) for text in figures]
    if len(numbers) < 3 or None in numbers:
        return False
    *parts, whole = (number for number in numbers if number is not None)
    return sum(parts) == whole


def fact_of_cell(
    row: TableRow | None,
    row_label: str,
    column_label: str | None,
    reading: CellReading,
    raw: str | None,
    **known: Any,
) -> Fact:
    """Return a cell as a fact of no table yet.

    Args:
        row: that it stands in; None where it is not printed.
        row_label: of the row.
        column_label: of the column.
        reading: what its text was read as.
        raw: its text.
        known: what else is known of it, by attribute; a unit goes before that of the reading.
    """
    known.setdefault("unit", reading.unit)
    return Fact(
        row_label=row_label,
        column_label=column_label,
        value=reading.value,
        raw=raw,
        state=reading.state,
        start=row.start if row else None,
        grid_row=row.number if row else None,
        **known,
    )


def is_unit(text: str) -> bool:
    """Tell whether a cell holds a unit alone (件, 万元)."""
    return _UNIT_ALONE.fullmatch(text.translate(_FOLDED).strip()) is not None


def _state_of(text: str) -> CellState:
    """Return what stands in a cell that states no one figure."""
    if not text:
        return CellState.BLANK
    if _DASHES.fullmatch(text):
        return CellState.DASH
    is_long = len(text) > STATUTORY.cell_chars
    if _OF_FIGURES.issuperset("".join(text.split())) if is_long else _TORN.fullmatch(text):
        return CellState.LAYOUT_ERROR
    return CellState.TEXT if is_long or not _COMPOUND.fullmatch(text) else CellState.COMPOUND


def _read_single(found: re.Match[str], measure: Measure) -> CellReading:
    marks = [mark for mark in found.group("sign", "change", "arrow") if mark]
    if len(marks) > 1 or (marks and measure is not Measure.CHANGE and marks != ["-"]):
        return CellReading(CellState.TEXT)
    digits = found["figure"].replace("〇", "0").replace(",", "").replace("\u2009", "")
    unit = found["unit"] or found["bracketed"] or found["currency"]
    return _read_figure(digits, measure, _SIGNS[marks[0]] if marks else "", unit)


def _read_figure(digits: str, measure: Measure, sign: str = "", unit: str | None = None) -> CellReading:
    if not _is_one_figure(digits, measure):
        return CellReading(CellState.LAYOUT_ERROR)
    if not digits.strip("0."):
        return CellReading(CellState.ZERO, "0", unit)
    return CellReading(CellState.NUMBER, sign + digits, unit)


def _is_one_figure(digits: str, measure: Measure) -> bool:
    whole, _, decimals = digits.partition(".")
    if len(whole) > 1 and whole.startswith("0"):
        return False
    most = STATUTORY.money_digits if measure is Measure.MONEY else STATUTORY.count_digits
    return len(whole) <= most and len(decimals) <= STATUTORY.decimals
