"""Which links of a list page are its rows: chosen by structure, never by site.

Links that stand in the same place of the page's skeleton form a group, and one group is the list. Menus
have no dates, so a group whose rows print dates, or whose file names carry them, comes before one without;
then the one whose articles lie below the list's own folder, that stands nearest to the paging (boxes of
news beside the list stand further off), that has most to say.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crawler.families.base import ListedLink
from pipelines.address import clean_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_DATES = (
    re.compile(r"(?<!\d)(?:19|20)\d\d\s*[-./年]\s*\d{1,2}\s*[-./月]\s*\d{1,2}\s*日?(?!\d)"),
    re.compile(r"(?<!\d)(?:19|20)\d\d\s*[-./年]\s*\d{1,2}\s*月?(?!\d)"),
    re.compile(r"(?<![\d-])\d{1,2}[-./]\d{1,2}(?![\d-])"),
)
_DATED_ADDRESS = re.compile(
    r"/t\d{8}_\d+(?:_\d+)?\.s?html?$|/(?:19|20)\d\d/\d{1,2}-\d{1,2}/\w+\.s?html?$|/(?:19|20)\d{4}/[0-9a-f]{32}\.s?html?$"
)
_ROW_TAGS = frozenset(("li", "tr", "dd", "dt", "dl", "p", "div"))
_SURE_ROW_TAGS = frozenset(("li", "tr", "dd"))
_FRAME = re.compile(r"\b(?:nav|header|footer|menu|breadcrumb|crumbs?|position)\b", re.IGNORECASE)
_LONGEST_ROW = 600
_WHITE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Row:
    """A candidate: the link, and where in the skeleton of the page it stands.

    Attributes:
        dated: whether it prints a date or has one in its address.
        place: tags and classes from the root to the row.
        ancestors: the elements themselves, root first, to measure nearness by.
    """

    link: ListedLink
    dated: bool
    place: tuple[str, ...]
    ancestors: tuple[Any, ...]


class _Group:
    """Rows in one place of the skeleton, and what speaks for their being the list."""

    def __init__(self, rows: tuple[Row, ...], folder: str, near: set[Any]) -> None:
        self.rows = rows
        self.dated = sum(row.dated for row in rows) * 2 > len(rows)
        self.below = sum(row.link.url.startswith(folder) for row in rows) * 2 > len(rows)
        self.framed = _FRAME.search(" ".join(rows[0].place)) is not None
        shared = sum(element in near for element in rows[0].ancestors)
        said = sum(len(row.link.title) for row in rows)
        self.rank = (self.dated, not self.framed, self.below, shared, said)


def find_rows(root: Any, base: str) -> Iterator[Row]:
    """Yield each row of a parsed page, in order: for each row element its one main link."""
    by_row: dict[Any, list[tuple[str, Any]]] = defaultdict(list)
    for anchor in root.iter("a"):
        address = _address(anchor, base)
        if address:
            by_row[_row_of(anchor)].append((address, anchor))
    for element, anchors in by_row.items():
        url, main = max(anchors, key=_weight)
        date = printed_date(_text(element), _text(main))
        dated = date is not None or _is_dated(url)
        if dated or element.tag in _SURE_ROW_TAGS:
            yield Row(ListedLink(url, _title(main), date), dated, _place(element), _ancestors(element))


def choose_group(rows: Sequence[Row], list_url: str, pager: Any | None) -> tuple[ListedLink, ...]:
    """Return the links of the group that is the list.

    Args:
        rows: the candidates, in order.
        list_url: the address of the list page.
        pager: the element that holds the paging; None where none was found.
    """
    by_place: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        by_place[row.place].append(row)
    near = set(_ancestors(pager)) if pager is not None else set()
    folder = list_url.partition("?")[0].rpartition("/")[0] + "/"
    groups = [_Group(tuple(group), folder, near) for group in by_place.values()]
    # Without dates only the paging, or a folder of its own, tells a list from a menu.
    trusted = [
        group
        for group in groups
        if group.dated or (not group.framed and (near or (group.below and urlsplit(folder).path != "/")))
    ]
    if not trusted:
        return ()
    return tuple(row.link for row in max(trusted, key=lambda group: group.rank).rows)


def printed_date(row_text: str, link_text: str) -> str | None:
    """Return the date that a row prints, as printed; the link's own text only where there is no other.

    A title may speak of a date of its own (`2019年6月29日起施行`), so what stands beside it comes first.
    """
    beside = row_text.replace(link_text, " ", 1) if link_text else row_text
    for pattern in _DATES:
        found = pattern.search(beside)
        if found:
            return _WHITE.sub("", found[0])
    found = _DATES[0].search(row_text)
    return _WHITE.sub("", found[0]) if found else None


def _row_of(anchor: Any) -> Any:
    """The nearest element that is a row by its tag, else the nearest block with a date that is not long."""
    for element in anchor.iterancestors():
        if element.tag in _SURE_ROW_TAGS:
            return element
        if element.tag in _ROW_TAGS:
            text = _text(element)
            if len(text) > _LONGEST_ROW:
                break
            if any(pattern.search(text) for pattern in _DATES[:2]):
                return element
    return anchor


def _address(anchor: Any, base: str) -> str:
    href = (anchor.get("href") or "").strip()
    return "" if href.startswith("#") else (href and clean_url(href, base)) or ""


def _weight(link: tuple[str, Any]) -> tuple[bool, int]:
    address, anchor = link
    return _is_dated(address), len(_title(anchor))


def _is_dated(url: str) -> bool:
    return _DATED_ADDRESS.search(urlsplit(url).path) is not None


def _title(anchor: Any) -> str:
    text, attribute = _text(anchor), _WHITE.sub(" ", anchor.get("title") or "").strip()
    shown = text.rstrip(".…")
    return attribute if attribute and (not shown or attribute.startswith(shown)) else text


def _text(element: Any) -> str:
    """The text of an element as read, scripts left out."""
    texts = element.xpath(".//text()[not(parent::script) and not(parent::style)]")
    return _WHITE.sub(" ", " ".join(texts)).strip()


def _ancestors(element: Any) -> tuple[Any, ...]:
    return (*reversed(list(element.iterancestors())), element)


def _place(element: Any) -> tuple[str, ...]:
    # The row's own class is left out: first, last and odd rows have one of their own.
    above = tuple(f"{step.tag}.{step.get('class') or ''}" for step in _ancestors(element)[:-1])
    return (*above, element.tag)
