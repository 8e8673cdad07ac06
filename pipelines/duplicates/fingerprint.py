"""What a passage is compared by: its skeleton, what is protected in it, and the words left without that.

Passages with the same words in the same order and other figures, numbers or names between them are a family.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.duplicates.protected import Sort, Span, protected_spans
from pipelines.duplicates.skeleton import BORDERS, bones_of, places_in_form
from pipelines.identity import ID_HEX_DIGITS

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a normalised passage is compared by.

    Attributes:
        form: the normalised passage (`pipelines.text.normalise`).
        bones: its characters without punctuation and white space, cell borders of tables kept.
        protected: the protected stretches in order, as compared.
        block: a signed 64-bit hash of `protected`; near copies share it.
        skeleton: id of the words with every figure, number and name masked, as 20 hexadecimal digits; None
            where nothing is masked or too little else is left to speak of a template.
        keys: where the passage sorts in each of the passes that look for near copies among those of a block.
    """

    form: str
    bones: str
    protected: tuple[str, ...]
    block: int
    skeleton: str | None
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in which two passages differ.

    Attributes:
        sort: what differs there; the weightiest of several.
        a: what the first has, as in its form; empty where it has nothing.
        b: what the second has.
        at: where in the form of the first.
    """

    sort: Sort
    a: str
    b: str
    at: int


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


def family_differences(a: Fingerprint, b: Fingerprint) -> tuple[Difference, ...]:
    """Return in what two passages of one skeleton differ, in order; empty where all that is masked is equal.

    Args:
        a: the one passage.
        b: another with the same skeleton, which is not None.

    Returns:
        Differences of figures, numbers and names: one by one where both have as many of them in a row, else
        the whole row of them (市教育局 against 管理委员会). Borders of cells alone are no difference.
    """
    places_a, places_b = places_in_form(a.form, a.bones), places_in_form(b.form, b.bones)
    runs_a, runs_b = masked_runs(protected_spans(a.bones)), masked_runs(protected_spans(b.bones))
    return tuple(
        Difference(
            sort,
            _printed(a.form, places_a, start_a, end_a),
            _printed(b.form, places_b, start_b, end_b),
            places_a[start_a],
        )
        for run_a, run_b in zip(runs_a, runs_b, strict=True)
        for (start_a, end_a, sort), (start_b, end_b, _) in _pairs(run_a, run_b)
        if a.bones[start_a:end_a].strip(BORDERS) != b.bones[start_b:end_b].strip(BORDERS)
    )


def _pairs(a: Masked, b: Masked) -> Iterator[tuple[Span, Span]]:
    """Yield what of two rows of figures or names stands against what."""
    if len(a.spans) == len(b.spans):
        yield from zip(a.spans, b.spans, strict=True)
    else:
        yield (a.start, a.end, a.sort), (b.start, b.end, b.sort)


def _printed(form: str, places: list[int], start: int, end: int) -> str:
    return form[places[start] : places[end - 1] + 1]
