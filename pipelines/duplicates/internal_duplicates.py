"""Blocks of text that a document prints more than once.

A machine that joins the parts of a report may join one of them several times: one real report prints the
whole body of its first section fourteen times in a row. Each printing is a round.

*Rounds.* Under one heading (or at the first level) the headings come round again: the same words in the
same order, whatever their numbers and brackets. Two neighbouring rounds share at least two headings and
half of those of the longer, and at least half of the prose of the shorter says the same in both: under the
same heading, with the same digits, and nearly equal. So a round may miss or add a heading; different texts
under like-named headings (（一）存在问题 in three divisions) are none, nor are reports of several bodies.

*Passages.* A passage with enough prose below its heading stands again, normalised the same, heading and all.
Neighbours that stand again together are one block. A title alone, and tables, which many forms leave empty
alike, are no repetition.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise, starmap
from typing import NamedTuple

from msgspec import Struct
from rapidfuzz.distance import Indel, LCSseq

from pipelines.duplicates.alignment import count_shared
from pipelines.forms.labels import bare_label
from pipelines.knowledge import Thresholds
from pipelines.structs import FrozenStruct
from pipelines.text.headings import read_heading
from pipelines.text.normalise import CELL_BORDER, list_numbers, normalise_passage, strip_punctuation
from pipelines.text.outline import Passage


class RoundThresholds(Thresholds):
    """When a block is printed again (`knowledge/thresholds/internal_duplicates.yaml`)."""

    shortest: int
    alike: float
    shared: float


ROUNDS = RoundThresholds.load("internal_duplicates")


class Rounds(FrozenStruct):
    """A block of text that is printed more than once.

    Attributes:
        heading_path: the headings that all rounds stand under, as printed; empty for the document itself.
        rounds: of each printing the positions of its passages in the document, in order.
        exact: whether every round is the same, normalised.
    """

    heading_path: tuple[str, ...]
    rounds: tuple[tuple[int, ...], ...]
    exact: bool

    @property
    def times(self) -> int:
        """How many times the block is printed."""
        return len(self.rounds)


def find_rounds(passages: Sequence[Passage]) -> tuple[Rounds, ...]:
    """Find the blocks that a document prints more than once.

    Args:
        passages: of the document, in order.

    Returns:
        The blocks by where they first stand. What repeats within a block is not told again, and no passage is
        in two rounds.
    """
    leaves = list(starmap(_read_leaf, enumerate(passages)))
    found = list(_rounds_below(_build_outline(passages), leaves))
    inside = {position for block in found for one in block.rounds for position in one}
    found += _repeated_passages([leaf for leaf in leaves if leaf.position not in inside])
    return tuple(sorted(found, key=lambda block: block.rounds))


class _Heading(Struct):
    """A heading of the outline: the passage that it begins, and the headings below it."""

    position: int
    path: tuple[str, ...]
    below: list[_Heading] = []

    def positions(self) -> Iterator[int]:
        yield self.position
        for heading in self.below:
            yield from heading.positions()


class _Leaf(NamedTuple):
    """A passage as rounds compare it.

    Attributes:
        position: of the passage in the document.
        path: its headings, as printed.
        words: of its own heading, without the number.
        form: normalised.
        prose: the letters and digits below its heading, outside the rows of tables.
    """

    position: int
    path: tuple[str, ...]
    words: str
    form: str
    prose: str


def _read_leaf(position: int, passage: Passage) -> _Leaf:
    path, form = passage.heading_path, normalise_passage(passage.raw)
    lines = (line for line in form.split("\n") if CELL_BORDER not in line)
    own = strip_punctuation(normalised_path(path)[-1]) if path else ""
    prose = strip_punctuation("".join(lines)).removeprefix(own)
    return _Leaf(position, path, title_words(path[-1]) if path else "", form, prose)


def _build_outline(passages: Sequence[Passage]) -> _Heading:
    """Return the headings as a tree by the length of their paths, for levels may be skipped."""
    top = _Heading(-1, ())
    open_headings = [top]
    for position, passage in enumerate(passages):
        if passage.heading_path:
            del open_headings[len(passage.heading_path) :]
            heading = _Heading(position, passage.heading_path)
            open_headings[-1].below.append(heading)
            open_headings.append(heading)
    return top


def _rounds_below(heading: _Heading, leaves: Sequence[_Leaf]) -> Iterator[Rounds]:
    """Yield the rounds under a heading; where there are none, those under the headings below it."""
    inside: set[int] = set()
    for run in _find_runs(_cut_where_headings_return(heading.below, leaves), leaves):
        rounds = _trim_rounds(run, leaves)
        inside.update(position for one in rounds for position in one)
        forms = {tuple(leaves[position].form for position in one) for one in rounds}
        yield Rounds(heading.path, rounds, exact=len(forms) == 1)
    for below in heading.below:
        if below.position not in inside:
            yield from _rounds_below(below, leaves)


def _cut_where_headings_return(headings: Sequence[_Heading], leaves: Sequence[_Leaf]) -> list[list[_Heading]]:
    """Cut sibling headings before each one that has stood since the cut before, or stood first of all.

    A heading that is printed twice in succession, among others, is one.
    """
    groups: list[list[_Heading]] = []
    first = {leaves[heading.position].words for heading in headings[:1]}
    seen: set[str] = set()
    last = ""
    for heading in headings:
        words = leaves[heading.position].words
        is_doubled = len(seen) > 1 and words == last
        if not groups or ((words in seen or words in first) and not is_doubled):
            groups.append([])
            seen.clear()
        groups[-1].append(heading)
        seen.add(words)
        last = words
    return groups


def _find_runs(groups: Sequence[list[_Heading]], leaves: Sequence[_Leaf]) -> Iterator[list[list[_Heading]]]:
    """Yield the groups that say the same as the one before or after, as runs of two and more."""
    rounds = [[leaves[position] for heading in group for position in heading.positions()] for group in groups]
    run = list(groups[:1])
    for number, (one, other) in enumerate(pairwise(rounds), start=1):
        if not _is_same_block(one, other):
            if len(run) > 1:
                yield run
            # The group that differs begins the next run; it is appended below.
            run = []
        run.append(groups[number])
    if len(run) > 1:
        yield run


def _is_same_block(one: Sequence[_Leaf], other: Sequence[_Leaf]) -> bool:
    shared = LCSseq.similarity([leaf.words for leaf in one], [leaf.words for leaf in other])
    if shared < max(2, ROUNDS.shared * max(len(one), len(other))):
        return False
    # Of a heading that a round prints twice the first is compared.
    others = {leaf.words: leaf for leaf in reversed(other)}
    same = sum(
        len(leaf.prose)
        for words, leaf in {leaf.words: leaf for leaf in reversed(one)}.items()
        if words in others and _says_the_same(leaf.form, others[words].form)
    )
    shorter = min(sum(len(leaf.prose) for leaf in block) for block in (one, other))
    return same >= max(ROUNDS.shortest, ROUNDS.shared * shorter)


def _says_the_same(one: str, other: str) -> bool:
    return one == other or (
        list_numbers(one) == list_numbers(other)
        and Indel.normalized_similarity(one, other, score_cutoff=ROUNDS.alike) >= ROUNDS.alike
    )


def _trim_rounds(run: Sequence[Sequence[_Heading]], leaves: Sequence[_Leaf]) -> tuple[tuple[int, ...], ...]:
    """Return the positions of each round, without what stands once before the first and behind the last."""
    words = [[leaves[heading.position].words for heading in group] for group in run]
    first = next(number for number, word in enumerate(words[0]) if any(word in one for one in words[1:]))
    last = max(number for number, word in enumerate(words[-1]) if any(word in one for one in words[:-1]))
    groups = [list(group) for group in run]
    del groups[-1][last + 1 :], groups[0][:first]
    return tuple(tuple(position for heading in group for position in heading.positions()) for group in groups)


def _repeated_passages(leaves: Sequence[_Leaf]) -> list[Rounds]:
    """Return the passages that stand again; those that stand again together as one block."""
    printed: dict[str, list[_Leaf]] = {}
    for leaf in leaves:
        printed.setdefault(leaf.form, []).append(leaf)
    blocks: list[list[list[int]]] = []
    for group in printed.values():
        if len(group) < 2 or len(group[0].prose) < ROUNDS.shortest:
            continue
        starts = [leaf.position for leaf in group]
        if blocks and [one[-1] + 1 for one in blocks[-1]] == starts:
            for one, position in zip(blocks[-1], starts, strict=True):
                one.append(position)
        else:
            blocks.append([[position] for position in starts])
    paths = {leaf.position: leaf.path for leaf in leaves}
    return [
        Rounds(_common_path([paths[one[0]] for one in block]), tuple(map(tuple, block)), exact=True)
        for block in blocks
    ]


def _common_path(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the headings that all have in common, from the first level down."""
    words = [tuple(map(title_words, path)) for path in paths]
    return paths[0][: count_shared(words)]


