"""The bounds of PDF (`thresholds/pdf.yaml`): at each one, and one beyond."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader

from pipelines.decoded import Hints
from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.readers import pdf_pages
from pipelines.readers.pdf_pages import read_characters
from tests.pipelines.readers.pdf_samples import A4, Text, draw_pdf, set_lines, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pypdfium2 import PdfTextPage
    from reportlab.pdfgen.canvas import Canvas

    from pipelines.readers.layout.characters import Character
    from pipelines.readers.pdf_pages import Frame

HINTS = Hints("http://yunze.gov.test/fj/1.pdf")
LINE = "云泽县人民政府办公室编制本报告"


@pytest.fixture(autouse=True)
def _without_ocr(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str | None = None) -> None:
        raise ReaderMissing("image: OCR is not installed")

    monkeypatch.setattr(pdf_pages, "require_engine", refuse)


def is_scan(payload: bytes) -> bool:
    """Tell whether a page of a file is to be recognised."""
    try:
        pdf_pages.read(payload, HINTS)
    except ReaderMissing:
        return True
    except UnreadableDocument:
        return False
    return False


def covered(share: float, lines: list[str]) -> Callable[[Canvas, float], None]:
    """Return a page of text with a picture before it that covers a share."""
    picture = ImageReader(Image.new("L", (10, 10), 255))

    def draw(canvas: Canvas, height: float) -> None:
        texts(*set_lines(lines))(canvas, height)
        canvas.drawImage(picture, 0, 0, A4[0], A4[1] * share)

    return draw


def outlined(count: int) -> Callable[[Canvas, float], None]:
    def draw(canvas: Canvas, _: float) -> None:
        for number in range(count):
            canvas.line(100, 100 + 3 * number, 110, 100 + 3 * number)

    return draw


@pytest.mark.parametrize(("size", "problem"), [(100_000_000, "damaged"), (100_000_001, "too_big")])
def test_a_large_file_is_not_read(size: int, problem: str) -> None:
    with pytest.raises(UnreadableDocument, match=problem):
        pdf_pages.read(bytes(size), HINTS)


@pytest.mark.parametrize(
    ("page", "is_so"),
    [
        pytest.param(covered(0.6, [LINE, LINE[:14]]), True, id="29 characters"),
        pytest.param(covered(0.6, [LINE, LINE]), False, id="30 characters"),
        pytest.param(covered(0.51, []), True, id="half a page"),
        pytest.param(covered(0.49, []), False, id="less"),
        pytest.param(outlined(200), True, id="outlines"),
        pytest.param(outlined(199), False, id="a drawing"),
    ],
)
def test_what_makes_a_page_a_scan(page: Callable[[Canvas, float], None], is_so: bool) -> None:
    assert len(LINE) == 15
    assert is_scan(draw_pdf([page])) is is_so


@pytest.mark.parametrize(("share", "notes"), [(0.86, ("text_layer_over_image",)), (0.84, ())])
def test_a_picture_of_the_page_has_its_characters_behind_it(share: float, notes: tuple[str, ...]) -> None:
    assert pdf_pages.read(draw_pdf([covered(share, [LINE, LINE, LINE])]), HINTS).notes == notes


@pytest.mark.parametrize(
    ("untold", "notes"), [(5, ()), (6, ("no_unicode",)), (50, ("no_unicode",)), (51, None)]
)
def test_characters_that_a_file_does_not_tell(
    monkeypatch: pytest.MonkeyPatch, untold: int, notes: tuple[str, ...] | None
) -> None:
    def forget(page: PdfTextPage, frame: Frame, unseen: set[int]) -> Iterator[Character]:
        for number, character in enumerate(read_characters(page, frame, unseen)):
            yield character._replace(is_known=number >= untold)

    monkeypatch.setattr(pdf_pages, "read_characters", forget)
    payload = draw_pdf([texts(*(Text("公" * 20, 72, 90 + 28 * row) for row in range(5)))])
    if notes is None:
        assert is_scan(payload)
    else:
        assert pdf_pages.read(payload, HINTS).notes == notes
