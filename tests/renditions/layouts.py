"""Ways to set a table without rules: sizes, room and places of texts, drawn by number."""

from __future__ import annotations

import random

from tests.renditions.layout import Align, Rules, Style

_SIZES = (6.5, 7.5, 8.0, 9.0, 10.5)
_CENTRED = (Align.START, Align.MIDDLE, Align.MIDDLE)


def unruled_style(number: int) -> Style:
    """Return the style of a number; the same number gives the same style.

    Pages are so wide that figures of seven digits fit. Nothing else is seen to: labels may be as close to
    the row below as to their own next line.
    """
    chance = random.Random(f"style{number}")
    size = chance.choice(_SIZES)
    return Style(
        rules=Rules.NONE,
        width=max(595.0, 75 * size),
        height=chance.choice((842.0, 1400.0, 2400.0)),
        margin=chance.choice((40.0, 56.0)),
        text_size=chance.choice((size, 12.0, 14.0)),
        cell_size=size,
        leading=chance.choice((1.1, 1.25, 1.4, 1.5, 1.8, 2.0)),
        padding=chance.choice((1.0, 2.5, 4.0, 6.0)),
        least_row=chance.choice((0.0, 0.0, 20.0, 30.0, 42.0)),
        label_share=chance.choice((None, 0.36, 0.5)),
        labels=chance.choice((Align.START, Align.MIDDLE)),
        heads=chance.choice(_CENTRED),
        figures=chance.choice(tuple(Align)),
        down=chance.choice(tuple(Align)),
    )
