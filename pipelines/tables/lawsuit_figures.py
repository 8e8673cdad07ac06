"""The figures of T4 below its heading, where no name of a column is left whole.

    四、政府信息公开行政复议、行政诉讼情况 ⏎ 结果 ⏎ 结果 ⏎ 其他 ⏎ 维持 ⏎ 纠正 … ⏎ 309 ⏎ 17 ⏎ 88 …

Its columns have few words, which extractors halve and print one after another. What stands below the heading
is the table as long as it is made of figures and of characters of those words; which is which, the sums tell.
Sentences may stand between the heading and the first of those words.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from pipelines.forms.form_catalogue import tables_of
from pipelines.forms.label_matching import heading_table
from pipelines.forms.labels import folded_label
from pipelines.grid import Layout
from pipelines.knowledge import load_table
from pipelines.tables.text_rows import (
    PrintedRow,
    is_figure,
    is_page_number_line,
    lines_between,
    table_of_rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.forms.form_model import Form
    from pipelines.grid import Table
    from pipelines.tables.text_rows import Line

# 宿迁 2023 through pdftotext: the next heading is printed before the last figures.
_TELLING = "行政诉讼"
_PASSED_OVER = re.compile(r"[五六]、|注[:：]")


def find_lawsuit_figures(text: str, start: int, end: int, forms: tuple[Form, ...]) -> Iterator[Table]:
    """Yield the figures below each heading of T4 in a stretch of text, as a table of two rows."""
    if _TELLING not in text:
        return
    heading: Line | None = None
    figures: list[Line] = []
    for line in lines_between(text, start, end):
        if heading_table(line.text.strip()) == "t4":
            heading, figures = line, []
        elif heading is None or line.is_blank or is_page_number_line(line.text):
            continue
        elif _is_part(line.text, forms) and (figures or not is_figure(line.text)):
            figures.append(line)
        elif bool(figures) is not bool(_PASSED_OVER.match(line.text.strip())):
            yield from _table_of(text, heading, figures)
            heading = None
    if heading:
        yield from _table_of(text, heading, figures)


def _is_part(line: str, forms: tuple[Form, ...]) -> bool:
    words = "".join(word for word in line.split() if not is_figure(word))
    return _characters(forms) >= set(folded_label(words))


@cache
def _characters(forms: tuple[Form, ...]) -> frozenset[str]:
    """Return the characters of all labels of T4."""
    labels = [entry["label"] for entry in load_table("form_labels")["tables"]["t4"]["spanning"]]
    labels += [column.label for table in tables_of("t4", forms) for column in table.columns]
    return frozenset(folded_label("".join(labels)))


def _table_of(text: str, heading: Line, lines: Sequence[Line]) -> Iterator[Table]:
    cells = [word for line in lines for word in line.text.split() if is_figure(word)]
    if cells:
        rows = [
            PrintedRow(heading.start, heading.end, (heading.text.strip(),)),
            PrintedRow(lines[0].start, lines[-1].end, tuple(cells)),
        ]
        yield table_of_rows(text, Layout.SPACES, rows)
