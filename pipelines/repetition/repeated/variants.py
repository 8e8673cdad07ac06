"""Where the passages that a document prints in one place of its outline disagree, and how many say what.

Passages of one place (equal headings, however typed) are collated. Every passage has its say in each
disagreement, were it by having nothing there. Where single characters disagree, the neighbour that they more
often stand with in the document completes the word: 指导 against 引导, 配齐 against 配备.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from operator import add, itemgetter
from typing import TYPE_CHECKING

from pipelines.repetition.records import Sort, Variant
from pipelines.repetition.repeated.collation import collate
from pipelines.repetition.repeated.places import normalised_path, repeated_places
from pipelines.text.normalise import normalise_passage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pipelines.repetition.repeated.collation import Said
    from pipelines.text.outline import Passage

_IDEOGRAPH = re.compile("[\u4e00-\u9fff]")


def find_variants(passages: Sequence[Passage]) -> tuple[Variant, ...]:
    """Find where the passages in one place of the outline disagree.

    Args:
        passages: of the document, in order.

    Returns:
        The wordings, by the first passage of their place, then by disagreement, the more frequent first.
        Those of one disagreement account for every passage of the place that is not another text.
    """
    places = {where[0]: _printed(where, passages) for where in repeated_places(passages)}
    if all(len(printed) == 1 for printed in places.values()):
        return ()
    pairs = _neighbours(form for printed in places.values() for form in printed)
    return tuple(
        variant
        for first, printed in places.items()
        for variant in _variants_of(printed, normalised_path(passages[first].heading_path), pairs)
    )


def _printed(positions: Sequence[int], passages: Sequence[Passage]) -> dict[str, list[int]]:
    """Return the normalised texts of passages and which of them say so."""
    printed: dict[str, list[int]] = {}
    for position in positions:
        printed.setdefault(normalise_passage(passages[position].raw), []).append(position)
    return printed


def _neighbours(forms: Iterable[str]) -> Counter[str]:
    """Count which two characters stand side by side."""
    pairs: Counter[str] = Counter()
    for form in forms:
        pairs.update(map(add, form, form[1:]))
    return pairs


def _variants_of(
    printed: Mapping[str, Sequence[int]], heading_path: tuple[str, ...], pairs: Counter[str]
) -> Iterator[Variant]:
    for at, said in enumerate(collate(printed)):
        sort = _weightiest([one.protected for one in {one.text: one for one in said}.values()])
        yield from _variants_at(at, _completed(said, pairs), heading_path, sort)


def _completed(said: Sequence[Said], pairs: Counter[str]) -> list[Said]:
    """Return single characters with the neighbour that makes a word of them; anything else as it is."""
    if not all(_IDEOGRAPH.fullmatch(one.text) for one in said):
        return list(said)
    wider = (
        [replace(one, start=max(0, one.start - 1)) for one in said],
        [replace(one, end=one.end + 1) for one in said],
    )
    neighbours = ({one.text[:-1] for one in wider[0]}, {one.text[1:] for one in wider[1]})
    words = [
        (sum(pairs[text] for text in {one.text for one in side}), side)
        for side, neighbour in zip(wider, neighbours, strict=True)
        if len(neighbour) == 1 and all(map(_IDEOGRAPH.fullmatch, neighbour))
    ]
    return max(words, key=itemgetter(0))[1] if words else list(said)


def _variants_at(
    at: int, said: Sequence[Said], heading_path: tuple[str, ...], sort: Sort
) -> Iterator[Variant]:
    positions: dict[str, list[int]] = {}
    for one in said:
        positions.setdefault(one.text, []).extend(one.wording.positions)
    context = _common_end([one.before for one in said])
    for text in sorted(positions, key=lambda text: (-len(positions[text]), min(positions[text]))):
        where = tuple(sorted(positions[text]))
        yield Variant(heading_path, at, text, context, len(where), where, sort)


def _common_end(texts: Sequence[str]) -> str:
    shortest = min(texts, key=len)
    length = next(
        (
            length
            for length in range(len(shortest), 0, -1)
            if all(text.endswith(shortest[-length:]) for text in texts)
        ),
        0,
    )
    return shortest[len(shortest) - length :]


def _weightiest(protected: Sequence[Counter[tuple[Sort, str]]]) -> Sort:
    """Return the weightiest sort of what not all of the wordings have; `Sort` lists them by weight."""
    differing = {sort for one in protected for sort, _ in (one - protected[0]) + (protected[0] - one)}
    return min(differing, key=list(Sort).index, default=Sort.WORDS)
