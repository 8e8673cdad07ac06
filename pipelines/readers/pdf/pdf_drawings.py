"""What is drawn on a page beside its characters: the cells of ruled tables, and images."""

from __future__ import annotations

from ctypes import c_float, c_int
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pypdfium2 import raw

from pipelines.readers.layout.drawn_tables import Step, find_strokes, tables_of_strokes
from pipelines.readers.layout.geometry import Matrix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypdfium2 import PdfObject, PdfPage

    from pipelines.readers.layout.drawn_tables import Stroke
    from pipelines.readers.layout.geometry import Point
    from pipelines.text.blocks import Box

_STEPS = {
    raw.FPDF_SEGMENT_MOVETO: Step.MOVE,
    raw.FPDF_SEGMENT_LINETO: Step.LINE,
    raw.FPDF_SEGMENT_BEZIERTO: Step.CURVE,
}


@dataclass(frozen=True, slots=True)
class Drawings:
    """What is drawn on a page, boxes as shown.

    Attributes:
        tables: the boxes of the cells of each ruled table.
        images: images.
    """

    tables: tuple[tuple[Box, ...], ...] = ()
    images: tuple[Box, ...] = ()


def read_drawings(page: PdfPage, to_shown: Matrix) -> Drawings:
    """Return what is drawn on a page.

    Args:
        page: of pdfium.
        to_shown: from the coordinates of the file to the page as it is shown.
    """
    strokes: list[Stroke] = []
    images: list[Box] = []
    for drawn in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE]):
        place = _matrix_of(drawn).then(to_shown)
        if drawn.type == raw.FPDF_PAGEOBJ_IMAGE:
            images.append(place.place_box((0.0, 0.0, 1.0, 1.0)))
        else:
            strokes.extend(_find_path_strokes(drawn, place))
    return Drawings(tuple(filter(_is_table, tables_of_strokes(strokes))), tuple(images))


def _matrix_of(drawn: PdfObject) -> Matrix:
    """Return the map from the coordinates of an object to those of its page, through the forms around it."""
    own = Matrix(*drawn.get_matrix().get())
    return own if drawn.container is None else own.then(_matrix_of(drawn.container))


def _find_path_strokes(drawn: PdfObject, place: Matrix) -> Iterator[Stroke]:
    fill, is_stroked = c_int(), c_int()
    raw.FPDFPath_GetDrawMode(drawn, fill, is_stroked)
    if not (fill.value or is_stroked.value):
        return iter(())
    path = tuple(_read_path(drawn, place))
    return find_strokes(path, is_stroked=bool(is_stroked.value), is_filled=bool(fill.value))


def _read_path(drawn: PdfObject, place: Matrix) -> Iterator[tuple[Step, Point]]:
    x, y = c_float(), c_float()
    for number in range(raw.FPDFPath_CountSegments(drawn)):
        segment = raw.FPDFPath_GetPathSegment(drawn, number)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        point = place.place(x.value, y.value)
        yield _STEPS[raw.FPDFPathSegment_GetType(segment)], point
        if raw.FPDFPathSegment_GetClose(segment):
            yield Step.CLOSE, point


def _is_table(cells: tuple[Box, ...]) -> bool:
    """Tell whether cells stand beside one another: a frame around a text is no table."""
    first = cells[0]
    return any(abs(cell[0] - first[0]) > 1 or abs(cell[2] - first[2]) > 1 for cell in cells)
