"""Families of passages: the same words in the same order, other figures, numbers or names between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.repetition.alike.bones import BORDERS, places_in_form
from pipelines.repetition.alike.fingerprint import Masked, masked_runs
from pipelines.repetition.alike.protected import Span, protected_spans
from pipelines.repetition.records import Difference, Fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator


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
