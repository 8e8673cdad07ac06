"""Administrative divisions: which one the name of a body names, and what its code is.

The divisions are a table of facts (`knowledge/regions.csv`): those in force, and those whose names reports
since FY2008 may bear. A name that fits several divisions names none, unless its parent stands before it or
the place of its publication is known. Townships have no code here: theirs is that of their county.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib.resources import files

from pipelines.knowledge import load_table, table_pattern
from pipelines.structs import FrozenStruct

NATIONAL = "national"
PROVINCE = "province"
PREFECTURE = "prefecture"
COUNTY = "county"
TOWNSHIP = "township"
LEVELS = (NATIONAL, PROVINCE, PREFECTURE, COUNTY, TOWNSHIP)

# 积石山保安族东乡族撒拉族自治县 has 15; no name of a county is longer.
_LONGEST = 15


class Region(FrozenStruct):
    """A division, or a township within one.

    Attributes:
        code: six digits of GB/T 2260; of a township those of its county, `000000` for the whole country.
        name: as the table of divisions has it.
        level: one of `LEVELS`.
        from_year: the year in which it began under this code and name.
        to_year: the year in which that ended; None where it is in force.
        successors: the codes under which its area went on.
    """

    code: str
    name: str
    level: str
    from_year: int = 0
    to_year: int | None = None
    successors: tuple[str, ...] = ()


class Place(FrozenStruct):
    """Where a name says that its body is.

    Attributes:
        region: the division that it names; None where it names none, or one of several.
        rest: the name after the division.
        before: what stands before the division: 中共, 国家税务总局.
    """

    region: Region | None
    rest: str
    before: str = ""


_PLACES = load_table("places")
_TOWNSHIP_NAME = re.compile(rf"(?P<name>{_PLACES['township']})(?:{_PLACES['township_organ']})")
# The whole country, which has no code of its own: six zeros by the convention of this project's registry.
_NATION = Region("000000", "全国", NATIONAL)


def region_of(name: str, within: str | None = None) -> Region | None:
    """Return the division of the body that a name names; None where the name alone does not say.

    Args:
        name: the name as printed, without white space.
        within: the code of the region whose portal published it, which decides between divisions of one name.

    Returns:
        信阳市浉河区人民政府 → 411502, 河南省财政厅 → 410000; for an organ below the county its county's code
        and the level `township`. 鼓楼区人民政府 and 市政府 → None without the region of their portal.
    """
    if table_pattern("places", "national").fullmatch(name):
        return _NATION
    place = find_place(name, within)
    township = _TOWNSHIP_NAME.match(place.rest)
    if place.region is None or township is None:
        return place.region
    return place.region.replace(name=township["name"], level=TOWNSHIP)


def find_place(name: str, within: str | None = None) -> Place:
    """Split a name into the division that it begins with and the rest.

    Args:
        name: the name as printed, without white space.
        within: see `region_of`.
    """
    before = table_pattern("places", "before_place").match(name)
    start = before.end() if before else 0
    candidates: tuple[Region, ...] = ()
    at = start
    while found := _find_longest(name, at, candidates):
        candidates, at = found
    if not candidates and within:
        return _find_relative(name, within)
    region = _decide_region(candidates, within)
    return Place(region, name[at:], name[:start]) if region else Place(None, name)


def region_by_code(code: str) -> Region | None:
    """Return the division of a code, as it is in force or was last; None where no table has the code."""
    if code == _NATION.code:
        return _NATION
    known = _by_code().get(code, ())
    return max(known, key=_order_by_recency, default=None)


def parent_of(region: Region) -> Region | None:
    """Return the division next above; None above a province."""
    for code in (f"{region.code[:4]}00", f"{region.code[:2]}0000"):
        if code != region.code and (above := region_by_code(code)):
            return above
    return None


def divisions_of(code: str | None) -> tuple[Region, ...]:
    """Return the division of a code and those above it, the widest last.

    Args:
        code: six digits of GB/T 2260; None, or one that is not known, lies in no division.
    """
    found: list[Region] = []
    region = region_by_code(code) if code else None
    while region:
        found.append(region)
        region = parent_of(region)
    return tuple(found)


def full_name(region: Region) -> str:
    """Return a name that no other division in force has: a district's with its city's before it."""
    above = parent_of(region)
    is_district = region.level == COUNTY and region.name.endswith("区") and above is not None
    return f"{above.name}{region.name}" if is_district and above else region.name


def division_names() -> frozenset[str]:
    """Return the name of every division that is or was, and the short one of those that have one."""
    return frozenset(_by_name())


def is_township_organ(rest: str) -> bool:
    """Tell whether a name without its county is a township organ's: 老城街道办事处, 七里营镇人民政府."""
    return _TOWNSHIP_NAME.match(rest) is not None


