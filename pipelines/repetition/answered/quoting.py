"""Which stretches of a text also stand in another, character for character, and which texts cannot have any.

Both texts are compared without punctuation (`pipelines.repetition.answered.titles.characters`). A stretch
counts from `RUN` characters on; fewer are phrases that any text on the matter has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipelines.repetition.copied.runs import RUN

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = (RUN + 1) // 2
"""Any `RUN` characters hold a whole block of this many, if blocks follow one another without a gap."""

REACH = BLOCK + 2 * (BLOCK - 1)
"""Characters that can be quoted at most for each block that is found."""

_BASE = np.uint64(0x9E3779B97F4A7C15)


def quoted_stretches(text: str, source: str) -> tuple[tuple[int, int], ...]:
    """Return the stretches of a text whose every run of `RUN` characters stands in the source.

    Returns:
        Half-open spans of the text, in order, that neither touch nor overlap.
    """
    spans: list[tuple[int, int]] = []
    for at in range(len(text) - RUN + 1):
        if text[at : at + RUN] in source:
            start = spans.pop()[0] if spans and spans[-1][1] >= at else at
            spans.append((start, at + RUN))
    return tuple(spans)


def block_codes(text: str, step: int = 1) -> NDArray[np.uint64]:
    """Return the codes of the blocks at every `step`-th character; equal blocks have equal codes."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    count = max(0, len(points) - BLOCK + 1)
    codes = np.zeros(count, dtype=np.uint64)
    for offset in range(BLOCK):
        codes = codes * _BASE + points[offset : offset + count]
    return codes[::step]
