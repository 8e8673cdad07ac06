"""What a passage is compared by: its bones, what is protected in them, and what is left without that."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from pipelines.identity import ID_HEX_DIGITS
from pipelines.repetition.alike.bones import bones_of
from pipelines.repetition.alike.protected import Span, protected_spans
from pipelines.repetition.records import Fingerprint, Sort

KEY_LENGTH = 48
"""How many characters a passage is sorted by: see `candidates`."""
SHORTEST_TEMPLATE = 12
"""Fewer characters outside figures and names are no template, else all sums would be one family."""

MASKS = {Sort.FIGURE: "\ue000", Sort.NUMBER: "\ue001", Sort.NAME: "\ue002"}


@dataclass(frozen=True, slots=True)
class Masked:
    """Figures, numbers or names of one sort that follow each other without a word between them.

    Attributes:
        start: where they begin in the bones.
        end: where they end.
        sort: of all of them.
        spans: each of them.
    """

    start: int
    end: int
    sort: Sort
    spans: tuple[Span, ...]


def fingerprint(form: str) -> Fingerprint:
    """Return what a normalised passage is compared by; any text has a fingerprint.

    Args:
        form: the normalised passage (`pipelines.text.normalise`).
    """
    bones = bones_of(form)
    spans = protected_spans(bones)
    protected = tuple(bones[start:end] for start, end, _ in spans)
    return Fingerprint(
        form=form,
        bones=bones,
        protected=protected,
        block=_block(protected),
        skeleton=_skeleton(bones, spans),
        keys=(bones[:KEY_LENGTH], bones[: -KEY_LENGTH - 1 : -1]),
    )


def masked_runs(spans: list[Span]) -> list[Masked]:
    """Return what is masked in the skeleton, in order.

    A body and its place are one (信阳市教育局), and so are the figures of a date or of a row.
    """
    runs: list[list[Span]] = []
    for span in spans:
        if span[2] not in MASKS:
            continue
        if runs and runs[-1][-1][1] == span[0] and runs[-1][-1][2] is span[2]:
            runs[-1].append(span)
        else:
            runs.append([span])
    return [Masked(run[0][0], run[-1][1], run[0][2], tuple(run)) for run in runs]


def _block(protected: tuple[str, ...]) -> int:
    digest = hashlib.blake2b("\x1f".join(protected).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _skeleton(bones: str, spans: list[Span]) -> str | None:
    pieces: list[str] = []
    words = position = 0
    for start, end, sort in spans:
        mask = MASKS.get(sort)
        if mask is None:
            continue
        if not (pieces and start == position and pieces[-1] is mask):
            pieces += (bones[position:start], mask)
            words += start - position
        position = end
    words += len(bones) - position
    if not pieces or words < SHORTEST_TEMPLATE:
        return None
    masked = "".join((*pieces, bones[position:]))
    return hashlib.sha256(masked.encode("utf-8", "surrogatepass")).hexdigest()[:ID_HEX_DIGITS]
