"""Who holds a run earlier: for each window of a text, the first text that has it and the nearest before it.

Texts are known by their rank in the total order (year, printed date of publication, address, unknown last),
so the answer does not depend on the order in which they came. Windows are brought in by slices of the range
of their hashes, all that share a hash together; a corpus of any size is worked through in bounded memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipelines.repetition.copied.runs import Hashes


@dataclass(frozen=True, slots=True)
class Held:
    """The windows that an earlier text holds.

    Attributes:
        places: which of the windows given.
        texts: for each the rank of the text that it stands in.
        first: for each the rank of the first text that has it.
        nearest: for each the rank of the last text before its own that has it.
    """

    places: NDArray[np.int64]
    texts: NDArray[np.int64]
    first: NDArray[np.int64]
    nearest: NDArray[np.int64]


def find_holders(hashes: Hashes, texts: NDArray[np.int64]) -> Held:
    """Find the windows that earlier texts hold.

    Args:
        hashes: of windows; all windows of the corpus that have one of these hashes.
        texts: for each window the rank of its text, ascending.
    """
    order = np.argsort(hashes, kind="stable")
    ranked, texts = hashes[order], texts[order]
    is_new_run = np.concatenate([[True], ranked[1:] != ranked[:-1]])[: len(ranked)]
    is_new_text = is_new_run.copy()
    is_new_text[1:] |= texts[1:] != texts[:-1]
    run_start = _last_true(is_new_run)
    text_start = _last_true(is_new_text)
    held = np.flatnonzero(text_start != run_start)
    return Held(
        places=order[held],
        texts=texts[held],
        first=texts[run_start[held]],
        nearest=texts[text_start[held] - 1],
    )


def _last_true(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return for each place the last one up to it where the mask is true; the first is."""
    return np.maximum.accumulate(np.where(mask, np.arange(len(mask)), 0))