def _find_longest(name: str, at: int, above: tuple[Region, ...]) -> tuple[tuple[Region, ...], int] | None:
    """Return the divisions with the longest name that stands at a place, below one of those before it."""
    # The longest name first: 吉林市 before 吉林. No division has a name of one character.
    for end in range(min(len(name), at + _LONGEST), at + 1, -1):
        found = _by_name().get(name[at:end], ())
        fits = tuple(one for one in found if not above or any(_is_below(one, top) for top in above))
        if fits:
            return fits, end
    return None


def _find_relative(name: str, within: str) -> Place:
    """Complete a name that says only of which sort its place is, or which township of the county it is of.

    市财政局 is that of 新乡市, of which the portal, or of a county of which it may be.
    """
    region = region_by_code(within)
    if region and region.level == COUNTY and is_township_organ(name):
        return Place(region, name)
    match = relative_names().fullmatch(name)
    if match is None:
        return Place(None, name)
    kin = (above for above in divisions_of(within) if above.name.endswith(match["sort"]))
    place = next(kin, None)
    return Place(place, match["rest"]) if place else Place(None, name)


def _decide_region(candidates: tuple[Region, ...], within: str | None) -> Region | None:
    """Return the one division that is meant; None where several could be."""
    if not candidates:
        return None
    codes = {one.code for one in candidates}
    # A county that became a city of the same short name fits twice: what went on under another candidate's
    # code is left out.
    left = [one for one in candidates if not codes & set(one.successors)]
    if len(left) > 1 and within:
        # The portal's own division, then one below it, then one above it.
        kin = (
            [one for one in left if one.code == within],
            [one for one in left if _lies_in(one.code, within)],
            [one for one in left if _lies_in(within, one.code)],
        )
        left = next((group for group in kin if group), left)
    return left[0] if len(left) == 1 else None


def _is_below(region: Region, above: Region) -> bool:
    return region.code != above.code and _lies_in(region.code, above.code)


def _lies_in(code: str, above: str) -> bool:
    """Tell whether a code is that of a division within another: 410702 in 410700 and in 410000."""
    return code.startswith(stem_of(above))


def stem_of(code: str) -> str:
    """Return what the codes of a division and of all within it begin with; nothing for the whole country."""
    if code == _NATION.code:
        return ""
    return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code


def _order_by_recency(region: Region) -> tuple[bool, int, int]:
    return region.to_year is None, region.to_year or 0, region.from_year


def _level_of(code: str) -> str:
    if code.endswith("0000"):
        return PROVINCE
    return PREFECTURE if code.endswith("00") else COUNTY


@cache
def _load_regions(table: str = "regions.csv") -> tuple[tuple[Region, str], ...]:
    """Return every division of a table with its short name, which may be empty."""
    text = files("pipelines.knowledge").joinpath(table).read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple(
        (
            Region(
                code=row["code"],
                name=row["name"],
                level=_level_of(row["code"]),
                from_year=int(row["from"]),
                to_year=int(row["to"]) if row["to"] else None,
                successors=tuple(row["successors"].split(";")) if row["successors"] else (),
            ),
            row["short"],
        )
        for row in rows
    )


@cache
def _by_name() -> dict[str, tuple[Region, ...]]:
    names: dict[str, tuple[Region, ...]] = {}
    for region, short in _load_regions():
        for name in filter(None, (region.name, short)):
            names[name] = (*names.get(name, ()), region)
    return names


@cache
def _by_code() -> dict[str, tuple[Region, ...]]:
    codes: dict[str, tuple[Region, ...]] = {}
    # Those of the demo, which do not exist, have a code each and no name that is looked for.
    for region, _ in (*_load_regions(), *_load_regions("regions_demo.csv")):
        codes[region.code] = (*codes.get(region.code, ()), region)
    return codes


def relative_names() -> re.Pattern[str]:
    """Return the pattern of a name that says only of which sort its place is: 市财政局."""
    return table_pattern("places", "relative")
