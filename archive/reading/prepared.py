"""What a text leaves in the corpus whatever else is there: worked out where it is read, in a child.

The one process that writes the corpus is left with what only the corpus can tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pipelines.duplicates.internal_duplicates import normalised_path, repeated_places
from pipelines.duplicates.near_duplicates import fingerprint
from pipelines.duplicates.variants import find_variants
from pipelines.identity import section_id, text_sha256
from pipelines.text.normalise import normalise_passage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.document import Reading
    from pipelines.duplicates.near_duplicates import Fingerprint
    from pipelines.duplicates.variants import Variant
    from pipelines.text.outline import Passage


@dataclass(frozen=True, slots=True)
class PreparedSection:
    """What a passage is stored as.

    Attributes:
        id: of its section.
        sha256: of its normalised text.
        made: what it is compared by.
    """

    id: str
    sha256: str
    made: Fingerprint


@dataclass(frozen=True, slots=True)
class RepeatedPlace:
    """A place of the outline that stands more than once.

    Attributes:
        heading_path: normalised.
        positions: of its passages.
        spellings: how many differ.
        texts: how many differ once normalised.
    """

    heading_path: tuple[str, ...]
    positions: tuple[int, ...]
    spellings: int
    texts: int


@dataclass(frozen=True, slots=True)
class PreparedText:
    """What follows from a text alone.

    Attributes:
        sha256: of the text.
        sections: of its passages, in order.
        repeated: the places of its outline that stand more than once.
        variants: where their wordings disagree.
    """

    sha256: str
    sections: tuple[PreparedSection, ...]
    repeated: tuple[RepeatedPlace, ...]
    variants: tuple[Variant, ...]


def prepare_text(reading: Reading) -> PreparedText:
    """Work out what follows from the text of a reading alone."""
    passages = reading.passages
    return PreparedText(
        sha256=text_sha256(reading.text),
        sections=tuple(_prepare_section(passage.raw) for passage in passages),
        repeated=tuple(_describe_place(passages, positions) for positions in repeated_places(passages)),
        variants=find_variants(passages),
    )


# What many reports have in common: headings, standing phrases, empty tables.
@lru_cache(maxsize=2048)
def _prepare_section(raw: str) -> PreparedSection:
    normalised = normalise_passage(raw)
    return PreparedSection(section_id(normalised), text_sha256(normalised), fingerprint(normalised))


def _describe_place(passages: Sequence[Passage], positions: tuple[int, ...]) -> RepeatedPlace:
    printed = {passages[position].raw for position in positions}
    path = normalised_path(passages[positions[0]].heading_path)
    return RepeatedPlace(path, positions, len(printed), len({normalise_passage(raw) for raw in printed}))
