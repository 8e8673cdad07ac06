"""The hits of a search counted by document: by year, place, kind and body.

A facet counts the documents that the other choices leave, so that every link says what it leads to.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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


@dataclass(frozen=True, slots=True)
class Found:
    """A document with hits.

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


def found_documents(rows: Iterable[Mapping[str, Any]]) -> tuple[Found, ...]:
    """Return the documents of rows with `document_key`, `year`, `region_code`, `kind` and `issuer_id`."""
    return tuple(
        Found(
            row["document_key"],
            NO_YEAR if row["year"] is None else str(row["year"]),
            row["region_code"] or "",
            row["kind"],
            row["issuer_id"] or "",
        )
        for row in rows
    )


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
    others = chosen.without(name)
    digits = _digits_below(chosen.region)
    counted = Counter(
        document.region[:digits] if name == "region" else str(getattr(document, name))
        for document in found
        if document.is_in(others if name != "region" else chosen)
    )
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


def documents_by_year(found: Iterable[Found], chosen: Chosen) -> dict[int, int]:
    """Return how many documents of each year have hits, whatever year is chosen."""
    others = chosen.without("year")
    return dict(
        Counter(
            int(document.year) for document in found if document.year != NO_YEAR and document.is_in(others)
        )
    )
