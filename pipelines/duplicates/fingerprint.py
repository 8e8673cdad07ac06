"""What a passage is compared by: its skeleton, what is protected in it, and the words left without that.

Passages with the same words in the same order and other figures, numbers or names between them are a family.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.duplicates.protected import Sort, Span, protected_spans
from pipelines.duplicates.skeleton import BORDERS, places_in_form, skeleton_of
from pipelines.identity import ID_HEX_DIGITS
from pipelines.knowledge import load_thresholds

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a normalised passage is compared by.

    Attributes:
        form: the normalised passage (`pipelines.text.normalise`).
        skeleton: its characters without punctuation and white space, cell borders of tables kept.
        protected: the protected stretches in order, as compared.
        block: a signed 64-bit hash of `protected`; near copies share it.
        family_id: a hash of the skeleton with every figure, number and name masked, as 20 hexadecimal digits;
            None where nothing is masked or too little else is left to speak of a template.
        keys: where the passage sorts in each of the passes that look for near copies among those of a block.
    """

    form: str
    skeleton: str
    protected: tuple[str, ...]
    block: int
    family_id: str | None
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


@dataclass(frozen=True, slots=True)
class FingerprintThresholds:
    """How a fingerprint is cut (`knowledge/thresholds/fingerprint.yaml`)."""

    key_length: int
    shortest_template: int


FINGERPRINT = load_thresholds("pipelines.knowledge", "fingerprint", FingerprintThresholds)
MASKS = {Sort.FIGURE: "\ue000", Sort.NUMBER: "\ue001", Sort.NAME: "\ue002"}


def fingerprint(form: str) -> Fingerprint:
    """Return what a normalised passage is compared by; any text has a fingerprint.

    Args:
        form: the normalised passage (`pipelines.text.normalise`).
    """
    skeleton = skeleton_of(form)
    spans = protected_spans(skeleton)
    protected = tuple(skeleton[start:end] for start, end, _ in spans)
    length = FINGERPRINT.key_length
    return Fingerprint(
        form=form,
        skeleton=skeleton,
        protected=protected,
        block=_hash_block(protected),
        family_id=_family_id(skeleton, _masked_runs(spans)),
        keys=(skeleton[:length], skeleton[: -length - 1 : -1]),
    )


def family_differences(a: Fingerprint, b: Fingerprint) -> tuple[Difference, ...]:
    """Return in what two passages of one family differ, in order; empty where all that is masked is equal.

    Args:
        a: the one passage.
        b: another of the same family.

    Returns:
        Differences of figures, numbers and names: one by one where both have as many of them in a row, else
        the whole row of them (市教育局 against 管理委员会). Borders of cells alone are no difference.
    """
    places_a, places_b = places_in_form(a.form, a.skeleton), places_in_form(b.form, b.skeleton)
    runs_a, runs_b = (_masked_runs(protected_spans(one.skeleton)) for one in (a, b))
    return tuple(
        Difference(
            sort,
            a.form[places_a[start_a] : places_a[end_a - 1] + 1],
            b.form[places_b[start_b] : places_b[end_b - 1] + 1],
            places_a[start_a],
        )
        for run_a, run_b in zip(runs_a, runs_b, strict=True)
        for (start_a, end_a, sort), (start_b, end_b, _) in _pair_spans(run_a, run_b)
        if a.skeleton[start_a:end_a].strip(BORDERS) != b.skeleton[start_b:end_b].strip(BORDERS)
    )


def _masked_runs(spans: list[Span]) -> list[list[Span]]:
    """Return the figures, numbers or names of one sort that follow each other without a word between them.

    A body and its place are one run (信阳市教育局), and so are the figures of a date or of a row.
    """
    runs: list[list[Span]] = []
    for span in spans:
        start, _, sort = span
        if sort not in MASKS:
            continue
        if runs and runs[-1][-1][1:] == (start, sort):
            runs[-1].append(span)
        else:
            runs.append([span])
    return runs


def _hash_block(protected: tuple[str, ...]) -> int:
    digest = hashlib.blake2b("\x1f".join(protected).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _family_id(skeleton: str, runs: list[list[Span]]) -> str | None:
    pieces: list[str] = []
    words = position = 0
    for run in runs:
        start = run[0][0]
        pieces += (skeleton[position:start], MASKS[run[0][2]])
        words += start - position
        position = run[-1][1]
    words += len(skeleton) - position
    if not runs or words < FINGERPRINT.shortest_template:
        return None
    masked = "".join((*pieces, skeleton[position:]))
    return hashlib.sha256(masked.encode("utf-8", "surrogatepass")).hexdigest()[:ID_HEX_DIGITS]


def _pair_spans(a: list[Span], b: list[Span]) -> Iterator[tuple[Span, Span]]:
    """Yield what of two rows of figures or names stands against what."""
    if len(a) == len(b):
        yield from zip(a, b, strict=True)
    else:
        yield (a[0][0], a[-1][1], a[0][2]), (b[0][0], b[-1][1], b[0][2])
