"""What is drawn on a page beside its characters: rules that close cells, rules that do not, images."""

from __future__ import annotations

import logging
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pdfplumber
from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException

from pipelines.readers.paper.words import hull

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.readers.pdf_layer.placing import Frame
    from pipelines.text.blocks import Box

_LOG = "pdfminer"
_MALFORMED = (PdfminerException, MalformedPDFException, TypeError, ValueError, LookupError, AttributeError)
"""What pdfplumber raises for a damaged file: its own errors, and those of values that are not what they
should be. The text is still read, by another library, and a note says that the rules were not.
"""
_SHORTEST_RULE = 0.15
"""Of the width of a page: what is shorter underlines a word."""
_THICKEST_RULE = 3.0


@dataclass(frozen=True, slots=True)
class Drawings:
    """What is drawn on a page, boxes as shown.

    Attributes:
        tables: the boxes of the cells of each ruled table.
        rules: horizontal rules.
        images: images.
        are_read: whether the page could be read for drawings at all.
    """

    tables: tuple[tuple[Box, ...], ...] = ()
    rules: tuple[Box, ...] = ()
    images: tuple[Box, ...] = ()
    are_read: bool = True


def drawn_pages(payload: bytes, count: int) -> Sequence[Any]:
    """Return the pages of a file for what is drawn on them.

    Args:
        payload: its bytes.
        count: of its pages, as the reader of its text counts them.

    Returns:
        A page of pdfplumber for each; None for each where it cannot read the file, or counts otherwise, so
        that no page is told by the rules of another.
    """
    pages: Sequence[Any] = ()
    with _quiet(), suppress(*_MALFORMED):
        pages = pdfplumber.open(BytesIO(payload)).pages
    return pages if len(pages) == count else [None] * count


def drawings_of(page: Any, frame: Frame) -> Drawings:
    """Return what is drawn on a page.

    Args:
        page: of pdfplumber; None where it cannot be read for drawings.
        frame: of the same page.
    """
    if page is None:
        return Drawings(are_read=False)
    try:
        with _quiet():
            ruled = page.filter(_may_be_rule)
            found = ruled.find_tables()
            images, edges = page.images, ruled.horizontal_edges
    except _MALFORMED:
        return Drawings(are_read=False)
    finally:
        page.close()
    across, down = frame.margin()
    left, top = page.mediabox[0] + across, page.mediabox[1] + down

    def shown(box: Box) -> Box:
        return box[0] - left, box[1] - top, box[2] - left, box[3] - top

    tables = [cells for table in found if _is_table(cells := tuple(shown(cell) for cell in table.cells))]
    return Drawings(
        tuple(tables),
        tuple(_rules([shown(_box(edge)) for edge in edges], tables, frame.size[0])),
        tuple(shown(_box(image)) for image in images),
    )


def _may_be_rule(drawn: dict[str, Any]) -> bool:
    """Tell whether something drawn may be a rule: the ground behind a line of text, or a shade, is none."""
    is_filled = drawn["object_type"] == "rect" and drawn["fill"] and not drawn["stroke"]
    return not is_filled or min(drawn["width"], drawn["height"]) <= _THICKEST_RULE


def _box(drawn: dict[str, float]) -> Box:
    return drawn["x0"], drawn["top"], drawn["x1"], drawn["bottom"]


def _is_table(cells: tuple[Box, ...]) -> bool:
    """Tell whether cells stand beside one another: a frame around a text is no table."""
    first = cells[0]
    return any(abs(cell[0] - first[0]) > 1 or abs(cell[2] - first[2]) > 1 for cell in cells)


def _rules(boxes: list[Box], tables: list[tuple[Box, ...]], width: float) -> Iterator[Box]:
    """Yield the rules that stand in no table, those drawn in pieces as one, that are long enough together."""
    around = [hull(cells) for cells in tables]
    free = [
        rule
        for rule in boxes
        if not any(
            box[1] - 3 <= rule[1] <= box[3] + 3 and box[0] - 3 <= rule[0] <= box[2] + 3 for box in around
        )
    ]
    level: list[Box] = []
    for rule in [*sorted(free, key=lambda rule: rule[1]), None]:
        if level and (rule is None or rule[1] - level[0][1] > _THICKEST_RULE):
            pieces = list(_joined(level))
            if sum(right - left for left, _, right, _ in pieces) >= _SHORTEST_RULE * width:
                yield from pieces
            level = []
        if rule is not None:
            level.append(rule)


def _joined(level: list[Box]) -> Iterator[Box]:
    """Yield the rules of one level from left to right, those that touch as one."""
    current: Box | None = None
    for rule in sorted(level):
        if current is not None and rule[0] > current[2] + _THICKEST_RULE:
            yield current
            current = None
        current = rule if current is None else hull((current, rule))
    if current is not None:
        yield current


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep pdfminer from telling of every font without a box, hundreds of lines for a file."""
    logger = logging.getLogger(_LOG)
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
