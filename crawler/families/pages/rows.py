"""Which links of a list page are its rows: chosen by structure, never by site.

Links that stand in the same place of the page's skeleton form a group, and one group is the list. Menus
have no dates, so a group whose rows print dates, or whose file names carry them, comes before one without;
then the one whose articles lie below the list's own folder, that stands nearest to the paging (boxes of
news beside the list stand further off), that has most to say.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lxml import etree

from crawler.families.base import LISTS, ListedLink, list_pattern
from crawler.families.pages.clicks import clicks_of, may_lead
from pipelines.addresses import clean_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# Best first.
_DATES = tuple(map(list_pattern, ("date_with_day", "date_with_month", "date_without_year")))
# 20 and 2026-01, 01-20 and 2026: in elements of their own, the larger above the smaller.
_APART = list_pattern("date_apart")
# Beside its texts a card holds a picture, an icon or two.
_MOST_PARTS = 30
_MOST_TEXTS = 9
_ROW_TAGS = frozenset(("li", "tr", "dd", "dt", "dl", "p", "div", "article"))
_SURE_ROW_TAGS = frozenset(("li", "tr", "dd"))
_HEADING = re.compile("h[1-6]")
_BLOCKS = frozenset(("div", "p", "dt", "dd", "li", "h2", "h3", "h4", "h5", "h6"))
_UNREAD = frozenset(("script", "style"))
# Editors type dates in full width: ２０２６．０１．２０. Dashes are of numbers: 第１２－３０号.
_NARROW = {ord(wide): ord(wide) - 0xFEE0 for wide in "０１２３４５６７８９．／"}
# Editors leave them within words.
_UNSEEN = re.compile("[\u200b\u200c\u200d\u2060\ufeff]+")


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


class _Layout:
    """A page measured once, so that no row costs more the longer the page is.

    Args:
        root: the page.
        found: its links, with the addresses they lead to.

    Attributes:
        links: the links of the page with the addresses they lead to, in order.
    """

    def __init__(self, root: Any, found: Iterable[tuple[Any, str]]) -> None:
        self.links = {anchor: url for anchor, url in found if not _turns_pages(anchor)}
        self._chars: Counter[Any] = Counter()
        self._linked: Counter[Any] = Counter()
        self._rows: Counter[Any] = Counter()
        self._dated: dict[Any, bool] = {}
        # Children stand behind their parents, so that backwards each is measured before what holds it.
        for element in reversed(list(root.iter(etree.Element))):
            self._chars[element] += 0 if element.tag in _UNREAD else len((element.text or "").strip())
            self._linked[element] += element in self.links
            parent = element.getparent()
            if parent is not None:
                self._chars[parent] += self._chars[element] + len((element.tail or "").strip())
                self._linked[parent] += self._linked[element]
                is_row = element.tag in _SURE_ROW_TAGS and self._linked[element] > 0
                self._rows[parent] += self._rows[element] + is_row

    def row_of(self, anchor: Any) -> Any:
        """The nearest element that is a row by its tag, else the nearest short block with a date."""
        is_card = _is_card(anchor)
        for element in (anchor, *anchor.iterancestors()):
            if element.tag in _SURE_ROW_TAGS:
                return self._with_date_beside(element)
            if element.tag in _ROW_TAGS:
                is_list = self._rows[element] or (is_card and self._linked[element] > 1)
                if self._chars[element] > LISTS.row_chars or is_list:
                    break
                if self._is_dated(element):
                    return element
        return anchor

    def _with_date_beside(self, row: Any) -> Any:
        """The row, or what holds it where one row is a list of its own: `ul > li link, li date`."""
        parent = row.getparent()
        if (
            parent is not None
            and row.tag in {"li", "dd"}
            and self._leads_to_the_same(row, parent)
            and self._chars[parent] <= LISTS.row_chars
            and not self._is_dated(row)
            and self._is_dated(parent)
        ):
            return parent
        return row

    def _leads_to_the_same(self, row: Any, parent: Any) -> bool:
        """Whether what holds a row links nowhere else: the title and [详情] may both lead to its document."""
        if self._linked[parent] == self._linked[row]:
            return True
        if self._linked[parent] > LISTS.links_of_row:
            return False
        return len({self.links[anchor] for anchor in parent.iter("a") if anchor in self.links}) == 1

    def _is_dated(self, element: Any) -> bool:
        if element not in self._dated:
            text = _text(element).translate(_NARROW)
            self._dated[element] = any(pattern.search(text) for pattern in (*_DATES[:2], _APART))
        return self._dated[element]


class _Group:
    """Rows in one place of the skeleton, and what speaks for their being the list."""

    def __init__(self, rows: tuple[Row, ...], folder: str, near: set[Any]) -> None:
        self.rows = rows
        self.dated = sum(row.dated for row in rows) * 2 > len(rows)
        self.below = sum(row.link.url.startswith(folder) for row in rows) * 2 > len(rows)
        self.framed = list_pattern("frame_class").search(" ".join(rows[0].place)) is not None
        shared = sum(element in near for element in rows[0].ancestors)
        said = sum(len(row.link.title) for row in rows)
        self.rank = (self.dated, not self.framed, self.below, shared, said)


def find_rows(root: Any, base: str) -> Iterator[Row]:
    """Yield each row of a parsed page, in order: for each row element its one main link."""
    return _rows_of(_Layout(root, _anchors(root, base)))


def find_clicked_rows(root: Any, base: str) -> Iterator[Row]:
    """Yield each row that has no link but by a click; without an address where that is not followed.

    Only for pages that have no other rows: what is clicked beside a link shares or downloads it.

    Args:
        root: the page.
        base: what addresses start from.
    """
    clicks = clicks_of(root)
    linked = {around for anchor, _ in _anchors(root, base) for around in (anchor, *anchor.iterancestors())}
    clicked = [each for each in root.iter(etree.Element) if may_lead(each) and each not in linked]
    led = {each: url for each in clicked if (url := _own_address(clicks.address_of(each), base))}
    # A whole row may be clicked for the colour that it takes, and the link within it leads on.
    within = {below for each in led for below in each.iterdescendants()}
    around = {above for each in led for above in each.iterancestors()}
    found = [
        (each, led.get(each, ""))
        for each in clicked
        if each not in within and (each in led or (each not in around and clicks.refused(each)))
    ]
    layout = _Layout(root, found)
    return (row for row in _rows_of(layout) if row.ancestors[-1] not in linked)


def _own_address(written: str | None, base: str) -> str:
    url = (written and clean_url(written, base)) or ""
    return url if urlsplit(url).netloc == urlsplit(base).netloc else ""


def _anchors(root: Any, base: str) -> Iterator[tuple[Any, str]]:
    found = ((anchor, link_address(anchor, base)) for anchor in root.iter("a"))
    return ((anchor, url) for anchor, url in found if url)


def _rows_of(layout: _Layout) -> Iterator[Row]:
    by_row: dict[Any, list[tuple[str, Any]]] = defaultdict(list)
    for anchor, address in layout.links.items():
        by_row[layout.row_of(anchor)].append((address, anchor))
    for element, anchors in by_row.items():
        url, main = _main_link(anchors)
        title, date = link_title(main), _row_date(element, main)
        dated = date is not None or _is_dated(url)
        # A link without a word, a picture in a menu, is no row unless a date stands by it.
        if dated or (title and element.tag in _SURE_ROW_TAGS):
            yield Row(ListedLink(url, title, date), dated, _place(element), _ancestors(element))


def read_row(element: Any, base: str, chosen: Iterable[Any] | None = None) -> ListedLink | None:
    """Return the main link of an element that is known to be a row; None where it leads nowhere.

    Args:
        element: the row.
        base: what its links start from.
        chosen: the links that may be the main one, the first that leads somewhere; None where names tell it.
    """
    anchors = element.iter("a") if chosen is None else chosen
    found = [(address, anchor) for anchor in anchors if (address := link_address(anchor, base))]
    if not found:
        return None
    url, main = _main_link(found) if chosen is None else found[0]
    return ListedLink(url, link_title(main), _row_date(element, main))


def fragment_rows(root: Any, base: str) -> tuple[ListedLink, ...]:
    """Return the rows of a piece of markup that holds a list and little else, in order.

    Lists are cut into several groups here (one per year, ten rows each), so all that has dates belongs to it.
    """
    rows = list(find_rows(root, base))
    dated = tuple(row.link for row in rows if row.dated)
    return dated or choose_group(rows, base, root)


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
    """Return the date that a row prints, in narrow digits; the link's own text only where there is no other.

    A title may speak of a date of its own (`2019年6月29日起施行`), so what stands beside it comes first.
    """
    beside = (row_text.replace(link_text, " ", 1) if link_text else row_text).translate(_NARROW)
    for pattern in _DATES:
        found = pattern.search(beside)
        if found:
            return "".join(found[0].split())
    found = _DATES[0].search(row_text.translate(_NARROW))
    return "".join(found[0].split()) if found else None


def _row_date(element: Any, main: Any) -> str | None:
    """The date beside a row's link; white space that breaks it up, even inside its numbers, is no matter."""
    inside = set() if _is_card(main) else set(main.iter())
    for piece in element.xpath(".//text()"):
        parent = piece.getparent()
        if len(piece) > LISTS.row_chars or (parent in inside and not (piece.is_tail and parent is main)):
            continue
        whole = _whole_date(piece)
        if whole:
            return whole
    boxes = (_joined_date(_brief(box)) for box in element.iter() if box not in inside)
    return next(filter(None, boxes), None) or printed_date(_text(element), _text(main))


