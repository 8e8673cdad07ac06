"""A passage cut into what a comparison of wordings never splits, each piece knowing its place in the print.

    as printed ─ without what is volatile ─ normalise ─▶ form ─ protected stretches ─▶ tokens, as printed

A figure with its unit, a document number, the name of a body, a turn of meaning, a Latin word is one token;
any other character of the form is one by itself. White space and volatile fragments belong to none.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from pipelines.duplicates.protected import Sort, cut_tokens
from pipelines.duplicates.volatile import find_volatile
from pipelines.text.normalise import GAP, normalise_passage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.duplicates.protected import Stretch

    Span = tuple[int, int]

_CHARACTER = re.compile(
    "[\\s\\S][\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f]*"
)
_COUNTED = re.compile(r"[\d.,〇零一二两三四五六七八九十百千]+")
_FORM_AHEAD = 12
"""Characters of the form within which the print is found again where the two do not go along."""


class Token(NamedTuple):
    """A piece of a passage that a comparison never splits.

    Attributes:
        key: what it is compared by.
        said: the same without what weighs nothing; two keys that say the same differ in punctuation alone.
        sort: what it is.
        kind: of a protected piece what it may be set against, a figure by its unit; empty for words.
        start: where in the passage as printed it begins.
        end: where it ends, what follows left out.
    """

    key: str
    said: str
    sort: Sort
    kind: str
    start: int
    end: int


def read_tokens(raw: str) -> tuple[Token, ...]:
    """Cut a passage into tokens.

    Args:
        raw: the passage as printed.

    Returns:
        The tokens in order; their places ascend and do not overlap. All characters between two of them are
        white space, volatile, or say nothing.
    """
    kept = _kept_places(raw)
    stable = "".join(raw[place] for place in kept)
    form = normalise_passage(stable)
    places = _find_places(form, stable, kept)
    tokens: list[Token] = []
    position = 0
    for start, end, stretch in cut_tokens(form):
        first = max(places[start][0], position)
        position = max(places[end - 1][1], first)
        tokens.append(_make_token(form[start:end], stretch, first, position))
    return tuple(tokens)


def _kept_places(raw: str) -> Sequence[int]:
    """Return the places of the characters that are not volatile."""
    volatile = find_volatile(raw)
    if not volatile:
        return range(len(raw))
    bounds = [0, *(bound for span in volatile for bound in span), len(raw)]
    return [
        place for start, end in zip(bounds[::2], bounds[1::2], strict=True) for place in range(start, end)
    ]


def _make_token(form: str, stretch: Stretch | None, start: int, end: int) -> Token:
    if stretch is None:
        return Token(form, form, Sort.WORDS, "", start, end)
    counted = _COUNTED.sub("#", stretch.text) if stretch.sort is Sort.FIGURE else ""
    return Token(form, stretch.text, stretch.sort, counted or stretch.sort.value, start, end)


def _find_places(form: str, stable: str, kept: Sequence[int]) -> list[Span]:
    """Return for each character of the form where it is printed.

    What has no place of its own stands for all that is printed between its neighbours.
    """
    printed = [index for index, char in enumerate(stable) if not char.isspace()]
    if len(printed) == len(form) and _goes_along(form, [stable[index] for index in printed]):
        return [(kept[index], kept[index] + 1) for index in printed]
    owners = _find_owners(form, stable)
    bounds: list[Span | None] = [*owners, (len(stable), len(stable))]
    places: list[Span] = []
    before, after = 0, 0
    for place, owner in enumerate(owners):
        if owner is None:
            after = max(after, place)
            while (bound := bounds[after]) is None:
                after += 1
            first, last = _trim_space(stable, before, bound[0])
        else:
            first, last = owner
        before = max(before, last)
        places.append((kept[first] if first < last else _end(kept, first), _end(kept, last)))
    return places


def _goes_along(form: str, printed: Sequence[str]) -> bool:
    """Whether each character of the form is what the printed one in its place became, as mostly in prose."""
    return all(
        one == other or other in _find_spellings(one) for one, other in set(zip(printed, form, strict=True))
    )


def _trim_space(stable: str, start: int, end: int) -> Span:
    """Return a stretch without the white space around it."""
    stretch = stable[start:end]
    first = end - len(stretch.lstrip()) if stretch.strip() else start
    return first, max(first, start + len(stretch.rstrip()))


def _end(kept: Sequence[int], index: int) -> int:
    """Return the place behind the characters before an index, of those that are not volatile."""
    return kept[index - 1] + 1 if index else 0


def _find_owners(form: str, stable: str) -> list[Span | None]:
    """Return where each character of the form is printed, accents included; None where it is not found."""
    owners: list[Span | None] = [None] * len(form)
    position = 0
    for match in _CHARACTER.finditer(stable):
        char = match.group()
        length = 1 if form.startswith(char, position) and len(char) == 1 else _spelt_at(form, position, char)
        if not length and not char.isspace():
            position += _count_skipped(form, position, stable, match.start())
            length = _spelt_at(form, position, char)
        for place in range(position, min(position + length, len(form))):
            owners[place] = match.span()
        position += length
    return owners


def _spelt_at(form: str, position: int, char: str) -> int:
    """Return how many characters of the form, from a place on, are what a printed character became."""
    if char.isspace() and form.startswith(GAP, position):
        return 1
    return next((len(spelt) for spelt in _find_spellings(char) if form.startswith(spelt, position)), 0)


@lru_cache(maxsize=1 << 14)
def _find_spellings(char: str) -> tuple[str, ...]:
    """Return what a character may become in a form; a superscript is a digit behind a unit only."""
    spellings = (normalise_passage(char), unicodedata.normalize("NFKC", char))
    return tuple(spelt for spelt in spellings if spelt and not spelt.isspace())


def _count_skipped(form: str, position: int, stable: str, index: int) -> int:
    """Return how far on the form goes along with the print again, where a character has no place in it.

    Accents that were joined to their letters and the like; the print is found again by its next characters.
    """
    ahead = _CHARACTER.findall("".join(stable[index : index + 8].split()))[:3]
    wanted = "".join(normalise_passage(char) for char in ahead)
    found = form.find(wanted, position, position + _FORM_AHEAD) if len(wanted) >= 2 else -1
    return max(found - position, 0)
