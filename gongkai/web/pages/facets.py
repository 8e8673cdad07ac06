"""The hits of a search counted by document: by year, place, kind and body.

A facet counts the documents that the other choices leave, so that every link says what it leads to.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FACETS = ("year", "region", "kind", "issuer")
MOST_VALUES = 12
"""Values of a facet that a page lists, the most frequent; years are all listed."""

_REGION_DIGITS = (2, 4, 6)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a search is narrowed to; an empty text narrows nothing.

    Attributes:
        year: the reporting year, four digits; `-` for documents without one.
        region: the first two, four or all six digits of the code of a place.
        kind: of the document.
        issuer: the id of a body.
    """

    year: str = ""
    region: str = ""
    kind: str = ""
    issuer: str = ""

    def __bool__(self) -> bool:
        """Return whether anything is chosen."""
        return any(getattr(self, field.name) for field in fields(self))

    def without(self, facet: str) -> Chosen:
        """Return the choice with one facet left open."""
        return replace(self, **{facet: ""})

    def arguments(self) -> dict[str, str]:
        """Return what is chosen, by facet."""
        return {facet: value for facet in FACETS if (value := getattr(self, facet))}


NO_YEAR = "-"


class Found(NamedTuple):
    """A document with hits; a tuple, because a search may find all documents there are.

    Attributes:
        key: its number in the search index.
        year: its year, or `-`.
        region: the code of its place; empty where it has none.
        kind: its kind.
        issuer: the id of its body; empty where none is known.
    """

    key: int
    year: str
    region: str
    kind: str
    issuer: str

    def is_in(self, chosen: Chosen) -> bool:
        """Return whether the document is one of those that were chosen."""
        return (
            chosen.year in ("", self.year)
            and self.region.startswith(chosen.region)
            and chosen.kind in ("", self.kind)
            and chosen.issuer in ("", self.issuer)
        )


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a facet and how many documents have it."""

    value: str
    documents: int


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet.

    Attributes:
        name: one of `FACETS`.
        values: years from the newest, others the most frequent first.
        further: how many more values there are than are listed.
    """

    name: str
    values: tuple[Value, ...]
    further: int


def among(found: Sequence[Found], chosen: Chosen) -> Sequence[Found]:
    """Return the documents that were chosen."""
    return [document for document in found if document.is_in(chosen)] if chosen else found


def chosen_of(arguments: Mapping[str, str]) -> Chosen:
    """Read a choice from the arguments of an address; what is none of a facet's values is left out."""
    year, region = arguments.get("year", ""), arguments.get("region", "")
    return Chosen(
        year=year if year == NO_YEAR or (len(year) == 4 and year.isascii() and year.isdigit()) else "",
        region=region if len(region) in _REGION_DIGITS and region.isascii() and region.isdigit() else "",
        kind=arguments.get("kind", ""),
        issuer=arguments.get("issuer", ""),
    )


def count_facets(found: Sequence[Found], chosen: Chosen) -> tuple[Facet, ...]:
    """Count the documents that have hits by each facet."""
    return tuple(_facet(name, found, chosen) for name in FACETS)


def _facet(name: str, found: Sequence[Found], chosen: Chosen) -> Facet:
    if name == "region":
        digits = _digits_below(chosen.region)
        counted = Counter(document.region[:digits] for document in among(found, chosen))
    else:
        counted = Counter(map(attrgetter(name), among(found, chosen.without(name))))
    counted.pop("", None)
    if name == "year":
        ordered = sorted(counted.items(), reverse=True)
        return Facet(name, tuple(Value(*item) for item in ordered), 0)
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    listed = tuple(Value(*item) for item in ordered[:MOST_VALUES])
    return Facet(name, listed, len(ordered) - len(listed))


def _digits_below(region: str) -> int:
    """Return how many digits of codes tell the places below a place apart: provinces, cities, counties."""
    return next((digits for digits in _REGION_DIGITS if digits > len(region)), _REGION_DIGITS[-1])


def documents_by_year(found: Sequence[Found], chosen: Chosen) -> dict[int, int]:
    """Return how many documents of each year have hits, whatever year is chosen."""
    counted = Counter(map(attrgetter("year"), among(found, chosen.without("year"))))
    return {int(year): documents for year, documents in counted.items() if year != NO_YEAR}