def _joined_date(text: str) -> str | None:
    """The date whose day, or whose year, stands apart from the rest; None where a text says anything else."""
    if not _APART.fullmatch(text):
        return None
    one, two, three = map(int, re.findall(r"\d+", text))
    year, month, day = (one, two, three) if one > 31 else (two, three, one) if two > 31 else (three, one, two)
    return f"{year}-{month:02}-{day:02}" if month in range(1, 13) and day in range(1, 32) else None


def _whole_date(piece: str) -> str | None:
    """The date that a piece of text is, and nothing else beside its label."""
    text = piece.translate(_NARROW)
    is_date, is_labelled = list_pattern("whole_date").fullmatch, list_pattern("labelled_date").fullmatch
    found = is_date("".join(text.split())) or is_labelled(_squeezed(text))
    return found[1] if found else None


def link_address(anchor: Any, base: str) -> str:
    """Return where a link leads, absolute; empty for a place of its own page, and nowhere."""
    href = (anchor.get("href") or "").strip()
    return "" if href.startswith("#") else (href and clean_url(href, base)) or ""


def _main_link(links: Sequence[tuple[str, Any]]) -> tuple[str, Any]:
    """The link that a row is about; its heading where several lead there: Liferay's 更多关于… is longer."""
    url, main = max(links, key=_weight)
    headings = (link for link in links if link[0] == url and _HEADING.fullmatch(link[1].getparent().tag))
    return next(headings, (url, main))


