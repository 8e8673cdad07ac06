"""Whether a change takes a whole item out of an enumeration: 教育、医疗、住房 is not 教育、住房.

A scanner loses characters without regard to where words begin; who takes out what stands between two marks
has said something else. The bones have no marks, so it is the form that tells.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pipelines.repetition.alike.bones import places_in_form

if TYPE_CHECKING:
    from pipelines.repetition.records import Fingerprint

_ENUMERATES = "、"
_BEFORE, _AFTER = frozenset("和及与或"), frozenset("和及与或等")


def is_item(whole: Fingerprint, start: int, end: int) -> bool:
    """Tell whether a stretch is an item of an enumeration, or a word next to the mark of one.

    Args:
        whole: the passage that has the stretch.
        start: where the stretch begins in its bones.
        end: where it ends; an empty stretch is no item.
    """
    return any(_is_item(whole, first, last) for first, last in repeats(whole.bones, start, end))


def repeats(bones: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the stretches of which any might be left out with the same result (公开 or 开公 of 公开公示).

    Args:
        bones: of the passage.
        start: where one such stretch begins.
        end: where it ends; for an empty stretch there is none.
    """
    if start == end:
        return []
    while start and bones[start - 1] == bones[end - 1]:
        start, end = start - 1, end - 1
    stretches = [(start, end)]
    while end < len(bones) and bones[start] == bones[end]:
        start, end = start + 1, end + 1
        stretches.append((start, end))
    return stretches


def _is_item(whole: Fingerprint, start: int, end: int) -> bool:
    before, after = _around(whole, start, end)
    if end - start > 1 and _ENUMERATES in before + after:
        return True
    return bool(
        (before and after)
        or (before and whole.bones[end : end + 1] in _AFTER)
        or (after and whole.bones[max(start - 1, 0) : start] in _BEFORE)
    )


def _around(whole: Fingerprint, start: int, end: int) -> tuple[str, str]:
    """Return the marks before a stretch and after it."""
    places = _places(whole.form, whole.bones)
    before = whole.form[places[start - 1] + 1 : places[start]] if start else ""
    return before, whole.form[places[end - 1] + 1 : places[end]]


@lru_cache(maxsize=256)
def _places(form: str, bones: str) -> list[int]:
    return places_in_form(form, bones)
