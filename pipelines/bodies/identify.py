"""Which body a printed name names, and what is known of that body.

Names are one body's where they are equal, where the roster says so, or where `canonical_name` writes them
alike. Likeness never joins two.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.bodies.body_names import body_kind, canonical_name
from pipelines.bodies.regions import (
    TOWNSHIP,
    divisions_of,
    find_place,
    is_township_organ,
    region_by_code,
    region_of,
    relative_names,
)
from pipelines.knowledge import table_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipelines.bodies.roster import Roster, RosterEntry


_GOVERNMENT = re.compile("(?:人民)?政府$")


@dataclass(frozen=True, slots=True)
class Publisher:
    """Whose portal a name was printed on.

    Attributes:
        issuer: the body whose portal it is, as the registry names it; None where several publish there.
        region_code: its region as the registry has it; None where none is known.
    """

    issuer: str | None = None
    region_code: str | None = None

    @property
    def region_within(self) -> str | None:
        """The code of the portal's region: the registry's, or that of the body whose portal it is."""
        if self.region_code and region_by_code(self.region_code):
            return self.region_code
        region = region_of(self.issuer) if self.issuer else None
        return region.code if region else None


@dataclass(frozen=True, slots=True)
class Body:
    """What is known of a body.

    Attributes:
        name: by which it is known.
        region_code: six digits of GB/T 2260; None where neither its name nor the roster says.
        level: one of `pipelines.bodies.regions.LEVELS`; None where it is not known, as of zones.
        kind: as `body_kind` tells them.
    """

    name: str
    region_code: str | None
    level: str | None
    kind: str


def name_of_body(printed: str, roster: Roster, publisher: Publisher | None = None) -> str:
    """Return the name of the body that a printed name names.

    Args:
        printed: the name as printed, without white space.
        roster: whose names and aliases come first.
        publisher: whose portal it was printed on: completes 市政府, decides between bodies of one name.
    """
    publisher = publisher or Publisher()
    within = publisher.region_within
    name = canonical_name(_complete_name(printed, publisher), within)
    for spelling in (printed, name):
        entry = _decide_entry(roster.named(spelling), within)
        if entry is not None:
            return entry.name
    return name


def describe_body(name: str, roster: Roster, own_region: str | None = None) -> Body:
    """Return what is known of a body: by the roster, else by its name, else by the region of its own portal.

    Args:
        name: by which it is known.
        roster: see `name_of_body`.
        own_region: the region that the registry gives to the body's own portal.
    """
    entry = roster.entries.get(name)
    region = region_of(name) or (region_by_code(own_region) if own_region else None)
    code = region.code if region else own_region
    level = region.level if region and not _is_of_a_zone(name) else None
    if is_township_organ(name):
        level = TOWNSHIP
    if entry is None:
        return Body(name, code, level, body_kind(name))
    return Body(name, entry.region_code or code, entry.level or level, entry.kind)


def _complete_name(printed: str, publisher: Publisher) -> str:
    """Put the place of a portal's government, which no table may have, before a name that leaves it out."""
    match = relative_names().fullmatch(printed)
    place = _GOVERNMENT.sub("", publisher.issuer or "")
    is_government = place not in ("", publisher.issuer)
    if match and is_government and place.endswith(match["sort"]) and not find_place(printed).region:
        return place + match["rest"]
    return printed


def _decide_entry(entries: tuple[RosterEntry, ...], within: str | None) -> RosterEntry | None:
    """Return the one entry that a spelling means, by the portal's region where several bear it."""
    if len(entries) > 1 and within:
        codes = {within, *(region.code for region in divisions_of(within))}
        entries = tuple(entry for entry in entries if entry.region_code in codes)
    return entries[0] if len(entries) == 1 else None


def _is_of_a_zone(name: str) -> bool:
    """Tell whether a body is of a zone (示范区, 开发区), which is no division and has no level."""
    return table_pattern("places", "zone").search(find_place(name).rest) is not None


# Finding a body by what a person types: a name or part of one. The rules are tried in order, and nothing is
# guessed: where several bodies fit, all of them are named.

_GOVERNING_BODY = re.compile(r"(?:人民政府|行政公署|管理委员会)$")
# GB/T 2260 has divisions with these at their ends; people and hosts leave them out.
_ENDING = re.compile(r"(?:特别行政区|自治[区州县旗]|[省市县区州盟旗]|地区)$")


def find_bodies(roster: Roster, said: str) -> tuple[RosterEntry, ...]:
    """Return the bodies that a person may mean; one where it is clear.

    A body that is no more counts only where no other of that name is. A place is its government, never one
    of its departments.

    Args:
        roster: who is known.
        said: as typed.
    """
    wanted = re.sub(r"\s+", "", unicodedata.normalize("NFKC", said)).lower()
    if not wanted:
        return ()
    for rule in _RULES:
        named = tuple(rule(roster, wanted))
        if named:
            return tuple(one for one in named if one.to_year is None) or named
    return ()


def _by_name(roster: Roster, wanted: str) -> Iterator[RosterEntry]:
    yield from roster.named(wanted) or roster.named(canonical_name(wanted))


def _by_place(roster: Roster, wanted: str) -> Iterator[RosterEntry]:
    """信阳市, 浉河区: the government whose place is, or ends in, that."""
    places = {name: _place_governed(entry) for name, entry in roster.entries.items()}
    whole = [name for name, place in places.items() if place == wanted]
    below = [name for name, place in places.items() if place and len(wanted) > 1 and place.endswith(wanted)]
    yield from (roster.entries[name] for name in whole or below)


def _by_short_place(roster: Roster, wanted: str) -> Iterator[RosterEntry]:
    """信阳, 浉河: the same without what sort of place it is."""
    for entry in roster.entries.values():
        place = _ENDING.sub("", _place_governed(entry) or "")
        # 信阳市浉河 ends in 浉河; what stands before it must be a whole place.
        before = place.removesuffix(wanted) if len(wanted) > 1 and place.endswith(wanted) else None
        if before is not None and (not before or _ENDING.search(before)):
            yield entry


_RULES: tuple[Callable[[Roster, str], Iterator[RosterEntry]], ...] = (_by_name, _by_place, _by_short_place)


def _place_governed(entry: RosterEntry) -> str | None:
    """The place that a body governs; None for a body that governs none."""
    return _GOVERNING_BODY.sub("", entry.name) if _GOVERNING_BODY.search(entry.name) else None