def _weight(link: tuple[str, Any]) -> tuple[bool, int]:
    address, anchor = link
    return _is_dated(address), len(link_title(anchor))


def _turns_pages(anchor: Any) -> bool:
    said = "".join("".join(anchor.itertext())[:40].split())
    return said != "" and list_pattern("pager_link").fullmatch(said) is not None


def _is_dated(url: str) -> bool:
    return list_pattern("dated_address").search(urlsplit(url).path) is not None


def link_title(anchor: Any) -> str:
    """Return the text of a link, or its `title` attribute where that is the fuller one.

    A whole row that a click opens holds its number, date and abstract, too: its title is the first text that
    is more than a number.
    """
    attribute = _squeezed(anchor.get("title") or "")
    text = _text(anchor) if anchor.tag == "a" and not _is_card(anchor) else _first_said(anchor)
    shown = text.rstrip(".…")
    return attribute if attribute and (not shown or attribute.startswith(shown)) else text


def _is_card(anchor: Any) -> bool:
    """Whether a link is a whole row, its date and all."""
    parts = map(_brief, islice(anchor.iterdescendants(), _MOST_PARTS))
    return any(_whole_date(part) or _joined_date(part) for part in parts)


def _brief(element: Any) -> str:
    """The text of an element that says as little as a date does; empty where it says more."""
    texts = list(islice(element.itertext(), _MOST_TEXTS))
    return _squeezed(" ".join(texts)).translate(_NARROW) if len(texts) < _MOST_TEXTS else ""


def _first_said(row: Any) -> str:
    """The first of the texts in a row, each whole, that is more than a number or a date."""
    said = [row.text or ""]
    for part in row:
        is_box = _is_card(part) or any(each.tag in _BLOCKS for each in part)
        said += [_first_said(part) if is_box else _text(part), part.tail or ""]
    texts = (_squeezed(text) for text in said)
    return next((text for text in texts if text.strip("0123456789-/.年月日 ") and not _whole_date(text)), "")


def _text(element: Any) -> str:
    """The text of an element as read, scripts left out."""
    texts = element.xpath(".//text()[not(parent::script) and not(parent::style)]")
    return _squeezed(" ".join(texts))


def _squeezed(text: str) -> str:
    return " ".join(_UNSEEN.sub("", text).split())


def _ancestors(element: Any) -> tuple[Any, ...]:
    return (*reversed(list(element.iterancestors())), element)


def _place(element: Any) -> tuple[str, ...]:
    # The row's own class is left out: first, last and odd rows have one of their own.
    above = tuple(f"{step.tag}.{step.get('class') or ''}" for step in _ancestors(element)[:-1])
    return (*above, element.tag)
