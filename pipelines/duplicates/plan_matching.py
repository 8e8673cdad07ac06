"""Which items of a plan a report speaks of.

A report takes up a plan by its headings, hardly by its words: of a plan whose fifteen items are the fifteen
headings of a report, not two hundredths of the text stood in that report. So there are two ways.

*By heading.* The titles have most of their characters in one order, and the particular words of the shorter
(`pipelines.duplicates.left_out`) stand in the longer. A title that is about nothing in particular
(强化组织领导) proves nothing by itself: it counts where the item next to it in the plan is answered by the
heading next to it in the report. A heading answers one item and an item has one answer, the likest first.

*By text.* Enough of the item stands in one passage, in long runs. A passage answers every item whose text it
holds: a report without headings may say all it has to say in one. What ends both documents is left out, for
pages of one portal end alike. That a report says nothing of an item is no proof that nothing was done.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, zip_longest
from typing import NamedTuple

import numpy as np
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cdist

from pipelines.duplicates.alignment import equal_blocks
from pipelines.duplicates.left_out import (
    is_in_every_report,
    is_preamble,
    particular_words,
    share_of_particulars,
    title_characters,
)
from pipelines.duplicates.overlap import (
    Shingles,
    encode_text,
    find_common,
    index_shingles,
    join_codes,
    mask_covered,
)
from pipelines.knowledge import Thresholds
from pipelines.structs import FrozenStruct
from pipelines.text.normalise import strip_punctuation
from pipelines.text.outline import Passage


class Answer(FrozenStruct):
    """A passage of a report that speaks of an item of a plan.

    Attributes:
        passage: index of the report's passage.
        item: index of the plan's passage.
        score: from 0 to 1.
        how: `heading` or `text`, by what it was found.
        evidence: the characters that both have, as the report prints them.
    """

    passage: int
    item: int
    score: float
    how: str
    evidence: str


class MatchingThresholds(Thresholds):
    """When a passage speaks of an item (`knowledge/thresholds/plan_matching.yaml`)."""

    alike: float
    of_the_longer: float
    of_the_item: float
    least_quoted: int
    least_title: int
    most_pairs: int


MATCHING = MatchingThresholds.load("plan_matching")


def match_items(report: Report, plan: Plan) -> tuple[Answer, ...]:
    """Return which passages of a report speak of which items of a plan.

    Returns:
        One answer at most for each item, in the order of the items. None where so many items would have to be
        looked for in so many passages that nothing else were linked for hours.
    """
    if len(plan.items) * len(report.passages) > MATCHING.most_pairs:
        return ()
    answers = {answer.item: answer for answer in _by_heading(report, plan)}
    for answer in _by_text(report, plan):
        answers.setdefault(answer.item, answer)
    return tuple(answers[item] for item in sorted(answers))


class _Pair(NamedTuple):
    """An item and a heading that are alike.

    Attributes:
        item: index of the item among those of the plan.
        heading: index of the heading among those of the report.
        score: what they share, of the shorter.
        of_the_longer: the same, of the longer.
        proves: whether they are about something; else it takes a neighbour.
    """

    item: int
    heading: int
    score: float
    of_the_longer: float
    proves: bool


def _by_heading(report: Report, plan: Plan) -> Iterator[Answer]:
    pairs = sorted(
        _find_alike(report, plan),
        key=lambda it: (-it.score, -it.of_the_longer, report.headings[it.heading], it.item),
    )
    taken: dict[int, _Pair] = {}
    headings: set[int] = set()

    def take(pair: _Pair) -> None:
        if pair.item not in taken and pair.heading not in headings:
            taken[pair.item] = pair
            headings.add(pair.heading)

    # First the titles that are about something; then those beside one that is answered.
    for pair in pairs:
        if pair.proves:
            take(pair)
    beside = _find_neighbours(report)
    proven = {(pair.item, pair.heading) for pair in taken.values()}
    for pair in pairs:
        if any((pair.item + step, beside.get((pair.heading, step))) in proven for step in (-1, 1)):
            take(pair)
    for pair in taken.values():
        position = report.headings[pair.heading]
        printed = _common_part(report.passages[position].heading_path[-1], plan.titles[pair.item])
        yield Answer(position, plan.items[pair.item], pair.score, "heading", printed)


def _find_alike(report: Report, plan: Plan) -> Iterator[_Pair]:
    """Find the pairs of titles that are alike and whose particular words, if they have any, are too."""
    if not report.titles or not plan.titles:
        return
    common = cdist(plan.titles, report.titles, scorer=LCSseq.similarity, dtype=np.int32)
    of_items = np.array([[len(title)] for title in plan.titles])
    of_headings = np.array([[len(title) for title in report.titles]])
    shorter, longer = np.minimum(of_items, of_headings), np.maximum(of_items, of_headings)
    are_alike = (
        (common >= MATCHING.alike * shorter)
        & (common >= MATCHING.of_the_longer * longer)
        & (shorter >= MATCHING.least_title)
    )
    for item, heading in zip(*map(np.ndarray.tolist, np.nonzero(are_alike)), strict=True):
        short, long = sorted((plan.titles[item], report.titles[heading]), key=len)
        shared = int(common[item, heading])
        proves = share_of_particulars(short, long) >= MATCHING.alike
        # Titles of which one is about something that the other is not are no pair, not even beside one that
        # is answered.
        if proves or not (particular_words(short) or particular_words(long)):
            yield _Pair(item, heading, shared / len(short), shared / len(long), proves)


def _find_neighbours(report: Report) -> Mapping[tuple[int, int], int]:
    """Return the heading before (-1) and after (1) each among those of its level."""
    levels: dict[int, list[int]] = {}
    for heading, position in enumerate(report.headings):
        levels.setdefault(report.passages[position].level, []).append(heading)
    beside: dict[tuple[int, int], int] = {}
    for row in levels.values():
        for one, after in pairwise(row):
            beside[one, 1], beside[after, -1] = after, one
    return beside


def _by_text(report: Report, plan: Plan) -> Iterator[Answer]:
    for index, asked in enumerate(plan.texts):
        least = max(MATCHING.least_quoted, MATCHING.of_the_item * len(asked.codes))
        # What the report does not hold as a whole, none of its passages does: a look that saves most others.
        if _count_covered(quoted_stretches(asked, report.shingles)) < least:
            continue
        spans = [quoted_stretches(asked, passage) for passage in report.texts]
        # Pages of one portal end alike: what both end with quotes nothing.
        if index == plan.last:
            spans[-1] = ()
        quoted = list(map(_count_covered, spans))
        best = max(range(len(quoted)), key=lambda position: (quoted[position], -position))
        if quoted[best] >= least:
            raw = report.passages[best].raw
            printed = [_find_printed(raw, asked.text[start:end]) for start, end in spans[best]]
            yield Answer(best, plan.items[index], quoted[best] / len(asked.codes), "text", "…".join(printed))


def _count_covered(spans: Sequence[tuple[int, int]]) -> int:
    return sum(end - start for start, end in spans)


def _common_part(printed: str, title: str) -> str:
    """Return a printed heading from the first to the last character that it has in common with a title."""
    folded, origins = _fold_text(printed)
    shared = list(equal_blocks(folded, title))
    return printed[origins[shared[0].old] : origins[shared[-1].old_end - 1] + 1] if shared else printed


def _find_printed(raw: str, run: str) -> str:
    """Return a run of characters as a passage prints it, punctuation and white space included."""
    folded, origins = _fold_text(raw)
    at = folded.find(run)
    return raw[origins[at] : origins[at + len(run) - 1] + 1] if at >= 0 else run


def _fold_text(raw: str) -> tuple[str, list[int]]:
    """Return the characters of a text without punctuation, and where in it each stands."""
    pairs = [
        (char, at)
        for at, printed in enumerate(raw)
        for char in unicodedata.normalize("NFKC", printed)
        if char.isalnum()
    ]
    return "".join(char for char, _ in pairs), [at for _, at in pairs]


class Plan(FrozenStruct, eq=False):
    """A plan as it is looked for in reports.

    Attributes:
        items: positions of its items among its passages.
        titles: their titles, see `title_characters`.
        texts: their characters, with what stands below them, without punctuation.
        last: index of the item that the plan ends with; None where it ends with something else.
    """

    items: tuple[int, ...]
    titles: tuple[str, ...]
    texts: tuple[Shingles, ...]
    last: int | None


class Report(FrozenStruct, eq=False):
    """A report as plans are looked for in it.

    Attributes:
        passages: all of them.
        texts: the characters of each, without punctuation.
        headings: positions of those with a title of their own; of passages of one title the first alone.
        titles: the titles of these.
        shingles: the runs of all passages.
    """

    passages: tuple[Passage, ...]
    texts: tuple[Shingles, ...]
    headings: tuple[int, ...]
    titles: tuple[str, ...]
    shingles: Shingles


def find_items(passages: Sequence[Passage]) -> tuple[int, ...]:
    """Return the positions of the items of a plan: what it asks for, each under a numbered title.

    Items are the passages of the level at which most of the outline ends. A division above it that has none
    below it is an item too if its title is about something; 总体要求 and 保障措施 are not. An article has
    no title (第三条), so a regulation has no items.

    Args:
        passages: of the plan, in order.
    """
    titles = [title_characters(passage.heading_path) for passage in passages]
    levels = [passage.level if title else 0 for passage, title in zip(passages, titles, strict=True)]
    ends = {
        position
        for position, (level, below) in enumerate(zip_longest(levels, levels[1:], fillvalue=0))
        # A passage ends a branch where the next is not deeper than it.
        if 0 < level >= below
    }
    counts = Counter(levels[position] for position in ends)
    # Most, not deepest: one item with sub-items of its own does not make these the items of the plan.
    deepest = max(counts, key=lambda level: (counts[level], level), default=0)
    return tuple(
        position
        for position, (level, title) in enumerate(zip(levels, titles, strict=True))
        if level > 0
        and not is_preamble(title)
        and (level == deepest or (position in ends and level < deepest and particular_words(title)))
    )


def read_plan(passages: Sequence[Passage]) -> Plan:
    """Make a plan ready to be looked for in reports."""
    items = find_items(passages)
    ends = [_find_end(passages, item) for item in items]
    return Plan(
        items,
        tuple(title_characters(passages[item].heading_path) for item in items),
        tuple(
            read_shingles("".join(passage.raw for passage in passages[item:end]))
            for item, end in zip(items, ends, strict=True)
        ),
        ends.index(len(passages)) if len(passages) in ends else None,
    )


def read_report(passages: Sequence[Passage]) -> Report:
    """Make a report ready for plans to be looked for in it."""
    texts = tuple(read_shingles(passage.raw) for passage in passages)
    first: dict[str, int] = {}
    for position, passage in enumerate(passages):
        title = title_characters(passage.heading_path) if passage.level else ""
        if len(title) >= MATCHING.least_title and not is_in_every_report(title):
            first.setdefault(title, position)
    shingles = index_shingles(join_codes(text.codes for text in texts))
    return Report(tuple(passages), texts, tuple(first.values()), tuple(first), shingles)


def _find_end(passages: Sequence[Passage], item: int) -> int:
    """Return where an item ends: before the next passage that does not stand below it."""
    level = passages[item].level
    after = range(item + 1, len(passages))
    return next((position for position in after if passages[position].level <= level), len(passages))


def read_shingles(raw: str) -> Shingles:
    """Return the characters of a printed text without punctuation, with all their runs."""
    return index_shingles(encode_text(strip_punctuation(raw)))


def quoted_stretches(text: Shingles, source: Shingles) -> tuple[tuple[int, int], ...]:
    """Return the stretches of a text whose every run of `RUN` characters stands in the source.

    Returns:
        Half-open spans of the text, in order, that neither touch nor overlap.
    """
    starts, _ = find_common(text, source)
    covered = mask_covered(starts, len(text.codes))
    edges = np.flatnonzero(np.diff(covered, prepend=False, append=False)).tolist()
    return tuple(zip(edges[::2], edges[1::2], strict=True))
