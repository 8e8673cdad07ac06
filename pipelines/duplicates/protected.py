"""The stretches of a passage that decide what it says: figures, numbers, names, and words that turn it.

    skeleton ─ one pattern: words, figures, signs ─ names completed to the left ─▶ stretches, none overlapping

Two passages may be near copies only if these are equal, one after the other; nothing is forgiven inside them.
Each depends on its own neighbourhood alone: a slip in one place never moves what is protected in another.
The words are those of `knowledge/protected_words.yaml` and the divisions of `knowledge/regions.csv`, with
and without 省, 市, 县. A name that no list knows is protected with the two or three characters before what
makes it a name (某某镇, 某某局). Protecting too much costs a missed copy; too little would destroy a fact.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum, StrEnum, auto
from functools import cache

from msgspec import Struct

from pipelines.bodies.regions import division_names
from pipelines.knowledge import Thresholds, load_table
from pipelines.structs import FrozenStruct
from pipelines.text.normalise import BORDERS, HAN, NUMERALS, places_in_form, skeleton_of


class Sort(StrEnum):
    """What a stretch of a passage is, as far as a comparison must know."""

    FIGURE = "figure"
    """A number with its sign and unit, an amount, a share, a date, a numeral, the border of a cell."""
    NUMBER = "number"
    """A document number: 豫政办明电〔2018〕77号."""
    NAME = "name"
    """The name of a body or a place, or the level that it is of."""
    TURN = "turn"
    """A word that turns the meaning: 预算/决算, 予以/不予, 增/减."""
    WORDS = "words"
    """Everything else; the only sort in which noise may be forgiven."""


class Stretch(FrozenStruct):
    """A stretch of a normalised passage that is protected: what is alike may not differ in it.

    Attributes:
        start: where it begins in the form.
        end: where it ends.
        sort: what it is; never `Sort.WORDS`.
        text: as compared: the form's characters, without the punctuation inside that says nothing.
    """

    start: int
    end: int
    sort: Sort
    text: str


Trie = dict[str, "Trie"]

# How the search tree of words forks: four ways at a time, down to ten first characters.
_FAN, _LEAF = 4, 10
_DIVISION = re.compile(
    "(?:特别行政区|自治区|自治州|自治县|自治旗|地区|新区|林区|特区|矿区|省|市|县|区|旗|盟|州)$"
)


class Role(IntEnum):
    """What a word is to those that read names and turns off a passage."""

    PLACE = auto()
    TURN = auto()
    BODY = auto()
    STRONG_ENDING = auto()
    """Names a body together with what stands before it, known or not."""
    LONG_LEVEL = auto()
    """示范区, 街道: names a place together with what stands before it."""
    FIELD = auto()
    """Part of a name only where an ending follows."""
    TOPIC = auto()
    """The same, and a turn where none follows."""
    PLAIN = auto()
    """Nothing; and what it consists of is nothing either, but for numerals."""
    LEVEL = auto()
    KNOWN_LEVEL = auto()
    """A level of which every name is known."""
    WEAK_ENDING = auto()
    """Ends a name only right after a place, a level or a field."""


class Lexicon(FrozenStruct):
    """The words, and the pattern that finds them.

    Attributes:
        roles: of each word its role; words of one character among them.
        pattern: finds the words of two characters or more: from the left, the longest that begins there.
        signs: the words of one character.
        boundaries: a pattern for the words of one character that are such only after some others.
        hidden: by the character with which a word may end what follows it in a turn that begins there.
        before_names: characters at which no unknown name goes on.
        number_letters: characters of which the letters of a document number are made.
    """

    roles: Mapping[str, Role]
    pattern: str
    signs: str
    boundaries: str
    hidden: Mapping[str, tuple[str, ...]]
    before_names: frozenset[str]
    number_letters: frozenset[str]


@cache
def load_lexicon() -> Lexicon:
    """Return the lexicon."""
    table = load_table("protected_words")
    roles: dict[str, Role] = {}
    # Of lists that disagree the later line wins: the name of a place is one whatever else it is.
    for role, words in (
        (Role.PLAIN, table["plain"]),
        (Role.FIELD, table["fields"]),
        (Role.TOPIC, table["topics"]),
        (Role.LONG_LEVEL, table["long_levels"]),
        (Role.LEVEL, table["levels"]),
        (Role.KNOWN_LEVEL, table["known_levels"]),
        (Role.WEAK_ENDING, table["weak_endings"]),
        (Role.STRONG_ENDING, table["strong_endings"]),
        (Role.BODY, table["bodies"]),
        (Role.TURN, table["turns"]),
        (Role.TURN, table["turn_signs"]),
        (Role.PLACE, table["told_levels"]),
        (Role.PLACE, _name_places(table["places"], frozenset(table["common_as_places"]))),
    ):
        roles.update((skeleton_of(word), role) for word in words)
    signs = "".join(sorted(word for word in roles if len(word) == 1))
    roles.update(dict.fromkeys(table["boundary_signs"], Role.TURN))
    return Lexicon(
        roles=roles,
        pattern=_word_pattern([word for word in roles if len(word) > 1]),
        signs=signs,
        boundaries=f"(?<=[{''.join(table['bounded'])}])[{''.join(table['boundary_signs'])}]",
        hidden=_find_continuations(word for word in roles if len(word) > 1 and roles[word] is Role.TURN),
        before_names=frozenset(table["before_names"]),
        number_letters=frozenset(table["number_letters"]),
    )


def _find_continuations(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return for the first character of some words what follows it in them, the longest first."""
    rests: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        rests.setdefault(word[0], []).append(word[1:])
    return {first: tuple(following) for first, following in rests.items()}


