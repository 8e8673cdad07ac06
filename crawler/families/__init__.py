"""The CMS families, by the name that a portal's YAML gives in `family`, and lists that are made of lists.

A system whose lists an interface answers as JSON is one entry of `presets.yaml`. One that needs code is a
module with a `read_list` (`base.py`), a line in the table here, its fingerprints, and a folder of fixtures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from archive.frontier.targets import PageRequest
from crawler.families import html_list, jpaas, jpage, json_list, lonsun
from crawler.families.base import Family, ListPage, PageAt, ReadList, list_pattern
from crawler.families.pages.markup import parse_markup, select_elements, selector_fault
from crawler.families.pages.page_requests import one_of
from pipelines.addresses import clean_url, folder_of
from pipelines.knowledge import load_table
from pipelines.readers.html.elements import base_of
from pipelines.structs import FrozenStruct
from pipelines.text.normalise import list_numbers

# Lists that are made of lists: a column that only leads to its years or months, and these to their rows.
#
#     column ─▶ 2025年 ─▶ its rows, page by page
#            ─▶ 2024年 ─▶ 县政府, 部门, 乡镇 ─▶ the rows of each
#
# The parts are those that the column names tonight, so that the next year is read the night it appears.

PARTS = "parts"
"""The option that tells the links to the parts: what they are, or a selector."""
YEARS = "years"
"""Years and months by their names, and below these the sorts of bodies that each gathers."""
# 2026年1月(3)
_TOTAL = re.compile(r"[（(](\d{1,6})[)）]$")


def read_in_parts(read: ReadList, text: str, at: PageAt, part: str | None) -> ListPage:
    """Read a page of a list that may be made of parts.

    Args:
        read: of its family; reads the pages of the parts.
        text: the page, decoded.
        at: where it was found.
        part: the address of the part that it belongs to; None for the list's first page, and for all pages of
            a list that is not made of parts.
    """
    told = at.options.get(PARTS)
    if told is None:
        return read(text, at)
    parts = find_parts(text, at, told, is_within=part is not None)
    listed = read(text, at.replace(list_url=part or at.list_url))
    addresses = {each.url for each in parts}
    # The years stand on the page of each of them, too, and may look like rows.
    links = tuple(link for link in listed.links if link.url not in addresses)
    if part is None and parts:
        return ListPage(parts=parts, is_shell=True)
    if links or listed.is_empty or listed.is_shell or not parts:
        return listed if links == listed.links else listed.replace(links=links)
    return ListPage(parts=parts, is_shell=True)


def find_parts(text: str, at: PageAt, told: str, *, is_within: bool = False) -> dict[PageRequest, int | None]:
    """Return the requests for the parts that a page leads to, the newest first, each with its rows as told.

    Args:
        text: the page, decoded.
        at: where it was found.
        told: by what they are told: `years`, or a selector.
        is_within: whether the page is that of a part, which may gather sorts of bodies.
    """
    root = parse_markup(text)
    if root is None:
        return {}
    base = base_of(root, at.url)
    chosen = root.iter("a", "option") if told == YEARS else select_elements(root, told)
    pairs = [pair for each in chosen for pair in _named_address(each, base) if pair[0] != at.list_url]
    named = dict(pairs)
    if told == YEARS:
        named = named_parts(pairs, at.url if is_within else at.list_url, is_within=is_within)
    return {PageRequest(url): _stated_total(named[url]) for url in newest_first(named)}


def parts_fault(told: str) -> str | None:
    """Say what is wrong with the option; None where nothing is."""
    return None if told == YEARS else selector_fault(told)


def _stated_total(name: str) -> int | None:
    said = _TOTAL.search(name)
    return int(said[1]) if said else None


def _named_address(link: Any, base: str) -> Iterator[tuple[str, str]]:
    # An option whose value is an address leads there when it is chosen.
    written = link.get("href") or link.get("value") or ""
    url = clean_url(written, base) if set(written) & set("/.?") else None
    if url and not list_pattern("dated_address").search(urlsplit(url).path):
        yield url, "".join("".join(link.itertext()).split())


def named_parts(links: Iterable[tuple[str, str]], url: str, *, is_within: bool) -> dict[str, str]:
    """Return the links that are called as years and months are, and within a part as sorts of bodies are.

    Of years those below a folder, if any are: beside them may stand those of another column, as of 政府公报,
    and on the page of one all the others.

    Args:
        links: addresses with what they are called.
        url: of the column, or of the part, in whose folder they are.
        is_within: whether their page is that of a part.
    """
    pairs = [*links]
    years = {at: name for at, name in pairs if is_year(name)}
    folder = folder_of(url)
    below = {at: name for at, name in years.items() if at.startswith(folder) and at != folder}
    return {**below, **bodies_among(pairs, url)} if is_within else below or years


def bodies_among(links: Iterable[tuple[str, str]], url: str) -> dict[str, str]:
    """Return the links below a page that are called as sorts of bodies are: 县政府, 部门, 乡镇."""
    is_body = list_pattern("organ_parts").fullmatch
    return {at: name for at, name in links if is_body(name) and at.startswith(folder_of(url))}


def is_year(name: str) -> bool:
    """Whether a link is called as a year or a month is."""
    return list_pattern("year_parts").fullmatch(name) is not None


def newest_first(named: Mapping[str, str]) -> list[str]:
    """Return addresses by what they are called, the newest first; what has no year comes before them."""
    return sorted(named, key=lambda url: [*map(int, list_numbers(named[url]))] or [9999], reverse=True)


# The families.


class Preset(FrozenStruct):
    """A system that many portals run, as options of `json_list`; one entry of `presets.yaml`.

    Attributes:
        name: what readers see it called, in Chinese.
        met: where it is met, for people.
        gives_away: what tells it, for people.
        seen_on: portals whose real requests or answers it was read from.
        fingerprints: what its pages bear, rows as in `discovery/fingerprints.yaml`.
        options: what holds where a portal's YAML says nothing.
    """

    name: str
    met: str
    gives_away: str
    seen_on: Sequence[str]
    options: Mapping[str, str]
    fingerprints: Sequence[Mapping[str, Any]] = ()


@cache
def presets() -> Mapping[str, Preset]:
    """Return the presets by the name that a portal's YAML gives in `family`."""
    return {name: Preset(**entry) for name, entry in load_table("presets", __name__).items()}


_OPTIONS = load_table("options", __name__)
_PARTS_CHECK = {PARTS: parts_fault}
_JSON_LIST = Family(
    json_list.read_list, _OPTIONS["json_list"], checks=json_list.CHECKS, together=json_list.find_faults
)

FAMILIES: Mapping[str, Family] = {
    "static_list": Family(html_list.read_list),
    "html_list": Family(
        html_list.read_list,
        _OPTIONS["html_list"],
        preset=html_list.PRESET,
        checks={**html_list.CHECKS, **_PARTS_CHECK},
        together=html_list.find_faults,
    ),
    "jpage": Family(
        jpage.read_list,
        _OPTIONS["jpage"],
        preset=jpage.PRESET,
        checks={**_PARTS_CHECK, "method": one_of("post", "get")},
    ),
    "jpaas": Family(jpaas.read_list, _OPTIONS["jpaas"], checks=_PARTS_CHECK),
    "lonsun": Family(lonsun.read_list, _OPTIONS["lonsun"], checks=_PARTS_CHECK),
    "json_list": _JSON_LIST,
    **{name: _JSON_LIST.replace(preset=preset.options) for name, preset in presets().items()},
}
