"""The report as the page of a portal."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from tests.renditions.model import Heading, Paragraph

if TYPE_CHECKING:
    from tests.renditions.model import Cell, Part, PrintedReport, PrintedTable


def to_html(report: PrintedReport) -> bytes:
    """Return the report as HTML in UTF-8, its tables with spans."""
    body = "\n".join(map(_part, report.parts))
    title = escape(report.title)
    return (
        f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="ArticleTitle" content="{title}"></head>\n'
        f'<body><h1>{title}</h1><div class="TRS_Editor">\n{body}\n</div></body></html>\n'
    ).encode()


def _part(part: Part) -> str:
    match part:
        case Heading(text):
            return f"<p><strong>{escape(text)}</strong></p>"
        case Paragraph(text):
            return f"<p>{escape(text)}</p>"
        case _:
            return _table(part)


def _table(table: PrintedTable) -> str:
    rows = ("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in table.rows)
    return '<table border="1">\n' + "\n".join(rows) + "\n</table>"


def _cell(cell: Cell) -> str:
    columns = f' colspan="{cell.columns}"' if cell.columns > 1 else ""
    rows = f' rowspan="{cell.rows}"' if cell.rows > 1 else ""
    return f"<td{columns}{rows}><p>{escape(cell.text)}</p></td>"
