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


def draw_as_chrome(text: str, top: float = 200, size: float = 12) -> bytes:
    """Return a file that shows a line as Chrome prints it: a Type 3 font, each character placed in a form.

    Every character is drawn as a square, 一 as a low bar; the form is scaled and turned upside down. Of
    characters that share their glyph with a radical (行, ⾏) the file states which they are.
    """
    codes = {char: number for number, char in enumerate(dict.fromkeys(text), 1)}
    glyphs = dict.fromkeys(codes, b"1000 0 0 -120 1000 860 d1 50 0 900 800 re f")
    glyphs["一"] = b"1000 0 50 350 950 450 d1 50 350 900 100 re f"
    scale = 0.24
    placed = b"".join(
        b"%sBT /F 1 Tf %f 0 0 %f %f %f Tm <%02x> Tj ET EMC\n"
        % (
            b"/Span << /ActualText <feff%s> >> BDC " % _hex(char) if char in "行人文" else b"/Span BMC ",
            *(size / scale, -size / scale, (60 + at * size) / scale, top / scale, codes[char]),
        )
        for at, char in enumerate(text)
    )
    mapped = b"".join(b"<%02x> <%s>\n" % (code, _hex(char)) for char, code in codes.items())
    to_unicode = (
        b"begincmap 1 begincodespacerange <00> <ff> endcodespacerange "
        b"%d beginbfchar\n%sendbfchar endcmap" % (len(codes), mapped)
    )
    of_page = b"/MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >>"
    of_form = b"/Subtype /Form /BBox [0 0 9999 9999] /Resources << /Font << /F 6 0 R >> >>"
    of_font = b"/FontBBox [0 -120 1000 860] /FontMatrix [.001 0 0 .001 0 0] /Resources << >> /ToUnicode 7 0 R"
    names = b" ".join(b"/g%d" % code for code in codes.values())
    procs = b" ".join(b"/g%d %d 0 R" % (code, 7 + code) for code in codes.values())
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R %s >>" % of_page,
        _stream(b"q %f 0 0 %f 0 842 cm /X Do Q" % (scale, -scale)),
        _stream(placed, b"/Type /XObject " + of_form),
        b"<< /Type /Font /Subtype /Type3 %s /FirstChar 1 /LastChar %d /Widths [%s] /CharProcs << %s >>"
        b" /Encoding << /Type /Encoding /Differences [1 %s] >> >>"
        % (of_font, len(codes), b"1000 " * len(codes), procs, names),
        _stream(to_unicode),
        *(_stream(glyphs[char]) for char in codes),
    ]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, one) for number, one in enumerate(objects, 1))
    return b"%%PDF-1.7\n%strailer << /Root 1 0 R /Size %d >>\n%%%%EOF" % (body, len(objects) + 1)


def _hex(char: str) -> bytes:
    return char.encode("utf-16-be").hex().encode()


def _stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(data), data)
