"""Words where a page sets them, without a file, and the rows of the tables that they tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.grid import Box
from pipelines.readers.layout.geometry import Word
from pipelines.readers.layout.labelled_tables import find_labelled_tables
from tests.renditions.figures import table_of
from tests.renditions.layout import set_pages, text_width
from tests.renditions.model import FORM_YEARS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.readers.layout.labelled_tables import Unfinished
    from tests.renditions.layout import Page, Style
    from tests.renditions.model import PrintedReport

Rows = dict[str, tuple[str, ...]]
"""By label: the figures behind it, nothing where a cell is blank."""


def pages_of(report: PrintedReport, style: Style) -> list[list[Word]]:
    """Return the words of each page of a report."""
    return [list(words_on(page)) for page in set_pages(report, style)]


def words_on(page: Page) -> Iterator[Word]:
    """Yield the words of a page: its lines, parted where there is a space."""
    for line in page.texts:
        x = line.x
        for text in line.text.split(" "):
            if text:
                yield word(text, x, line.y, line.size)
            x += text_width(text + " ", line.size)


def word(text: str, left: float, bottom: float, size: float) -> Word:
    """Return a word that begins at a point of its baseline."""
    return Word(text, Box(left, bottom - 0.8 * size, left + text_width(text, size), bottom + 0.2 * size))


def rows_told(pages: Sequence[Sequence[Word]], columns: int) -> Rows:
    """Return the rows of all tables that are told and that have so many columns of figures.

    Raises:
        AssertionError: a label comes twice.
    """
    rows: Rows = {}
    unfinished: Unfinished | None = None
    for words in pages:
        tables = find_labelled_tables(words, unfinished)
        unfinished = next((table.unfinished for table in tables if table.unfinished), None)
        for table in tables:
            for cells in table.grid.rows:
                texts = ["".join(cell.text.split()) for cell in cells if cell.is_origin]
                label, figures = texts[-columns - 1] if len(texts) > columns else "", texts[-columns:]
                if label and is_row(label):
                    assert label not in rows, label
                    rows[label] = tuple(figures)
    return rows


def is_row(label: str) -> bool:
    """Tell whether a label is that of a row of the requests table, in any form."""
    return any(label == row.label for form in FORM_YEARS for row in table_of(form, "t3").blocks[0].rows)


def rows_printed(report: PrintedReport, form: str) -> Rows:
    """Return the rows of the requests table as a report prints them."""
    [block] = table_of(form, "t3").blocks
    return {
        row.label: tuple(report.figures["t3", None, row.key, column.key] for column in block.columns)
        for row in block.rows
    }
