"""Printed tables drawn on pages of an OFD, their lines drawn in any of the ways that programs draw them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.pipelines.readers.ofd_written import filled_box, line, text_object, width

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.pipelines.statutory.sheets import Box, Sheet

    Edges = tuple[float, float, float, float]

LEFT, TOP, ROW, COLUMN = 10.0, 30.0, 13.0, 18.0
LABEL = 60.0
"""Millimetres: where the table begins, how high its rows are, how wide its columns and that of its labels."""


def drawn(sheet: Sheet, lines: Callable[[Edges], Iterator[str]], labels: int = 1) -> list[str]:
    """Return a table as objects of a page.

    Args:
        sheet: the table.
        lines: what is drawn around a cell: left, top, right and bottom.
        labels: how many columns are as wide as labels need.
    """
    objects: list[str] = []
    for box, edges in cells(sheet, labels):
        objects.extend(lines(edges))
        for number, text in enumerate(wrapped(box.text, edges[2] - edges[0] - 2)):
            objects.append(text_object(text, round(edges[0] + 1, 2), round(edges[1] + 4.2 * (number + 1), 2)))
    return objects


def cells(sheet: Sheet, labels: int) -> Iterator[tuple[Box, Edges]]:
    """Yield the cells of a table with their edges."""
    covered: set[tuple[int, int]] = set()
    for y, boxes in enumerate(sheet.lines):
        x = 0
        for box in boxes:
            while (y, x) in covered:
                x += 1
            covered |= {(y + down, x + across) for down in range(box.down) for across in range(box.across)}
            right, bottom = left_of(x + box.across, labels), TOP + ROW * (y + box.down)
            yield box, (left_of(x, labels), TOP + ROW * y, right, bottom)


def left_of(column: int, labels: int) -> float:
    """Return where a column begins."""
    return LEFT + LABEL * min(column, labels) + COLUMN * max(column - labels, 0)


def wrapped(text: str, room: float) -> list[str]:
    """Return a text in lines that fit."""
    lines = [""]
    for character in text:
        if sum(map(width, lines[-1] + character)) > room and not (lines[-1][-1:] + character).isascii():
            lines.append("")
        lines[-1] += character
    return [text for text in lines if text.strip()]


def each_side(edges: Edges) -> Iterator[str]:
    """Draw the four sides of a cell as lines; those between two cells come twice."""
    left, top, right, bottom = edges
    yield line(left, top, right, top)
    yield line(left, bottom, right, bottom)
    yield line(left, top, left, bottom)
    yield line(right, top, right, bottom)


def as_boxes(edges: Edges) -> Iterator[str]:
    """Draw the sides as thin boxes that are filled, as converters do."""
    left, top, right, bottom = edges
    yield filled_box(left, top, right, top + 0.2)
    yield filled_box(left, bottom, right, bottom + 0.2)
    yield filled_box(left, top, left + 0.2, bottom)
    yield filled_box(right, top, right + 0.2, bottom)


def as_rectangle(edges: Edges) -> Iterator[str]:
    """Draw a cell as one closed path that is scaled by its matrix."""
    left, top, right, bottom = edges
    wide, high = (right - left) * 10, (bottom - top) * 10
    yield (
        f'<ofd:PathObject Boundary="{left} {top} {right - left} {bottom - top}" CTM="0.1 0 0 0.1 0 0">'
        f"<ofd:AbbreviatedData>M 0 0 L {wide} 0 L {wide} {high} L 0 {high} C</ofd:AbbreviatedData>"
        "</ofd:PathObject>"
    )


def dotted(edges: Edges) -> Iterator[str]:
    """Draw the sides as dashes, a path each."""
    left, top, right, bottom = edges
    for start in steps(left, right):
        yield line(start, top, min(start + 0.6, right), top)
        yield line(start, bottom, min(start + 0.6, right), bottom)
    for start in steps(top, bottom):
        yield line(left, start, left, min(start + 0.6, bottom))
        yield line(right, start, right, min(start + 0.6, bottom))


def steps(start: float, end: float) -> Iterator[float]:
    """Yield where dashes begin."""
    while start < end:
        yield round(start, 2)
        start += 1.0
