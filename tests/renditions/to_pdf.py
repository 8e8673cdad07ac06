"""The report as a PDF with a text layer."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from tests.renditions.layout import Rules, Style, set_pages, text_width

if TYPE_CHECKING:
    from tests.renditions.model import PrintedReport

STYLES = {
    "ruled": Style(),
    "unruled": Style(rules=Rules.NONE),
    "horizontal": Style(rules=Rules.HORIZONTAL),
    "split": Style(is_split=True, height=560.0),
    "split_repeated": Style(is_split=True, is_repeated=True, height=560.0),
    "landscape": Style(width=842.0, height=595.0, is_split=True),
}
"""How reports are set, by name."""

_FONT = "STSong-Light"


def to_pdf(report: PrintedReport, style: Style) -> bytes:
    """Return the report as PDF.

    The font is one that every viewer brings; it is not embedded, as in many a report. Each text is stretched
    to the width that the layout gives it.
    """
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    written = BytesIO()
    canvas = Canvas(written, pagesize=(style.width, style.height), invariant=1)
    canvas.setTitle(report.title)
    for page in set_pages(report, style):
        canvas.setLineWidth(0.5)
        for rule in page.rules:
            canvas.line(rule.x0, style.height - rule.y0, rule.x1, style.height - rule.y1)
        for text in page.texts:
            line = canvas.beginText(text.x, style.height - text.y)
            line.setFont(_FONT, text.size)
            stretch = text_width(text.text, text.size) / canvas.stringWidth(text.text, _FONT, text.size)
            line.setHorizScale(100 * stretch)
            line.textOut(text.text)
            canvas.drawText(line)
        canvas.showPage()
    canvas.save()
    return written.getvalue()
