"""The stretches of a passage that decide what it says: figures, numbers, names, and words that turn it.

Two passages may be near copies only if these are equal, one after the other; nothing is forgiven inside them.
They are read off the bones of a passage, so that punctuation has no say in where a name begins. Each depends
on its own neighbourhood alone: a slip in one place never moves what is protected in another.

    bones ─ one pattern: words, figures, signs ─ names completed to the left ─▶ stretches, none overlapping

A name that no list knows is protected with the two or three characters before what makes it a name (某某镇,
某某局). Protecting too much costs a missed copy; too little would destroy a fact.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from pipelines.knowledge import load_table
from pipelines.repetition.alike.bones import BORDERS, HAN, NUMERALS, bones_of, places_in_form
from pipelines.repetition.alike.lexicon import Role, lexicon
from pipelines.repetition.records import Sort, Stretch

Span = tuple[int, int, Sort]

UNKNOWN_PLACE = 2
"""How many characters before 镇, 县, 示范区 are taken to be the name of a place that no list knows."""
UNKNOWN_BODY = 3
"""How many before 局, 委员会, 中心 are taken to be that of a body."""
_LONGEST_NUMBER_LETTERS = 8

_NOTHING: Span = (0, -1, Sort.WORDS)
_SORTS = {Role.PLACE: Sort.NAME, Role.TURN: Sort.TURN}
_UNKNOWN = {Role.LEVEL: UNKNOWN_PLACE, Role.LONG_LEVEL: UNKNOWN_PLACE, Role.STRONG_ENDING: UNKNOWN_BODY}
_LETTERS = re.compile("[A-Za-z]")
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
    roles, hidden = lexicon().roles, lexicon().hidden
    sweep = _Sweep(bones)
    for match in _pattern().finditer(bones):
        start, end = match.span()
        role = roles.get(match.group())
        if sweep.hidden:
            sweep.protect_hidden(start, role)
        if role is Role.PLAIN:
            sweep.plain_end = end
        elif role is Role.PLACE or role is Role.TURN:
            sweep.spans.append((start, end, _SORTS[role]))
        elif role is None:
            sweep.protect_figure(start, end)
        else:
            sweep.protect_name(start, end, role)
        if role is not None and bones[end - 1] in hidden:
            sweep.hidden = end
    if sweep.hidden:
        sweep.protect_hidden(len(bones), None)
    return sweep.spans


@dataclass(slots=True)
class _Sweep:
    """What is protected of some bones, as far as they have been read from the left."""

    bones: str
    spans: list[Span] = field(default_factory=list)
    plain_end: int = 0
    ending_end: int = -1
    """Of the last name that is complete."""
    field_start: int = 0
    field_end: int = -1
    hidden: int = 0
    """Where the last word ends, if with it a turn may begin (境外 in 入境外); else 0."""

    def protect_hidden(self, start: int, role: Role | None) -> None:
        """Protect the rest of a turn that the word before hides, unless the next has it in its own way.

        Args:
            start: where the next word or figure begins.
            role: its role.
        """
        end, self.hidden = self.hidden, 0
        for rest in lexicon().hidden[self.bones[end - 1]]:
            if self.bones.startswith(rest, end):
                if role is Role.PLAIN or start >= end + len(rest):
                    self.spans.append((end, end + len(rest), Sort.TURN))
                return

    def protect_figure(self, start: int, end: int) -> None:
        """Protect a figure, a document number with its letters, a sign or Latin letters."""
        if _LETTERS.match(self.bones, start):
            short = _SHORT_LETTERS.fullmatch(self.bones, start, end)
            self.spans.append((start, end, Sort.FIGURE if short else Sort.NAME))
        elif self.bones[end - 1] == "号" and _DOCUMENT_NUMBER.fullmatch(self.bones, start, end):
            self.spans.append((self._letters_before(start), end, Sort.NUMBER))
        else:
            self.spans.append((start, end, Sort.FIGURE))

    def protect_name(self, start: int, end: int, role: Role) -> None:
        """Protect a name with the field before its ending, or with what may be a name that no list knows."""
        if role is Role.FIELD or role is Role.TOPIC:
            self.field_start = self.field_start if self.field_end == start else start
            self.field_end = end
            if role is Role.TOPIC:
                self.spans.append((start, end, Sort.TURN))
            return
        first = self._first_of_name(start, role)
        if first is None:
            return
        while self._end() > first:
            self.spans.pop()  # the topics of a department: they are part of its name
        self.spans.append((first, end, Sort.NAME))
        if role in (Role.BODY, Role.STRONG_ENDING, Role.WEAK_ENDING):
            self.ending_end = end

    def _first_of_name(self, start: int, role: Role) -> int | None:
        """Return where a name begins that ends in a word; None where the word ends no name."""
        if role is Role.KNOWN_LEVEL:
            return start
        if self.field_end == start and role is not Role.LEVEL:
            return self.field_start
        _, last_end, last_sort = self.spans[-1] if self.spans else _NOTHING
        follows_name = last_end == start and last_sort is Sort.NAME
        if role is Role.WEAK_ENDING:
            return start if follows_name and self.ending_end != start else None
        if role is Role.BODY or follows_name:
            return start
        return self._unknown_before(start, _UNKNOWN[role])

    def _letters_before(self, start: int) -> int:
        """Return where the letters of a document number begin: two before the year in any case."""
        letters = lexicon().number_letters
        limit = max(self._end(), start - _LONGEST_NUMBER_LETTERS)
        first = start
        while first > limit and (
            self.bones[first - 1] in letters or (first > start - 2 and _HAN.match(self.bones, first - 1))
        ):
            first -= 1
        return first

    def _unknown_before(self, start: int, longest: int) -> int:
        """Return where the name of a place or a body may begin that no list knows."""
        stops = lexicon().before_names
        limit = max(self._end(), self.plain_end, start - longest)
        first = start
        while first > limit and self.bones[first - 1] not in stops and _HAN.match(self.bones, first - 1):
            first -= 1
        return first

    def _end(self) -> int:
        return self.spans[-1][1] if self.spans else 0


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
    words = lexicon()
    # Nearly all characters begin nothing; one look is to tell.
    begins = rf"(?=[{exact}+\-<>±≥≤≠≈$¥.\d{NUMERALS}{raised}A-Za-z{words.signs}{BORDERS}]|{words.boundaries})"
    border = rf"[{BORDERS}](?:(?![+\-<>±≥≤≠≈$¥.]+\d)\W)*+"
    return re.compile(
        rf"{words.pattern}|{begins}(?:{figure}|[A-Za-z][A-Za-z0-9]*+|[{words.signs}]|{words.boundaries}|{border})"
    )
