"""Where something is on a page as it is shown, from where the file says that it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.text.blocks import Box


@dataclass(frozen=True, slots=True)
class Frame:
    """The shown part of a page.

    Attributes:
        media: the whole page in the file's coordinates: left, bottom, right, top.
        crop: the part that is shown, likewise.
        turns: quarter turns clockwise, from 0 to 3, by which the page is shown.
    """

    media: Box
    crop: Box
    turns: int = 0

    @property
    def size(self) -> tuple[float, float]:
        """Width and height as shown, in points."""
        width, height = self.crop[2] - self.crop[0], self.crop[3] - self.crop[1]
        return (height, width) if self.turns % 2 else (width, height)

    def shown(self, left: float, bottom: float, right: float, top: float) -> Box:
        """Return the box as shown (left, top, right, bottom) of one in the file's coordinates."""
        width, height = self.crop[2] - self.crop[0], self.crop[3] - self.crop[1]
        x, y, right, top = (
            left - self.crop[0],
            bottom - self.crop[1],
            right - self.crop[0],
            top - self.crop[1],
        )
        return turned((x, height - top, right, height - y), width, height, self.turns)

    def margin(self) -> tuple[float, float]:
        """Return how far the shown part begins from the left and the top of the whole page as shown."""
        left, bottom = self.crop[0] - self.media[0], self.crop[1] - self.media[1]
        right, top = self.media[2] - self.crop[2], self.media[3] - self.crop[3]
        return ((left, top), (bottom, left), (right, bottom), (top, right))[self.turns]


def turned(box: Box, width: float, height: float, turns: int) -> Box:
    """Return a box (left, top, right, bottom) after quarter turns clockwise of the page that it is on.

    Args:
        box: on the page before it is turned.
        width: of the page before it is turned.
        height: of the page before it is turned.
        turns: quarter turns, from 0 to 3.
    """
    left, top, right, bottom = box
    if turns == 1:
        return height - bottom, left, height - top, right
    if turns == 2:
        return width - right, height - bottom, width - left, height - top
    if turns == 3:
        return top, width - right, bottom, width - left
    return box
