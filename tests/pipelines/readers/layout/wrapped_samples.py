"""Printed tables without rules: labels over several lines, their figures beside the first, middle or last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.forms.form_model import CellState
from tests.pipelines.readers.ofd_tables import LEFT, ROW, TOP, cells, wrapped
from tests.pipelines.readers.ofd_written import SIZE, OfdPage, ofd, text_object
from tests.pipelines.readers.pdf_samples import FONT, Text, draw_pdf, texts
from tests.pipelines.statutory.judging import inexact_cells, key_of, wrong_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.pipelines.statutory.filling import FilledForm
    from tests.pipelines.statutory.sheets import Sheet

HINTS = Hints("http://www.qingxi.example/nb/report")
PLACES = {"top": 0.0, "middle": 0.5, "bottom": 1.0}
"""Of the lines that a label has more than its figures: how many stand above the figures."""
TITLES = ("清溪县人民政府2023年政府信息公开工作年度报告", "三、收到和处理政府信息公开申请情况")
PAGE_MM = (340.0, 700.0)
_POINTS = 72 / 25.4
_LINE = 4.2
Placed = tuple[str, float, float]
"""A text and where its base line begins, in millimetres."""


def placed(sheet: Sheet, place: float, pitch: float = _LINE, row: float = ROW) -> Iterator[Placed]:
    """Yield the lines of a table with a column of labels and of the titles above it.

    Args:
        sheet: the table.
        place: where figures stand beside their label, see `PLACES`.
        pitch: from a line of a label to the next, in millimetres.
        row: from a row to the next, in millimetres.
    """
    for number, title in enumerate(TITLES):
        yield title, 10, 12 + 10 * number
    rows: dict[float, int] = {}
    for box, (left, top_edge, right, _) in cells(sheet, 1):
        top = TOP + (top_edge - TOP) * row / ROW
        lines = wrapped(box.text, right - left - 2)
        more = rows.setdefault(top, len(lines)) - len(lines) if left > LEFT and not box.is_header else 0
        start = top + 3.6 + pitch * place * max(more, 0)
        if left == LEFT:
            rows[top] = len(lines)
        for number, line in enumerate(lines):
            yield line, left + 1, start + pitch * number


def as_ofd(lines: list[Placed]) -> bytes:
    """Return lines as OFD."""
    objects = [text_object(text, round(x, 2), round(y, 2)) for text, x, y in lines]
    return ofd(OfdPage(objects, area=f"0 0 {PAGE_MM[0]:g} {PAGE_MM[1]:g}"))


def as_pdf(lines: list[Placed]) -> bytes:
    """Return lines as PDF."""
    size = SIZE * _POINTS
    page = [Text(text, x * _POINTS, y * _POINTS - size, size, FONT) for text, x, y in lines]
    return draw_pdf([texts(*page)], (PAGE_MM[0] * _POINTS, PAGE_MM[1] * _POINTS))


def misread(payload: bytes, filled: FilledForm) -> tuple[list[str], list[str]]:
    """Return what is stated that is not printed so, and which cells were not read as they are printed.

    A cell that has no value and says that it could not be read states nothing.
    """
    facts = [fact for fact in read_document(payload, HINTS).facts if fact.table_key == "t3"]
    printed = {key: cell.text.strip() for key, cell in filled.cells.items()}
    blank = [
        key for fact in facts if fact.state is CellState.BLANK and (key := key_of(fact)) and printed[key]
    ]
    unread = [cell for cell in inexact_cells(facts, filled) if cell.startswith("t3")]
    return [*wrong_values(facts, filled), *map(str, blank)], unread
