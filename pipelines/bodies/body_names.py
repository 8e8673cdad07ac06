"""Public bodies, which issue documents: what is the name of one, and what sort of body it names.

A name is told by its last words (`body_names.yaml`). A place is no body, nor is a name that only its readers
can complete. Which spellings name one body is the matter of `canonical_name` and of the roster (`bodies`).
"""

from __future__ import annotations

import re
from functools import cache, partial

from pipelines.bodies.regions import find_place, full_name
from pipelines.knowledge import load_table, table_pattern

_wording = partial(table_pattern, "wordings", "body_names")

LONGEST_NAME = 45
_SPACE = re.compile(r"\s+")
_SEPARATORS = re.compile(r"[\s、，,;；/]+")
_YEAR = r"(?:(?:19|20)\d\d|[一二][九〇○零Ｏ][〇○零Ｏ一二三四五六七八九]{2}(?=年))"
_LEADING_YEAR = re.compile(rf"^(?:[（(【\[]?{_YEAR}年?度?[）)】\]]?)")
# Where the name at the head of a title may end; in 某市人民政府信息公开年报 two of these overlap.
_AFTER_NAME = re.compile(
    rf"(?=(关于|对|转发|印发|批转|[（(【\[]?{_YEAR}|政府信息公开|信息公开|政务公开|公告|通告|令|年度))"
)


def body_kind(name: str) -> str:
    """Return `government`, `department`, `committee`, … for a body's printed name; `other` where none fits.

    Args:
        name: the name as printed, without white space.
    """
    ends = (ending for ending in _kinds_by_ending() if _without_other_name(name).endswith(ending))
    return _kinds_by_ending().get(max(ends, key=len, default=""), "other")


def body_kinds() -> frozenset[str]:
    """Return every sort of body that there is."""
    return frozenset(_kinds_by_ending().values()) | {"other"}


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
    return _without_other_name(name).endswith(tuple(_kinds_by_ending())) and not never.search(name)


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
    names = [name for name in _SEPARATORS.split(text) if name]
    if len(names) > 1 and all(is_body_name(name) and name not in _kinds_by_ending() for name in names):
        return tuple(body for name in names for body in _part_glued(name))
    whole = body_in(text)
    return _part_glued(whole) if is_body_name(whole) else ()


def body_in(text: str) -> str:
    """Return a printed name without the white space that sets it apart."""
    return _SPACE.sub("", text)


def body_at_head_of(title: str) -> str | None:
    """Return the body whose name a title begins with; None where it begins with a place or a subject."""
    return next(iter(bodies_at_head_of(title)), None)


def bodies_at_head_of(title: str) -> tuple[str, ...]:
    """Return the bodies whose names a title begins with; none where it begins with a place or a subject.

    新乡市人民政府2019年… and 2019年新乡市人民政府… begin with one, 新乡市2019年… does not; nor does
    新乡市政府信息公开年报, which is 新乡市 and its 政府信息公开.
    """
    text = _LEADING_YEAR.sub("", _lead_in().sub("", body_in(title)))
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
    again = name.find(place["place"], place.end()) if place else -1
    first, others = name[: max(again, 0)], name[again:]
    return (first, *_part_glued(others)) if is_body_name(first) and is_body_name(others) else (name,)


def _without_other_name(name: str) -> str:
    """Return a name without the second one that it bears in brackets: 发展和改革委员会（物价局）."""
    match = _wording("other_name").search(name)
    return name[: match.start()] if match and match["name"].endswith(tuple(_kinds_by_ending())) else name


@cache
def _kinds_by_ending() -> dict[str, str]:
    """Return the sort of body by the ending of its name."""
    table = load_table("body_names")["endings"]
    return {ending: kind for kind, endings in table.items() for ending in endings}


@cache
def _lead_in() -> re.Pattern[str]:
    return re.compile(rf"^[（(【\[]?(?:{load_table('body_names')['lead_ins']})[】\]）)]?[:：|丨｜！!]?《?")
