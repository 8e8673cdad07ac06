"""Where a passage stands in the outline, in terms that do not depend on how its headings are typed."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pipelines.text.headings import read_heading, title_key
from pipelines.text.normalise import normalise_passage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.text.outline import Passage

PlaceKey = tuple[tuple[int, int, str], ...]
"""Level, number and words of each heading from the first level down; brackets and marks are left out."""


def normalised_path(heading_path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the headings of a path as their normalised forms."""
    return tuple(_normalised_title(title) for title in heading_path)


def place_key(heading_path: tuple[str, ...]) -> PlaceKey:
    """Return what the printings of one place of the outline have in common."""
    return tuple(_numbered(title) for title in normalised_path(heading_path))


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
    return _numbered(form)[2] or form


# Rounds of one text repeat their headings; a report has a few hundred.
@lru_cache(maxsize=4096)
def _normalised_title(title: str) -> str:
    return normalise_passage(title)


@lru_cache(maxsize=4096)
def _numbered(form: str) -> tuple[int, int, str]:
    heading = read_heading(form)
    if heading is None:
        return (0, 0, form)
    # A heading that was cut behind its first sentence may read shorter by itself: its form says it all.
    words = title_key(heading)
    return (heading.level, heading.number, words if heading.title == form else form)
