"""PDF files that are made to hang, to fill memory or to be fetched from; see `hostile_files`."""

from __future__ import annotations

import io
import zlib
from functools import partial
from typing import TYPE_CHECKING

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
_TEXT = b"BT /F1 12 Tf 72 700 Td (Annual report of the government) Tj ET\n"


def good_pdf(pages: int = 3, password: str | None = None) -> bytes:
    """Return a sound PDF with a few lines of text on each page."""
    file = io.BytesIO()
    canvas = Canvas(
        file, encrypt=StandardEncryption(password) if password else None, pageCompression=0, invariant=True
    )
    for page in range(pages):
        for line in range(20):
            canvas.drawString(
                72, 760 - 20 * line, f"Page {page + 1}, line {line + 1}: 120 applications, 3 left"
            )
        canvas.grid([72, 172, 272], [100, 120, 140])
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def pdf_of(objects: Sequence[bytes], trailer: bytes = b"", xref_at: int | None = None) -> bytes:
    """Return a PDF of these objects, numbered from 1, the first being the catalogue."""
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root 1 0 R%s>>\n" % (
        len(objects) + 1,
        trailer.replace(b"HERE", b"%d" % start),
    )
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % (start if xref_at is None else xref_at)


def stream(data: bytes, words: bytes = b"") -> bytes:
    """Return a stream object."""
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (words, len(data), data)


def one_page(
    content: bytes, *more: bytes, resources: bytes = b"", page: bytes = b"", box: bytes = b"0 0 595 842"
) -> bytes:
    """Return a PDF of one page; its content is object 4, its font 5, what more there is begins at 6."""
    return pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>%s>>%s>>"
            % (box, resources, page),
            content if b"stream" in content else stream(content),
            _FONT,
            *more,
        ]
    )


def deflated(data: bytes, times: int = 1, words: bytes = b"") -> bytes:
    """Return a stream packed so many times over."""
    for _ in range(times):
        data = zlib.compress(data, 9)
    return stream(data, b"/Filter[%s]" % (b"/FlateDecode" * times) + words)


def _picture(data: bytes, coding: bytes, side: int = 2000) -> bytes:
    words = b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray" % (side, side)
    body = stream(data, words + b"/BitsPerComponent 8/Filter/" + coding)
    return one_page(b"q 595 0 0 842 0 0 cm /I1 Do Q", body, resources=b"/XObject<</I1 6 0 R>>")


def _pages(count: int, told: int | None = None) -> bytes:
    kids = b" ".join(b"%d 0 R" % (5 + number) for number in range(count))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 3 0 R/Resources<</Font<</F1 4 0 R>>>>>>"
    tree = b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, told or count)
    return pdf_of([b"<</Type/Catalog/Pages 2 0 R>>", tree, stream(_TEXT), _FONT, *[page] * count])


def _forms(depth: int, calls: int, last: bytes) -> bytes:
    """Return a page whose drawing calls a drawing that calls a drawing …"""
    words = (
        b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>/XObject<</X %d 0 R>>>>"
    )
    forms = [stream(b"/X Do\n" * calls, words % (7 + level)) for level in range(depth)]
    return one_page(b"/X Do", *forms, last, resources=b"/XObject<</X 6 0 R>>")


def _tree_of(depth: int) -> bytes:
    nodes = [b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % (3 + level) for level in range(depth)]
    return pdf_of([b"<</Type/Catalog/Pages 2 0 R>>", *nodes, b"<</Type/Page/MediaBox[0 0 9 9]>>"])


_FORM = b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</XObject<</X 6 0 R>>>>"
_WIDE_MAP = b"1 begincodespacerange <0000><FFFFFFFF> endcodespacerange\n"
_WIDE_MAP += b"1 beginbfrange <0000><FFFFFFFE><0000> endbfrange"
_ACTIONS = {
    "javascript": b"<</S/JavaScript/JS(app.launchURL\\('http://127.0.0.1:PORT/'\\))>>",
    "launch": b"<</S/Launch/F(/bin/sh)/Win<</F(cmd.exe)>>>>",
    "uri": b"<</S/URI/URI(http://127.0.0.1:PORT/)>>",
    "other-file": b"<</S/GoToR/F<</FS/URL/F(http://127.0.0.1:PORT/)>>/D[0/Fit]>>",
    "form": b"<</S/SubmitForm/F<</FS/URL/F(http://127.0.0.1:PORT/)>>>>",
}


