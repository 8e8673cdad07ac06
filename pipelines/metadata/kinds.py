"""What a document is, by its title; the table of patterns names its false friends."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from pipelines.bodies.body_names import body_at_head_of, body_in
from pipelines.bodies.identify import Publisher, name_of_body
from pipelines.bodies.regions import find_place, full_name
from pipelines.knowledge import load_table
from pipelines.metadata.fields import Kind

if TYPE_CHECKING:
    from pipelines.bodies.roster import Roster

_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_LEADING_YEAR = re.compile(r"^(?:19|20)\d\d年?度?(?=\D)")
_SUBJECT = re.compile(r"(?:19|20)\d\d|政府信息公开|信息公开|政务公开")
_BRACKET_AT_END = r"(?:[（(【\[〔][^（()）]{1,20}[）)】\]〕])?"


def kind_of_title(title: str | None) -> Kind:
    """Return what a document with this title is; `OTHER` where the title does not say.

    Args:
        title: the title without white space; None where none is printed.
    """
    if title is None:
        return Kind.OTHER
    return next((kind for kind, pattern in _patterns() if pattern.search(title)), Kind.OTHER)


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
    place = find_place(_LEADING_YEAR.sub("", title), publisher.region_within)
    if not _SUBJECT.match(place.rest):
        return None
    return f"{full_name(place.region)}人民政府" if place.region else publisher.issuer


def ends_like_a_title(text: str) -> bool:
    """Tell whether a text ends as titles of documents do: …报告, …的通知, …办法（试行）."""
    return _ending().search(text) is not None


def is_column_name(text: str) -> bool:
    """Tell whether a text is the name of a column of a portal (政府信息公开年报) and of no one document."""
    return _column().fullmatch(text) is not None


@cache
def _patterns() -> tuple[tuple[Kind, re.Pattern[str]], ...]:
    return tuple(
        (Kind(entry["kind"]), re.compile(_with_ending(entry["pattern"], entry.get("ends"))))
        for entry in load_table("title_kinds")["kinds"]
    )


def _with_ending(pattern: str, ending: str | None) -> str:
    return pattern if ending is None else f"(?:{pattern}).*(?:{ending}){_BRACKET_AT_END}$"


@cache
def _ending() -> re.Pattern[str]:
    return re.compile(f"(?:{load_table('title_kinds')['endings']}){_BRACKET_AT_END}$")


@cache
def _column() -> re.Pattern[str]:
    return re.compile(load_table("title_kinds")["columns"])