PlaceKey = tuple[tuple[int, int, str], ...]
"""Level, number and words of each heading from the first level down; brackets and marks are left out."""


def normalised_path(heading_path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the headings of a path as their normalised forms."""
    return tuple(_normalised_title(title) for title in heading_path)


def place_key(heading_path: tuple[str, ...]) -> PlaceKey:
    """Return what the printings of one place of the outline have in common."""
    return tuple(_split_number(title) for title in normalised_path(heading_path))


def repeated_places(passages: Sequence[Passage]) -> tuple[tuple[int, ...], ...]:
    """Return, for each place of the outline that occurs more than once, the positions of its passages."""
    places: dict[PlaceKey, list[int]] = {}
    for position, passage in enumerate(passages):
        if passage.heading_path:
            places.setdefault(place_key(passage.heading_path), []).append(position)
    return tuple(tuple(positions) for positions in places.values() if len(positions) > 1)


def title_words(title: str) -> str:
    """Return the words of a heading, its number left out; of a heading that has only a number, that."""
    form = _normalised_title(title)
    return _split_number(form)[2] or form


# Rounds of one text repeat their headings; a report has a few hundred.
_normalised_title = lru_cache(maxsize=4096)(normalise_passage)


@lru_cache(maxsize=4096)
def _split_number(form: str) -> tuple[int, int, str]:
    heading = read_heading(form)
    if heading is None:
        return (0, 0, form)
    # A heading that was cut behind its first sentence may read shorter by itself: its form says it all.
    words = bare_label(heading.title)
    return (heading.level, heading.number, words if heading.title == form else form)