def _with_action(action: bytes) -> bytes:
    return one_page(_TEXT).replace(b"/Pages 2 0 R>>", b"/Pages 2 0 R/OpenAction %s>>" % action)


def _loop(kids: bytes, more: bytes) -> bytes:
    return pdf_of([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[%s]/Count 9>>" % kids, more])


PDF_FILES: Mapping[str, Callable[[], bytes]] = {
    "kids-that-are-their-parent": lambda: _loop(b"2 0 R", b"null"),
    "kids-in-a-circle": lambda: _loop(b"3 0 R", b"<</Type/Pages/Kids[2 0 R]/Count 9>>"),
    "kids-a-million-times-the-same": lambda: _loop(b"3 0 R " * 1_000_000, b"<</Type/Page/Parent 2 0 R>>"),
    "parent-of-itself": lambda: _loop(b"3 0 R", b"<</Type/Page/Parent 3 0 R/Contents 3 0 R>>"),
    "tree-20000-deep": lambda: _tree_of(20_000),
    "xref-before-itself": lambda: pdf_of([b"<</Type/Catalog/Pages 2 0 R>>", b"null"], b"/Prev HERE"),
    "xref-stream-of-itself": lambda: pdf_of([b"<</Type/Catalog/Pages 2 0 R>>"], b"/XRefStm HERE/Prev HERE"),
    "xref-beyond-the-end": lambda: pdf_of([b"<</Type/Catalog/Pages 2 0 R>>"], xref_at=10**12),
    "xref-at-the-start": lambda: pdf_of([b"<</Type/Catalog/Pages 2 0 R>>"], xref_at=0),
    "length-of-itself": lambda: one_page(b"<</Length 4 0 R>>\nstream\n" + _TEXT + b"endstream"),
    "size-without-end": lambda: pdf_of([b"<</Type/Catalog/Pages 2 0 R>>"], b"/Size 2147483647"),
    "pages-10000": lambda: _pages(10_000),
    "pages-2000": lambda: _pages(2_000),
    "pages-told-2-billion": lambda: _pages(2, 2_147_483_647),
    "flate-360-mb": lambda: one_page(deflated(_TEXT * 5_600_000)),
    "flate-360-mb-of-blanks": lambda: one_page(deflated(b" " * 360_000_000)),
    "flate-twice-1-gb": lambda: one_page(deflated(zlib.compress(b"\n" * 500_000_000, 9) * 2, 2)),
    "flate-20-times": lambda: one_page(deflated(_TEXT, 20)),
    "flate-garbage": lambda: one_page(stream(b"garbage" * 99, b"/Filter/FlateDecode")),
    "lzw-garbage": lambda: one_page(stream(bytes(range(256)) * 99, b"/Filter/LZWDecode")),
    "ascii-85-garbage": lambda: one_page(stream(b"z" * 5_000_000, b"/Filter/ASCII85Decode")),
    "run-length-bomb": lambda: one_page(stream(b"\x81 " * 3_000_000, b"/Filter/RunLengthDecode")),
    "predictor-of-a-million-columns": lambda: one_page(
        deflated(bytes(9_999), words=b"/DecodeParms[<</Predictor 15/Columns 2147483647/Colors 99>>]")
    ),
    "page-of-14400-points": lambda: one_page(_TEXT, box=b"0 0 14400 14400"),
    "page-of-a-billion-points": lambda: one_page(_TEXT, box=b"0 0 1000000000 1000000000"),
    "page-of-no-size": lambda: one_page(_TEXT, box=b"0 0 0 0"),
    "page-turned-inside-out": lambda: one_page(_TEXT, box=b"595 842 -1e99 nan"),
    "page-in-units-of-a-million": lambda: one_page(_TEXT, page=b"/UserUnit 1000000"),
    "picture-on-14400-points": lambda: _picture(zlib.compress(bytes(4_000_000)), b"FlateDecode").replace(
        b"0 0 595 842", b"0 0 14400 14400"
    ),
    "encrypted": partial(good_pdf, 3, "a secret"),
    "encrypted-by-nobody": lambda: pdf_of(
        [b"<</Type/Catalog/Pages 2 0 R>>"], b"/Encrypt<</Filter/Nobody/V 9>>"
    ),
    "picture-jbig2-garbage": lambda: _picture(bytes(range(256)) * 40, b"JBIG2Decode"),
    "picture-jpx-garbage": lambda: _picture(b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(9_999), b"JPXDecode"),
    "picture-dct-garbage": lambda: _picture(b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40, b"DCTDecode"),
    "picture-fax-garbage": lambda: _picture(bytes(range(256)) * 40, b"CCITTFaxDecode"),
    "picture-900-megapixels": lambda: _picture(zlib.compress(bytes(30_000_000)), b"FlateDecode", 30_000),
    "picture-2-billion-wide": lambda: _picture(zlib.compress(bytes(99)), b"FlateDecode", 2_147_483_647),
    "drawing-of-itself": lambda: one_page(
        b"/X Do", stream(b"/X Do", _FORM), resources=b"/XObject<</X 6 0 R>>"
    ),
    "drawings-10-to-the-9": lambda: _forms(9, 10, stream(_TEXT, b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]")),
    "drawings-300-deep": lambda: _forms(300, 1, stream(_TEXT, b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]")),
    "a-million-words": lambda: one_page(deflated(_TEXT * 200_000)),
    "words-on-one-spot": lambda: one_page(deflated(b"BT /F1 1 Tf (aaaaaaaaaa) Tj ET\n" * 100_000)),
    "lines-100000": lambda: one_page(
        deflated(b"".join(b"0 %d m 595 %d l S %d 0 m %d 842 l S\n" % (n, n, n, n) for n in range(50_000)))
    ),
    "rectangles-50000": lambda: one_page(deflated(b"1 1 9 9 re S 2 2 5 5 re f\n" * 50_000)),
    "grid-of-700-by-700": lambda: one_page(
        deflated(b"".join(b"0 %d m 700 %d l S %d 0 m %d 700 l S\n" % (n, n, n, n) for n in range(700)))
    ),
    "states-a-million-deep": lambda: one_page(deflated(b"q " * 1_000_000)),
    "arrays-100000-deep": lambda: one_page(b"[" * 100_000 + _TEXT),
    "dictionaries-100000-deep": lambda: pdf_of([b"<</Type/Catalog/Pages " + b"<</A" * 100_000]),
    "names-a-million-long": lambda: one_page(b"/" + b"A" * 1_000_000 + b" Do\n" + _TEXT),
    "numbers-without-end": lambda: one_page(b"BT /F1 1e400 Tf " + b"9" * 100_000 + b" 0 Td (a) Tj ET"),
    "font-of-itself": lambda: one_page(_TEXT).replace(
        _FONT, b"<</Type/Font/Subtype/Type0/DescendantFonts[5 0 R]/Encoding/Identity-H>>"
    ),
    "font-with-a-map-of-4-billion": lambda: one_page(_TEXT, stream(_WIDE_MAP)).replace(
        b"/BaseFont/Helvetica", b"/BaseFont/Helvetica/ToUnicode 6 0 R"
    ),
    "font-of-random-bytes": lambda: one_page(_TEXT, stream(bytes(range(256)) * 999, b"/Length1 9")).replace(
        b"/BaseFont/Helvetica", b"/BaseFont/A/FontDescriptor<</Type/FontDescriptor/FontFile2 6 0 R>>"
    ),
    "content-in-another-file": lambda: one_page(
        b"<</Length 0/F<</FS/URL/F(http://127.0.0.1:PORT/)>>>>\nstream\n\nendstream"
    ),
    "content-in-a-local-file": lambda: one_page(b"<</Length 0/F(/etc/passwd)>>\nstream\n\nendstream"),
    **{f"action-{name}": partial(_with_action, action) for name, action in _ACTIONS.items()},
}
