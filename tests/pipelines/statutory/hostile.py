"""Tables made to stall, to exhaust or to mislead a reader."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

from tests.pipelines.statutory.arrangements import printed
from tests.pipelines.statutory.filling import fill
from tests.pipelines.statutory.layouts import TEXTS
from tests.pipelines.statutory.markup import MARKUPS, page
from tests.pipelines.statutory.mutations import add_column
from tests.pipelines.statutory.plain_text import report
from tests.pipelines.statutory.printed_forms import FORM_2021, HEADINGS, CellKey
from tests.pipelines.statutory.sheets import Box, Sheet, change_boxes
from tests.soak import SOAK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.pipelines.statutory.filling import FilledForm
    from tests.pipelines.statutory.sheets import Sheets

HTML, TEXT = "text/html; charset=utf-8", "text/plain; charset=utf-8"
TENTHS = 10 if SOAK else 3
"""Of the sizes named below, what is tried in `make test`: what grows with the square stalls at these too."""

DEPARTMENTS = "附：市直部门收到和处理政府信息公开申请情况"


def honest(seed: int = 5) -> FilledForm:
    """Return the form that every hostile report is filled with, but for what it adds."""
    return fill(FORM_2021, Random(seed), plain=True, complete=True)


def sheets_of(filled: FilledForm) -> Sheets:
    """Return its tables as the form prints them."""
    return printed(filled, HEADINGS, 3)


def as_page(sheets: Sheets, extra: str = "") -> tuple[bytes, str]:
    """Return a report as a page, with more markup before its end."""
    markup = page(sheets, MARKUPS["plain"], FORM_2021.year, Random(1))
    return markup.replace(b"</body>", extra.encode() + b"</body>"), HTML


def _as_text(table: str) -> tuple[bytes, str]:
    text = (
        f"云泽市人民政府2023年政府信息公开工作年度报告\n一、总体情况\n全年公开信息若干。\n{HEADINGS['t3']}\n"
    )
    return f"{text}{table}\n五、存在的主要问题及改进情况\n公开的深度还不够。\n".encode(), TEXT


def _wide() -> tuple[bytes, str]:
    row = "<tr><td colspan=10000>一、本年新收政府信息公开申请数量</td><td colspan=10000>3</td></tr>"
    return as_page((), f"<table>{row * 30}</table>")


def _nested() -> tuple[bytes, str]:
    return as_page((), "<table><tr><td>1</td><td>" * 1_000 + "自然人" + "</td></tr></table>" * 1_000)


def _digits_in_one_cell() -> tuple[bytes, str]:
    return as_page((), f"<table><tr><td>（一）予以公开</td><td>{'1' * (500_000 * TENTHS)}</td></tr></table>")


def _digits_in_one_line() -> tuple[bytes, str]:
    return _as_text("一、本年新收政府信息公开申请数量" + "1 " * (100_000 * TENTHS))


def _digits_glued() -> tuple[bytes, str]:
    return _as_text("一、本年新收政府信息公开申请数量" + "1" * (500_000 * TENTHS))


def _long_text(between: str) -> Callable[[], tuple[bytes, str]]:
    def build() -> tuple[bytes, str]:
        row = between.join(["（一）予以公开", *"1234567"])
        return _as_text("\n".join([row] * (2_000 * TENTHS)))

    return build


def _long_third() -> tuple[bytes, str]:
    second, third, fourth = sheets_of(honest())
    body = third.lines[3:]
    return as_page((second, third.with_lines((*third.lines[:3], *(body * (20 * TENTHS)))), fourth))


def _many_tables() -> tuple[bytes, str]:
    second, third, fourth = sheets_of(honest())
    return as_page((second, *(third.with_lines(third.lines) for _ in range(6 * TENTHS)), fourth))


def _labels_only() -> tuple[bytes, str]:
    return _as_text("\n".join(["总计\t其他\t其他处理\t结果维持"] * (2_000 * TENTHS)))


def _headings() -> tuple[bytes, str]:
    return _as_text("\n".join([HEADINGS["t3"], "自然人 总计"] * (2_000 * TENTHS)))


HEAVY: dict[str, Callable[[], tuple[bytes, str]]] = {
    "10,000 columns by colspan": _wide,
    "1,000 nested tables": _nested,
    "5 MB of digits in one cell": _digits_in_one_cell,
    "a million digits in a line": _digits_in_one_line,
    "5 MB of glued digits": _digits_glued,
    "20,000 rows by spaces": _long_text(" "),
    "20,000 rows by lines": _long_text("\n"),
    "20,000 rows glued": _long_text(""),
    "a third table of 5,000 rows": _long_third,
    "60 third tables": _many_tables,
    "80,000 labels": _labels_only,
    "20,000 headings": _headings,
}


def one_cell(text: str) -> Iterator[tuple[bytes, str]]:
    """Yield reports in which one cell of the third table holds a text: as a page, by tabs, and by spaces."""

    def changed(box: Box) -> Box:
        return replace(box, text=text) if box.key == CellKey("t3", None, "disclosed", "total") else box

    sheets = tuple(change_boxes(sheet, changed) for sheet in sheets_of(honest()))
    yield as_page(sheets)
    for layout in ("tabs", "spaces"):
        flat = tuple(TEXTS[layout].flatten(sheet, Random(1)) for sheet in sheets)
        yield report(flat, TEXTS[layout].write, FORM_2021.year, Random(1)), TEXT


def two_third_tables(own: FilledForm, departments: FilledForm) -> tuple[bytes, str]:
    """Return a report with its own third table and that of its departments below it."""
    second, third, fourth = sheets_of(own)
    other = sheets_of(departments)[1]
    return as_page((second, third, Sheet("t3", other.lines, DEPARTMENTS), fourth))


def empty_draft(filled: FilledForm) -> tuple[bytes, str]:
    """Return a draft: every table is there, no cell is filled."""
    return as_page(
        tuple(
            change_boxes(sheet, lambda box: Box("", None) if box.key else box) for sheet in sheets_of(filled)
        )
    )


def added_column(filled: FilledForm, chance: Random) -> tuple[bytes, str]:
    """Return a report whose third table has a column that the form does not know."""
    return as_page(add_column(sheets_of(filled), chance).sheets)
