"""Public bodies, which issue documents: what is the name of one, what sort of body it names, and which.

A name is told by its last words (`body_names.yaml`). A place is no body, nor is a name that only its readers
can complete. Names are one body's where they are equal, where the roster says so, or where `canonical_name`
writes them alike. Likeness never joins two.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from pipelines.bodies.regions import (
    TOWNSHIP,
    divisions_of,
    find_place,
    full_name,
    is_township_organ,
    region_by_code,
    region_of,
    relative_names,
)
from pipelines.knowledge import load_table, table_pattern
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from pipelines.bodies.roster import Roster, RosterEntry


_wording = partial(table_pattern, "wordings", "body_names")

LONGEST_NAME = 45
_SEPARATORS = re.compile(r"[\s、，,;；/]+")
_YEAR = r"(?:(?:19|20)\d\d|[一二][九〇○零Ｏ][〇○零Ｏ一二三四五六七八九]{2}(?=年))"
# Some titles set their year in figures of full width: ２０２３年.
_PLAIN_FIGURES = str.maketrans("０１２３４５６７８９", "0123456789")
_LEAD_IN = re.compile(rf"^[（(【\[]?(?:{load_table('body_names')['lead_ins']})[】\]）)]?[:：|丨｜！!]?《?")
_LEADING_YEAR = re.compile(rf"^(?:[（(【\[]?{_YEAR}年?度?[）)】\]]?)")
# The sort of body by the ending of its name.
_ENDINGS: dict[str, list[str]] = load_table("body_names")["endings"]
_KINDS = {ending: kind for kind, endings in _ENDINGS.items() for ending in endings}
# Where the name at the head of a title may end; in 某市人民政府信息公开年报 two of these overlap.
_AFTER_NAME = re.compile(
    rf"(?=(关于|对|转发|印发|批转|[（(【\[]?{_YEAR}|政府信息公开|信息公开|政务公开|公告|通告|令|年度))"
)


def body_kind(name: str) -> str:
    """Return `government`, `department`, `committee`, … for a body's printed name; `other` where none fits.

    Args:
        name: the name as printed, without white space.
    """
    ends = (ending for ending in _KINDS if _without_other_name(name).endswith(ending))
    return _KINDS.get(max(ends, key=len, default=""), "other")


def body_kinds() -> frozenset[str]:
    """Return every sort of body that there is."""
    return frozenset(_KINDS.values()) | {"other"}


def canonical_name(name: str, within: str | None = None) -> str:
    """Return the one spelling of a body's name by which it is known.

    The division is written once and in full: 河南省新乡市财政局 and, published there, 市财政局 are
    新乡市财政局; 浉河区人民政府 is 信阳市浉河区人民政府. 某市政府 is 某市人民政府. All else stays as printed:
    two names that differ otherwise are two bodies, however alike.

    Args:
        name: the name as printed, without white space.
        within: the code of the region whose portal published it.
    """
    place = find_place(name, within)
    if place.region is not None:
        name = f"{place.before}{full_name(place.region)}{place.rest}"
    return _wording("short_government").sub("人民政府", name)


def is_body_name(text: str) -> bool:
    """Tell whether a text is the name of a public body and nothing else.

    A place alone is none, nor is a name that only its readers can complete (市财政局, 县政府办).
    """
    name = body_in(text)
    if not _wording("name").fullmatch(name) or is_relative_name(name):
        return False
    never = table_pattern("body_names", "never")
    return _without_other_name(name).endswith(tuple(_KINDS)) and not never.search(name)


def is_relative_name(name: str) -> bool:
    """Tell whether a name leaves out the place (市财政局), so that every place has a body of that name."""
    return _wording("relative").match(name) is not None


def leading_body(text: str) -> str | None:
    """Return the body that a printed name names; of several that sign together the first."""
    return next(iter(named_bodies(text)), None)


def named_bodies(text: str) -> tuple[str, ...]:
    """Return the bodies that a text names and says nothing else of, in order.

    Letterspacing (国 务 院) and line ends inside one name are no separators; 、 and spaces between names are,
    and so is the place that a second name begins with again (某市教育局某市财政局).
    """
    text = _wording("and_others").sub("", text.strip())
    # Only where every part is a whole name does white space separate: 国 务 院 falls into letters, which are
    # none.
    names = [name for name in _SEPARATORS.split(text) if name]
    if len(names) > 1 and all(is_body_name(name) and name not in _KINDS for name in names):
        return tuple(body for name in names for body in _part_glued(name))
    whole = body_in(text)
    return _part_glued(whole) if is_body_name(whole) else ()


def body_in(text: str) -> str:
    """Return a printed name without the white space that sets it apart."""
    return "".join(text.split())


def body_at_head_of(title: str) -> str | None:
    """Return the body whose name a title begins with; None where it begins with a place or a subject."""
    return next(iter(bodies_at_head_of(title)), None)


def bodies_at_head_of(title: str) -> tuple[str, ...]:
    """Return the bodies whose names a title begins with; none where it begins with a place or a subject.

    新乡市人民政府2019年… and 2019年新乡市人民政府… begin with one, 新乡市2019年… does not; nor does
    新乡市政府信息公开年报, which is 新乡市 and its 政府信息公开.
    """
    text = _LEADING_YEAR.sub("", _LEAD_IN.sub("", body_in(title).translate(_PLAIN_FIGURES)))
    for match in _AFTER_NAME.finditer(text):
        name = text[: match.start()].strip("【】[]")
        if match[1] == "信息公开" and _wording("place_and_subject").search(name):
            continue
        if bodies := named_bodies(name):
            return bodies
    return ()


def letterhead_body(line: str) -> str | None:
    """Return the body of a letterhead (河南省人民政府文件, 国务院令); None for any other line."""
    match = _wording("letterhead").fullmatch(body_in(line))
    return leading_body(match["body"]) if match else None


def _part_glued(name: str) -> tuple[str, ...]:
    """Part names that lost the space between them, told by their common place."""
    place = _wording("place").match(name)
    # Only the same place again begins a second name: 新乡市卫滨区教育局 names two places and one body.
    again = name.find(place["place"], place.end()) if place else -1
    first, others = name[: max(again, 0)], name[again:]
    return (first, *_part_glued(others)) if is_body_name(first) and is_body_name(others) else (name,)


def _without_other_name(name: str) -> str:
    """Return a name without the second one that it bears in brackets: 发展和改革委员会（物价局）."""
    match = _wording("other_name").search(name)
    return name[: match.start()] if match and match["name"].endswith(tuple(_KINDS)) else name


# Which body a printed name names, and what is known of that body.


class Publisher(FrozenStruct):
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


class Body(FrozenStruct):
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
    # A zone (示范区, 开发区) is no division and has no level.
    is_of_a_zone = table_pattern("places", "zone").search(find_place(name).rest)
    level = region.level if region and not is_of_a_zone else None
    # A township has no code of its own: it has its county's, and its level is told by the name alone.
    if is_township_organ(name):
        level = TOWNSHIP
    if entry is None:
        return Body(name, code, level, body_kind(name))
    return Body(name, entry.region_code or code, entry.level or level, entry.kind)


def _complete_name(printed: str, publisher: Publisher) -> str:
    """Put the place of a portal's government, which no table may have, before a name that leaves it out."""
    match = relative_names().fullmatch(printed)
    place = (publisher.issuer or "").removesuffix("人民政府").removesuffix("政府")
    is_government = place not in ("", publisher.issuer)
    if match and is_government and place.endswith(match["sort"]) and not find_place(printed).region:
        return place + match["rest"]
    return printed


def _decide_entry(entries: tuple[RosterEntry, ...], within: str | None) -> RosterEntry | None:
    """Return the one entry that a spelling means, by the portal's region where several bear it."""
    if len(entries) > 1 and within:
        # A name that several bodies bear is, on a portal, that of its own region or of one above it.
        codes = {within, *(region.code for region in divisions_of(within))}
        entries = tuple(entry for entry in entries if entry.region_code in codes)
    return entries[0] if len(entries) == 1 else None


# Finding a body by what a person types: a name or part of one. The rules are tried in order, and nothing is
# guessed: where several bodies fit, all of them are named.

_GOVERNING_BODIES = ("人民政府", "行政公署", "管理委员会")
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
    ends = (entry.name.removesuffix(body) for body in _GOVERNING_BODIES if entry.name.endswith(body))
    return next(ends, None)
