"""The report as OFD (GB/T 33190), written by ourselves: a zip of XML, lengths in millimetres."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from tests.renditions.layout import Style, set_pages, text_width
from tests.renditions.packing import pack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.renditions.layout import Page, Rule, Text
    from tests.renditions.model import PrintedReport

_NAMES = 'xmlns:ofd="http://www.ofdspec.org/2016"'
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_MM = 25.4 / 72
_FONT_ID = 3
_FIRST_ID = 100


def to_ofd(report: PrintedReport, style: Style) -> bytes:
    """Return the report as OFD, set as a PDF of this style is."""
    pages = set_pages(report, style)
    members = {
        "OFD.xml": _entry(report.title),
        "Doc_0/Document.xml": _document(len(pages), style),
        "Doc_0/PublicRes.xml": _resources(),
    }
    for number, page in enumerate(pages):
        members[f"Doc_0/Pages/Page_{number}/Content.xml"] = _content(page, style, _FIRST_ID * (number + 1))
    return pack({name: (_HEAD + text).encode() for name, text in members.items()})


def _entry(title: str) -> str:
    return (
        f'<ofd:OFD {_NAMES} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo>'
        f"<ofd:DocID>0123456789abcdef0123456789abcdef</ofd:DocID><ofd:Title>{escape(title)}</ofd:Title>"
        "</ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
    )


def _document(pages: int, style: Style) -> str:
    listed = "".join(
        f'<ofd:Page ID="{10 + number}" BaseLoc="Pages/Page_{number}/Content.xml"/>' for number in range(pages)
    )
    return (
        f"<ofd:Document {_NAMES}><ofd:CommonData><ofd:MaxUnitID>100000</ofd:MaxUnitID>"
        f"{_area(style)}<ofd:PublicRes>PublicRes.xml</ofd:PublicRes></ofd:CommonData>"
        f"<ofd:Pages>{listed}</ofd:Pages></ofd:Document>"
    )


def _resources() -> str:
    return (
        f'<ofd:Res {_NAMES} BaseLoc="Res"><ofd:Fonts>'
        f'<ofd:Font ID="{_FONT_ID}" FontName="宋体" FamilyName="宋体"/></ofd:Fonts></ofd:Res>'
    )


def _area(style: Style) -> str:
    box = f"0 0 {_mm(style.width)} {_mm(style.height)}"
    return f"<ofd:PageArea><ofd:PhysicalBox>{box}</ofd:PhysicalBox></ofd:PageArea>"


def _content(page: Page, style: Style, first_id: int) -> str:
    objects = "".join(
        piece.format(id=first_id * 10 + at)
        for at, piece in enumerate([*map(_path, page.rules), *_texts(page)])
    )
    return (
        f"<ofd:Page {_NAMES}>{_area(style)}<ofd:Content>"
        f'<ofd:Layer ID="{first_id}" Type="Body">{objects}</ofd:Layer></ofd:Content></ofd:Page>'
    )


def _path(rule: Rule) -> str:
    """Return a rule as a path in a box of its own, which it may leave by nothing."""
    width, height = rule.x1 - rule.x0, rule.y1 - rule.y0
    box = f"{_mm(rule.x0)} {_mm(rule.y0)} {_mm(max(width, 0.5))} {_mm(max(height, 0.5))}"
    data = f"M 0 0 L {_mm(width)} {_mm(height)}"
    return (
        f'<ofd:PathObject ID="{{id}}" Boundary="{box}" LineWidth="0.18">'
        f"<ofd:AbbreviatedData>{data}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def _texts(page: Page) -> Iterator[str]:
    for text in page.texts:
        yield _text(text)


def _text(text: Text) -> str:
    width = text_width(text.text, text.size)
    box = f"{_mm(text.x)} {_mm(text.y - text.size)} {_mm(width)} {_mm(1.2 * text.size)}"
    steps = " ".join(_mm(text_width(char, text.size)) for char in text.text[:-1])
    delta = f' DeltaX="{steps}"' if steps else ""
    shown = escape(text.text).replace("{", "{{").replace("}", "}}")
    return (
        f'<ofd:TextObject ID="{{id}}" Boundary="{box}" Font="{_FONT_ID}" Size="{_mm(text.size)}">'
        f'<ofd:TextCode X="0" Y="{_mm(text.size)}"{delta}>{shown}</ofd:TextCode></ofd:TextObject>'
    )


def _mm(points: float) -> str:
    return f"{points * _MM:.3f}"
