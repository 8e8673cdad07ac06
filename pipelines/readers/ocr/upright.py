"""Which way up a page lies, told by its lines: tall ones lie on their side, illegible ones on their head.

The page is asked as a whole. A single figure tells nothing: 66 stands as well either way up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.readers.ocr.engine import Line

_FEWEST_LINES = 4
_FEWEST_CHARACTERS = 3
_MOSTLY = 0.6
_LEGIBLE = 0.88
"""Mean confidence of the characters of a page that lies the right way up, unless it is a bad one."""


def turns_to_try(lines: Sequence[Line]) -> tuple[int, ...]:
    """Return by how many quarters, counter-clockwise, a page may have to be turned; mostly none."""
    long = [line for line in lines if len(line.text) >= _FEWEST_CHARACTERS]
    if len(long) < _FEWEST_LINES:
        return ()
    size = sum(len(line.text) for line in long)
    if sum(len(line.text) for line in long if _is_tall(line)) > _MOSTLY * size:
        return (1, 3)
    if sum(line.confidence * len(line.text) for line in long) < _LEGIBLE * size:
        return (2,)
    return ()


def legibility(lines: Sequence[Line]) -> float:
    """Return how much of a page can be read, the higher the better; what lies on its side does not count."""
    return sum(
        len(line.text) * max(0.0, line.confidence - 0.5)
        for line in lines
        if len(line.text) < _FEWEST_CHARACTERS or not _is_tall(line)
    )


def _is_tall(line: Line) -> bool:
    left, top, right, bottom = line.box
    return bottom - top > 1.5 * (right - left)
