"""The stretches of a passage that decide what it says: figures, numbers, names, and words that turn it.

Two passages may be near copies only if these are equal, one after the other; nothing is forgiven inside them.
They are read off the bones of a passage, so that punctuation has no say in where a name begins. Each depends
on its own neighbourhood alone: a slip in one place never moves what is protected in another.

    bones ─ words of the lexicon ─┐
          └ figures and signs ────┴─ in order ─ names completed to the left ─▶ stretches, none overlapping

A name that no list knows is protected with the two or three characters before what makes it a name (某某镇,
某某局). Protecting too much costs a missed copy; too little would destroy a fact.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from operator import add, itemgetter
from typing import TYPE_CHECKING

from pipelines.knowledge import load_table
from pipelines.repetition.bones import HAN, NUMERALS, bones_of, places_in_form
from pipelines.repetition.lexicon import Role, lexicon
from pipelines.repetition.records import Sort, Stretch

if TYPE_CHECKING:
    from collections.abc import Iterator

Found = tuple[int, int, Role]
Span = tuple[int, int, Sort]

UNKNOWN_PLACE = 2
"""How many characters before 镇, 县, 示范区 are taken to be the name of a place that no list knows."""
UNKNOWN_BODY = 3
"""How many before 局, 委员会, 中心 are taken to be that of a body."""
_LONGEST_NUMBER_LETTERS = 8

_SORTS = {
    Role.PLACE: Sort.NAME,
    Role.TURN: Sort.TURN,
    Role.BODY: Sort.NAME,
    Role.STRONG_ENDING: Sort.NAME,
    Role.LONG_LEVEL: Sort.NAME,
    Role.LEVEL: Sort.NAME,
    Role.WEAK_ENDING: Sort.NAME,
    Role.FIGURE: Sort.FIGURE,
    Role.LETTERS: Sort.NAME,
}
_UNKNOWN = {Role.LEVEL: UNKNOWN_PLACE, Role.LONG_LEVEL: UNKNOWN_PLACE, Role.STRONG_ENDING: UNKNOWN_BODY}
_HAN = re.compile(f"[{HAN}]")
_DOCUMENT_NUMBER = re.compile(r"(?:19|20)\d\d、\d+号")
_SHORT_LETTERS = re.compile(r"[A-Z]{1,2}|[IVX]+|.*\d.*")


def find_protected(form: str) -> tuple[Stretch, ...]:
    """Return the protected stretches of a normalised passage, in order, none overlapping another.

    Args:
        form: the normalised passage; any other text is read as if it were one.
    """
    bones = bones_of(form)
    places = places_in_form(form, bones)
    return tuple(
        Stretch(places[start], places[end - 1] + 1, sort, bones[start:end])
        for start, end, sort in protected_spans(bones)
    )


def protected_spans(bones: str) -> list[Span]:
    """Return where the protected stretches of a passage's bones begin and end, and their sorts."""
    sweep = _Sweep(bones)
    # A word goes before the sign that it begins with: sorting keeps the order of equals.
    for found in sorted([*_words(bones), *_signs(bones)], key=itemgetter(0)):
        sweep.meet(found)
    return sweep.spans


def _words(bones: str) -> Iterator[Found]:
    """Find the words of the lexicon: from the left, the longest that begins there, none within another."""
    by_head = lexicon().by_head
    free = 0
    for start, head in enumerate(map(add, bones, bones[1:])):
        if head in by_head and start >= free:
            for rest, role in by_head[head]:
                if bones.startswith(rest, start + 2):
                    free = start + 2 + len(rest)
                    yield start, free, role
                    break


def _signs(bones: str) -> Iterator[Found]:
    """Find the figures, the Latin letters and the words of one character."""
    signs = lexicon().signs
    for match in _pattern().finditer(bones):
        start, end = match.span()
        role = signs.get(match.group()) if end - start == 1 else None
        yield start, end, role or (Role.LETTERS if match.lastgroup else Role.FIGURE)


