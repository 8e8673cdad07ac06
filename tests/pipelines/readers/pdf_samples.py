"""PDF files that tests draw: lines of text where they are put, and tables by their rules."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

FONT = "STSong-Light"
A4 = (595.0, 842.0)
LEFT, SIZE, ROW = 72.0, 16.0, 20.0


@dataclass(frozen=True, slots=True)
class Text:
    """A text: where it begins, from the left and the top of the page, in points, and how large it is."""

    text: str
    left: float
    top: float
    size: float = SIZE
    font: str = FONT


def draw_pdf(
    pages: Iterable[Callable[[Canvas, float], None]],
    size: tuple[float, float] = A4,
    title: str = "",
    encryption: StandardEncryption | None = None,
) -> bytes:
    """Return a PDF; each page is drawn by a function of the canvas and the height of the page."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    written = BytesIO()
    canvas = Canvas(written, pagesize=size, invariant=1, encrypt=encryption)
    canvas.setTitle(title)
    for draw in pages:
        draw(canvas, size[1])
        canvas.showPage()
    canvas.save()
    return written.getvalue()


def texts(*placed: Text) -> Callable[[Canvas, float], None]:
    """Return a page of texts."""

    def draw(canvas: Canvas, height: float) -> None:
        for one in placed:
            canvas.setFont(one.font, one.size)
            canvas.drawString(one.left, height - one.top - one.size, one.text)

    return draw


def set_lines(lines: Sequence[str], top: float = 90.0) -> list[Text]:
    """Return lines as a page prints them: a line that begins with two wide blanks is indented."""
    return [
        Text(line.lstrip("\u3000"), LEFT + SIZE * (len(line) - len(line.lstrip("\u3000"))), top + 28 * number)
        for number, line in enumerate(lines)
    ]


def draw_grid(canvas: Canvas, top: float, rows: Sequence[Sequence[str]], lefts: Sequence[float]) -> None:
    """Draw a table in which every cell is closed by rules, its top measured from the foot of the page."""
    canvas.setFont(FONT, 8)
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            canvas.drawString(lefts[column] + 3, top - ROW * number - 13, text)
    bottom = top - ROW * len(rows)
    for number in range(len(rows) + 1):
        canvas.line(lefts[0], top - ROW * number, lefts[-1], top - ROW * number)
    for left in lefts:
        canvas.line(left, top, left, bottom)


def encrypted(user_password: str) -> StandardEncryption:
    """Return an encryption that a password opens; an empty one opens for everybody, but not for changes."""
    return StandardEncryption(user_password, ownerPassword="owner")