def _word_pattern(words: Iterable[str]) -> str:
    """Return a pattern that finds the words."""
    trie: Trie = {}
    for word in words:
        node = trie
        for sign in word:
            node = node.setdefault(sign, {})
        # An empty sign marks where a word may end; 政府 ends within 政府办公室.
        node[""] = {}
    return _search_tree(trie, sorted(trie))


def _search_tree(trie: Trie, firsts: list[str]) -> str:
    """Return a pattern for the words that begin with some characters, dividing these again and again.

    The engine tries alternatives one after the other, and a thousand at every place would be slow; so a look
    at two characters tells at each fork whether any word of that branch can begin here.
    """
    seconds = sorted({second for first in firsts for second in trie[first]})
    size = -(-len(firsts) // _FAN)
    if len(firsts) <= _LEAF:
        ways = [first + _rest_pattern(trie[first]) for first in firsts]
    else:
        ways = [_search_tree(trie, firsts[at : at + size]) for at in range(0, len(firsts), size)]
    return f"(?=[{''.join(firsts)}][{''.join(seconds)}])(?:{'|'.join(ways)})"


def _rest_pattern(node: Trie) -> str:
    """Return a pattern for what may follow in the trie, the longest first."""
    ways = "|".join(sign + _rest_pattern(below) for sign, below in node.items() if sign)
    if not ways:
        return ""
    return f"(?:{ways})?" if "" in node else f"(?:{ways})"


def _name_places(others: Iterable[str], common: frozenset[str]) -> set[str]:
    """Return the names of places, with what they are of and without, where that leaves a name."""
    names = set(division_names())
    bare = {_DIVISION.sub("", name) for name in names}
    return names | {name for name in bare if len(name) > 1} - common | set(others)


Span = tuple[int, int, Sort]


class NameThresholds(Thresholds):
    """How far a name reaches that no list knows (`knowledge/thresholds/protected.yaml`)."""

    unknown_place: int
    unknown_body: int
    number_letters: int


NAMES = NameThresholds.load("protected")

_NOTHING: Span = (0, -1, Sort.WORDS)
_SORTS = {Role.PLACE: Sort.NAME, Role.TURN: Sort.TURN}
_UNKNOWN = {
    Role.LEVEL: NAMES.unknown_place,
    Role.LONG_LEVEL: NAMES.unknown_place,
    Role.STRONG_ENDING: NAMES.unknown_body,
}
_HAN = re.compile(f"[{HAN}]")
_WORD = re.compile("[A-Za-z]+|[0-9]+|.", re.DOTALL)
# A skeleton has no brackets: one mark stands for those of 〔2018〕77号.
_DOCUMENT_NUMBER = re.compile(r"(?:19|20)\d\d、\d+号")
# A, IV and H5 number things and count as figures; APP and WPS are names.
_SHORT_LETTERS = re.compile(r"[A-Z]{1,2}|[IVX]+|.*\d.*")


def find_protected(form: str) -> tuple[Stretch, ...]:
    """Return the protected stretches of a normalised passage, in order, none overlapping another.

    Args:
        form: the normalised passage; any other text is read as if it were one.
    """
    skeleton = skeleton_of(form)
    places = places_in_form(form, skeleton)
    return tuple(
        Stretch(places[start], places[end - 1] + 1, sort, skeleton[start:end])
        for start, end, sort in protected_spans(skeleton)
    )


def cut_tokens(form: str) -> Iterator[tuple[int, int, Stretch | None]]:
    """Cut a normalised passage into what a comparison never splits; joined, the tokens are the passage.

    Yields:
        Where each token begins and ends: a protected stretch with itself, a run of Latin letters or of
        digits, any other character alone.
    """
    position = 0
    for stretch in find_protected(form):
        yield from ((*match.span(), None) for match in _WORD.finditer(form, position, stretch.start))
        yield stretch.start, stretch.end, stretch
        position = stretch.end
    yield from ((*match.span(), None) for match in _WORD.finditer(form, position))


def protected_spans(skeleton: str) -> list[Span]:
    """Return where the protected stretches of a passage's skeleton begin and end, and their sorts."""
    roles, hidden = load_lexicon().roles, load_lexicon().hidden
    sweep = _Sweep(skeleton)
    for match in _protected_pattern().finditer(skeleton):
        start, end = match.span()
        role = roles.get(match.group())
        if sweep.hidden:
            sweep.protect_hidden(start, role)
        if role is Role.PLAIN:
            sweep.plain_end = end
        elif role is Role.PLACE or role is Role.TURN:
            sweep.spans.append((start, end, _SORTS[role]))
        # A match that is no word is a figure, Latin letters or a border; `finditer` gives no other.
        elif role is None:
            sweep.protect_figure(start, end)
        else:
            sweep.protect_name(start, end, role)
        if role is not None and skeleton[end - 1] in hidden:
            sweep.hidden = end
    if sweep.hidden:
        sweep.protect_hidden(len(skeleton), None)
    return sweep.spans


class _Sweep(Struct):
    """What is protected of a skeleton, as far as it has been read from the left."""

    skeleton: str
    spans: list[Span] = []
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
        for rest in load_lexicon().hidden[self.skeleton[end - 1]]:
            if self.skeleton.startswith(rest, end):
                # Unless the next word begins within the turn and is protected itself.
                if role is Role.PLAIN or start >= end + len(rest):
                    self.spans.append((end, end + len(rest), Sort.TURN))
                return

    def protect_figure(self, start: int, end: int) -> None:
        """Protect a figure, a document number with its letters, a sign or Latin letters."""
        if self.skeleton[start].isascii() and self.skeleton[start].isalpha():
            short = _SHORT_LETTERS.fullmatch(self.skeleton, start, end)
            self.spans.append((start, end, Sort.FIGURE if short else Sort.NAME))
        elif self.skeleton[end - 1] == "号" and _DOCUMENT_NUMBER.fullmatch(self.skeleton, start, end):
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
        # Behind a complete name (财政局, then 办) it is a common word, which nearly all of these also are.
        if role is Role.WEAK_ENDING:
            return start if follows_name and self.ending_end != start else None
        if role is Role.BODY or follows_name:
            return start
        return self._unknown_before(start, _UNKNOWN[role])

    def _letters_before(self, start: int) -> int:
        """Return where the letters of a document number begin: two before the year in any case."""
        letters = load_lexicon().number_letters
        limit = max(self._end(), start - NAMES.number_letters)
        first = start
        while first > limit and (
            self.skeleton[first - 1] in letters
            # The two characters before a year are the number's whatever they are: not every body's letters
            # are in the table.
            or (first > start - 2 and _HAN.match(self.skeleton, first - 1))
        ):
            first -= 1
        return first

    def _unknown_before(self, start: int, longest: int) -> int:
        """Return where the name of a place or a body may begin that no list knows."""
        stops = load_lexicon().before_names
        limit = max(self._end(), self.plain_end, start - longest)
        first = start
        while (
            first > limit and self.skeleton[first - 1] not in stops and _HAN.match(self.skeleton, first - 1)
        ):
            first -= 1
        return first

    def _end(self) -> int:
        return self.spans[-1][1] if self.spans else 0


@cache
def _protected_pattern() -> re.Pattern[str]:
    """Return what finds figures with what belongs to them, Latin letters and words of one character."""
    table = load_table("protected_words")
    units = "|".join(sorted(map(skeleton_of, table["units"]), key=len, reverse=True))
    exact, rest = "".join(table["approximations"]), "".join(table["remainders"])
    # Raised and encircled figures are figures of their own: 10² is not 102.
    raised = "²³¹¼-¾⁰-₉⅐-↋①-⒛⓪-⓿❶-➓㈠-㈩㉈-㉏㉑-㉟㊀-㊉㊱-㊿"
    core = rf"(?:\.?\d++(?:[.,:/~+、\-]\d++)*+|[{NUMERALS}]++(?:、[{NUMERALS}]++)*+|[{raised}]++)"
    figure = (
        rf"[{exact}]?[+\-<>±≥≤≠≈$¥]?{core}(?:[{rest}]?[{NUMERALS}]++)?"
        rf"(?:[%‰+]|[{rest}]?(?:{units}))?"
    )
    words = load_lexicon()
    # Nearly all characters begin nothing; one look is to tell.
    begins = rf"(?=[{exact}+\-<>±≥≤≠≈$¥.\d{NUMERALS}{raised}A-Za-z{words.signs}{BORDERS}]|{words.boundaries})"
    # The border of a cell is a figure, so that none moves into the next cell.
    border = rf"[{BORDERS}](?:(?![+\-<>±≥≤≠≈$¥.]+\d)\W)*+"
    return re.compile(
        rf"{words.pattern}|{begins}(?:{figure}|[A-Za-z][A-Za-z0-9]*+|[{words.signs}]|{words.boundaries}|{border})"
    )