@dataclass(slots=True)
class _Sweep:
    """What is protected of some bones, as far as they have been read from the left."""

    bones: str
    spans: list[Span] = field(default_factory=list)
    end: int = 0
    """Of the last protected stretch."""
    plain_end: int = 0
    field_start: int = 0
    field_end: int = -1

    def meet(self, found: Found) -> None:
        """Read the next word or figure."""
        start, end, role = found
        if role is Role.FIGURE:
            self._protect_figure(start, end)
        elif start < self.end or start < self.plain_end:
            return
        elif role is Role.PLAIN:
            self.plain_end = end
        elif role is Role.FIELD:
            self.field_start = self.field_start if self.field_end == start else start
            self.field_end = end
        elif role is Role.LETTERS:
            short = _SHORT_LETTERS.fullmatch(self.bones, start, end)
            self._protect(start, end, Sort.FIGURE if short else Sort.NAME)
        elif role in (Role.PLACE, Role.TURN):
            self._protect(start, end, _SORTS[role])
        else:
            self._protect_name(start, end, role)

    def _protect(self, start: int, end: int, sort: Sort) -> None:
        self.spans.append((start, end, sort))
        self.end = end

    def _protect_figure(self, start: int, end: int) -> None:
        if start >= self.end:
            if _DOCUMENT_NUMBER.fullmatch(self.bones, start, end):
                self._protect(self._letters_before(start), end, Sort.NUMBER)
            else:
                self._protect(start, end, Sort.FIGURE)
        elif end > self.end:
            first, _, sort = self.spans.pop()
            self._protect(first, end, sort)

    def _letters_before(self, start: int) -> int:
        """Return where the letters of a document number begin: two before the year in any case."""
        letters = lexicon().number_letters
        first = start
        while first > max(self.end, start - _LONGEST_NUMBER_LETTERS) and (
            self.bones[first - 1] in letters or (first > start - 2 and _HAN.match(self.bones, first - 1))
        ):
            first -= 1
        return first

    def _protect_name(self, start: int, end: int, role: Role) -> None:
        """Protect a name with the field before its ending, or with what may be a name that no list knows."""
        follows_name = self.end == start and bool(self.spans) and self.spans[-1][2] is Sort.NAME
        if self.field_end == start and self.field_start >= self.end and role is not Role.LEVEL:
            self._protect(self.field_start, end, Sort.NAME)
        elif follows_name or role is Role.BODY:
            self._protect(start, end, Sort.NAME)
        elif role is not Role.WEAK_ENDING:
            self._protect(self._unknown_before(start, _UNKNOWN[role]), end, Sort.NAME)

    def _unknown_before(self, start: int, longest: int) -> int:
        stops = lexicon().before_names
        limit = max(self.end, self.plain_end, start - longest)
        first = start
        while first > limit and self.bones[first - 1] not in stops and _HAN.match(self.bones, first - 1):
            first -= 1
        return first


@cache
def _pattern() -> re.Pattern[str]:
    """Return what finds figures with what belongs to them, Latin letters and words of one character."""
    table = load_table("protected_words")
    units = "|".join(sorted(map(bones_of, table["units"]), key=len, reverse=True))
    exact, rest = "".join(table["approximations"]), "".join(table["remainders"])
    raised = "²³¹¼-¾⁰-₉⅐-↋①-⒛⓪-⓿❶-➓㈠-㈩㉈-㉏㉑-㉟㊀-㊉㊱-㊿"
    core = rf"(?:\.?\d++(?:[.,:/~+、\-]\d++)*+|[{NUMERALS}]++(?:、[{NUMERALS}]++)*+|[{raised}]++)"
    figure = (
        rf"[{exact}]?[+\-<>±≥≤≠≈$¥]?{core}(?:[{rest}]?[{NUMERALS}]++)?"
        rf"(?:[%‰+]|[{rest}]?(?:{units}))?"
    )
    sign = "".join(map(re.escape, lexicon().signs))
    return re.compile(rf"{figure}|(?P<letters>[A-Za-z][A-Za-z0-9]*+)|[{sign}]|(?:(?![+\-<>±≥≤≠≈$¥.]+\d)\W)++")
