"""Which row of the applications table each piece of a label is of, where labels take several lines.

    （三） 1. 属于       （三）不予公开 beside 1.属于国家秘密: the pieces of both alternate
    不予公 国家秘
    开   密

Pieces are followed in the order of lines through the labels of rows, and beside them through those of groups:
each goes on with a label that is begun, or begins the next. The way that leaves least over is taken; a row
that it does not spell word for word is in doubt, and so is one beside words that are of no label.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

from msgspec import Struct

from pipelines.forms.form_model import FormTable
from pipelines.forms.labels import bare_label, folded_label, is_numbered, label_head
from pipelines.forms.printed_labels import labels_above, ways_to_spell
from pipelines.knowledge import load_table
from pipelines.structs import FrozenStruct
from pipelines.tables.page_columns import PLACED, PlacedLine, Word, spell

Labels = Sequence[Sequence[str]]
"""The ways in which each label is spelt, in order."""
_Piece = tuple[int | None, int, Word]
"""The row that a word labels (-1: a group; None: nothing), the line that it stands on, and itself."""

# Characters that the name of one column alone has, in the order of the form.
_TELLING = "然商研益律计"
# Within 法人或其他组织 those stand that end the name of one as well.
_OTHERS = "他它"
_OTHER = "其他"


class PlacedRow(Struct):
    """A row of the form, by the number of lines.

    Attributes:
        number: of the row in the form.
        pieces: the words of its label, each with the line that it stands on.
        figures: the lines that its figures stand on.
        is_doubtful: whether they may be those of another row, or its cells are not told.
        is_cut: whether its label breaks off: a line is lost, and with it what its figures go on with.
        cells: what it states in each column; empty where that is not told.
    """

    number: int
    pieces: list[tuple[int, Word]] = []
    figures: list[int] = []
    is_doubtful: bool = False
    is_cut: bool = False
    cells: tuple[str, ...] = ()


class _Way(FrozenStruct):
    """Which labels the pieces so far are: of rows, of the outer group, of groups.

    Attributes:
        cost: what is left over.
        begun: of each the last label that is begun, and what is left of it.
        pieces: the words so far.
    """

    cost: float = 0
    begun: tuple[tuple[int, str], ...] = ((-1, ""),) * 3
    pieces: tuple[_Piece, ...] = ()

    def gone_on(self, track: int, at: int, left: str, cost: float, found: tuple[int, Word]) -> _Way:
        """Return the way gone on with a word of a label."""
        begun = (*self.begun[:track], (at, left), *self.begun[track + 1 :])
        return _Way(self.cost + cost, begun, (*self.pieces, (-1 if track else at, *found)))


def follow_labels(lines: Sequence[PlacedLine], table: FormTable) -> tuple[float, list[PlacedRow]] | None:
    """Return the rows of a table with the pieces of their labels, and how much is left over.

    Args:
        lines: between the headings of this table and the next.
        table: of a form, of one block.

    Returns:
        None where its columns do not stand above its first row in the form's order, or others do.
    """
    rows = [_spellings(row.label) for row in table.rows]
    first = next(
        (n for n, line in enumerate(lines) if line.labels and _begins(line.labels[0], rows[0])), None
    )
    if first is None or not _is_header(lines[:first], table):
        return None
    outer = load_table("form_labels")["tables"][table.key]["outer_group"]
    headers = table.blocks[0].headers
    groups = [
        [_spellings(one.label) for one in headers if (one.key == outer) is is_outer]
        for is_outer in (True, False)
    ]
    ways = [_Way()]
    for number, word in _label_words(lines, first, table):
        following: dict[object, _Way] = {}
        for one in (step for way in ways for step in _steps(way, number, word, (rows, *groups))):
            known = following.setdefault(one.begun, one)
            if one.cost < known.cost:
                following[one.begun] = one
        ways = sorted(following.values(), key=lambda way: way.cost)[: PLACED.most_ways]
    return ways[0].cost, _rows_of(ways[0], rows)


@cache
def _spellings(label: str) -> tuple[str, ...]:
    """Return how a label may be spelt: with its number and its note, or without."""
    ways: list[str] = []
    for one in ways_to_spell(label):
        head = label_head(one)
        number = folded_label(one).partition(head[:1])[0]
        ways += map(spell, (one, number + head, bare_label(one), head))
    return tuple(dict.fromkeys(ways))


def _begins(word: Word, spellings: Sequence[str]) -> bool:
    spelt = spell(word.text)
    return len(spelt) > 1 and any(one.startswith(spelt) for one in spellings)


def _header_labels(table: FormTable) -> tuple[str, ...]:
    labels = (*labels_above(table.key), *(column.label for column in table.columns))
    return tuple(spell(way) for label in labels for way in ways_to_spell(label))


def _is_header(lines: Sequence[PlacedLine], table: FormTable) -> bool:
    """Tell whether the columns of the form stand above its rows, in its order, and no other."""
    known = set("".join(_header_labels(table)))
    if not all(set(spell(word.text)) <= known for line in lines for word in line.labels):
        return False
    places = [_find_chars(char, lines) for char in _TELLING]
    if any(len(one) != 1 for one in places):
        return False
    *columns, last = places
    (line, first), (_, end) = columns[-1][0], last[0]
    others = [
        at
        for at in _find_chars(_OTHERS, lines)
        if first - PLACED.aslant * (at[0] != line) < at[1] < end + PLACED.aslant
    ]
    return bool(others) and all(
        one < other + (PLACED.aslant if line != below else 0)
        for ((line, one),), ((below, other),) in pairwise(places)
    )


def _find_chars(words: str, lines: Sequence[PlacedLine]) -> list[tuple[int, int]]:
    """Return the lines that hold one of several characters, and where: as part of a word, or as one."""
    return [
        (number, word.first + word.text.index(char))
        for number, line in enumerate(lines)
        for word in line.labels
        for char in words
        if char in word.text and (len(words) == 1 or spell(word.text) in _OTHER)
    ]


def _label_words(lines: Sequence[PlacedLine], first: int, table: FormTable) -> Iterator[tuple[int, Word]]:
    """Yield the words of labels, those of a header that is printed again left out."""
    known = _header_labels(table)
    is_open = False
    for number, line in enumerate(lines[first:], first):
        spelt = [spell(word.text) for word in line.labels]
        is_named = not line.figures and all(any(one in label for label in known) for one in spelt)
        is_overleaf = line.page != lines[number - 1].page and len(spelt) > 1
        is_open = is_named and (
            is_open or is_overleaf or any(len(one) >= PLACED.header_piece for one in spelt)
        )
        if not is_open:
            yield from ((number, word) for word in line.labels if spell(word.text))


def _steps(way: _Way, line: int, word: Word, labels: Sequence[Labels]) -> Iterator[_Way]:
    """Yield the ways in which a word goes on with labels that are begun, begins the next, or is of none."""
    spelt, found = spell(word.text), (line, word)
    for track, (of_track, (at, left)) in enumerate(zip(labels, way.begun, strict=True)):
        if left.startswith(spelt):
            yield way.gone_on(track, at, left[len(spelt) :], 0, found)
        for number, spellings in enumerate(of_track[at + 1 : at + 1 + PLACED.most_skipped]):
            skipped = PLACED.left_over * len(left) + (0 if track else PLACED.row_skipped * number)
            for one in spellings:
                if one.startswith(spelt):
                    yield way.gone_on(track, at + 1 + number, one[len(spelt) :], skipped, found)
    at, left = way.begun[0]
    if at + 1 < len(labels[0]) and _has_number(word, labels[0][at + 1]):
        yield way.gone_on(0, at + 1, "", PLACED.worded + PLACED.left_over * len(left), found)
    cost = way.cost + PLACED.unknown_word + PLACED.left_over * len(spelt)
    yield _Way(cost, way.begun, (*way.pieces, (None, *found)))


def _has_number(word: Word, spellings: Sequence[str]) -> bool:
    """Tell whether a word has the number of a label, whatever it says then."""
    # 宿迁 2023 shortens two labels; what such a row is its words have to tell, as those of any other.
    return is_numbered(word.text) and spell(word.text)[0] == spellings[0][0]


def _rows_of(way: _Way, labels: Labels) -> list[PlacedRow]:
    placed = [PlacedRow(number) for number in range(len(labels))]
    unknown = [number for row, number, _ in way.pieces if row is None]
    for at, number, word in way.pieces:
        if at is not None and at >= 0:
            placed[at].pieces.append((number, word))
    for row, spellings in zip(placed, labels, strict=True):
        words = [word for _, word in row.pieces]
        # A figure that stands close behind it is one word with a label.
        is_worded = len(words) == 1 and _has_number(words[0], spellings) and not words[0].text[-1].isdigit()
        spelt = "".join(spell(word.text) for word in words)
        row.is_doubtful = spelt not in spellings and not is_worded
        row.is_cut = spelt not in spellings and any(one.startswith(spelt) for one in spellings)
    printed = [row for row in placed if row.pieces]
    for row, below in zip(printed, [*printed[1:], None], strict=True):
        end = below.pieces[0][0] if below else max(unknown, default=0)
        row.is_doubtful |= any(row.pieces[0][0] <= number <= end for number in unknown)
    return placed
