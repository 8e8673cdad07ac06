"""Which body a printed name names, and what is known of that body.

Names are one body's where they are equal, where the roster says so, or where `canonical_name` writes them
alike. Likeness never joins two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pipelines.issuers import body_at_head_of, body_in, body_kind, canonical_name
from pipelines.knowledge import load_table
from pipelines.metadata.kinds import kind_of_title
from pipelines.records import Kind
from pipelines.regions import (
    TOWNSHIP,
    find_place,
    full_name,
    is_township_organ,
    parent_of,
    region_by_code,
    region_of,
)

if TYPE_CHECKING:
    from pipelines.roster import Roster, RosterEntry

_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_LEADING_YEAR = re.compile(r"^(?:19|20)\d\d年?度?(?=\D)")
_SUBJECT = re.compile(r"(?:19|20)\d\d|政府信息公开|信息公开|政务公开")
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


@dataclass(frozen=True, slots=True)
class Body:
    """What is known of a body.

    Attributes:
        name: by which it is known.
        region_code: six digits of GB/T 2260; None where neither its name nor the roster says.
        level: one of `pipelines.regions.LEVELS`; None where it is not known, as of zones.
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
    within = _region_within(publisher)
    name = canonical_name(_completed(printed, publisher), within)
    for spelling in (printed, name):
        entry = _decide(roster.named(spelling), within)
        if entry is not None:
            return entry.name
    return name


def listed_report(title: str, roster: Roster, publisher: Publisher) -> tuple[str, int] | None:
    """Return the body and the year of the annual report that a list names by its title.

    Args:
        title: as the list prints it. 新乡市2019年… is read as the government's; 2019年… as that of the body
            whose portal it is.
        roster: see `name_of_body`.
        publisher: whose portal the list is on.

    Returns:
        None where it is no report, or where the title tells no year, or a body that nobody knows.
    """
    title = body_in(title)
    years = set(_YEAR.findall(title))
    if kind_of_title(title) is not Kind.ANNUAL_REPORT or len(years) != 1:
        return None
    name = body_at_head_of(title) or _governing(title, publisher)
    return (name_of_body(name, roster, publisher), int(years.pop())) if name else None


def _governing(title: str, publisher: Publisher) -> str | None:
    """Return the government of the place that a title begins with, or the body whose portal it is."""
    place = find_place(_LEADING_YEAR.sub("", title), _region_within(publisher))
    if not _SUBJECT.match(place.rest):
        return None
    return f"{full_name(place.region)}人民政府" if place.region else publisher.issuer


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


def _region_within(publisher: Publisher) -> str | None:
    """Return the code of a portal's region: the registry's, or that of the body whose portal it is."""
    if publisher.region_code and region_by_code(publisher.region_code):
        return publisher.region_code
    region = region_of(publisher.issuer) if publisher.issuer else None
    return region.code if region else None


def _completed(printed: str, publisher: Publisher) -> str:
    """Put the place of a portal's government, which no table may have, before a name that leaves it out."""
    match = _relative().fullmatch(printed)
    place = _GOVERNMENT.sub("", publisher.issuer or "")
    is_government = place not in ("", publisher.issuer)
    if match and is_government and place.endswith(match["sort"]) and not find_place(printed).region:
        return place + match["rest"]
    return printed


def _decide(entries: tuple[RosterEntry, ...], within: str | None) -> RosterEntry | None:
    """Return the one entry that a spelling means, by the portal's region where several bear it."""
    if len(entries) > 1 and within:
        codes = _above(within)
        entries = tuple(entry for entry in entries if entry.region_code in codes)
    return entries[0] if len(entries) == 1 else None


def _above(code: str) -> frozenset[str]:
    """Return a code and those of the divisions above it."""
    codes, region = {code}, region_by_code(code)
    while region and (region := parent_of(region)):
        codes.add(region.code)
    return frozenset(codes)


def _is_of_a_zone(name: str) -> bool:
    """Tell whether a body is of a zone (示范区, 开发区), which is no division and has no level."""
    return re.search(load_table("places")["zone"], find_place(name).rest) is not None


@cache
def _relative() -> re.Pattern[str]:
    return re.compile(load_table("places")["relative"])
