"""Which links of a list page are its rows: chosen by structure, never by site.

Links that stand in the same place of the page's skeleton form a group, and one group is the list. Menus
have no dates, so a group whose rows print dates, or whose file names carry them, comes before one without;
then the one whose articles lie below the list's own folder, that stands nearest to the paging (boxes of
news beside the list stand further off), that has most to say.
"""

from __future__ import annotations

import posixpath
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from lxml import etree

from crawler.families.base import LISTS, ListedLink, list_pattern, list_words
from crawler.families.pages.clicks import clicks_of, may_lead
from crawler.families.pages.markup import is_card, link_title, prints_date, row_date, whole_date
from pipelines.addresses import clean_url, folder_of

_ROW_TAGS = frozenset(("li", "tr", "dd", "dt", "dl", "p", "div", "article"))
_SURE_ROW_TAGS = frozenset(("li", "tr", "dd"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_UNREAD = frozenset(("script", "style"))


class Row(NamedTuple):
    """A candidate: the link, and where in the skeleton of the page it stands.

    Attributes:
        dated: whether it prints a date or has one in its address.
        element: the row.
    """

    link: ListedLink
    dated: bool
    element: Any


class _Layout:
    """A page measured once, so that no row costs more the longer the page is.

    Args:
        root: the page.
        found: the addresses of its links, with these.

    Attributes:
        links: the links of the page with the addresses they lead to, in order.
    """

    def __init__(self, root: Any, found: Iterable[tuple[str, Any]]) -> None:
        self.links = {anchor: url for url, anchor in found if not _turns_pages(anchor)}
        self._chars: Counter[Any] = Counter()
        self._linked: Counter[Any] = Counter()
        self._rows: Counter[Any] = Counter()
        self._dated: dict[Any, bool] = {}
        self._turns: dict[Any, dict[str, tuple[Any, str]]] = {}
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
        """The element that is the row of a link; the link itself where others stand in all that holds it."""
        row = self._row_around(anchor)
        beside = self.find_beside(anchor) if row is anchor or self._linked[row] > 1 else None
        return beside[0] if beside else row

    def find_beside(self, anchor: Any) -> tuple[Any, str] | None:
        """Return the first link to where one leads, and the date beside it, of a row without an element.

        Links and dates take turns in what holds them: `<p>link</p><p>date</p>`, `<dt>` and `<dd>`, two
        columns of a table, lines that end with `<br>`.
        """
        around = next((each for each in anchor.iterancestors() if self._linked[each] > 1), None)
        if around is None:
            return None
        if around not in self._turns:
            is_flat = not any(self._linked[below] > 1 for below in around.iterdescendants())
            is_row = around.tag in _SURE_ROW_TAGS
            self._turns[around] = _take_turns(self._marks(around), is_row=is_row) if is_flat else {}
        return self._turns[around].get(self.links[anchor])

    def _marks(self, element: Any) -> Iterator[tuple[str, Any]]:
        """Yield what stands in an element: links with their addresses, dates without."""
        for event, step in etree.iterwalk(element, events=("start", "end")):
            if event == "start" and step in self.links:
                yield self.links[step], step
            said = step.text if event == "start" else None if step is element else step.tail
            if said and (date := whole_date(said)):
                yield "", date

    def _row_around(self, anchor: Any) -> Any:
        """The nearest element that is a row by its tag, else the nearest short block with a date."""
        is_whole_row = is_card(anchor)
        for element in (anchor, *anchor.iterancestors()):
            if element.tag in _SURE_ROW_TAGS:
                return self._with_date_beside(element)
            if element.tag in _ROW_TAGS:
                is_list = self._rows[element] or (is_whole_row and self._linked[element] > 1)
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
            self._dated[element] = prints_date(element)
        return self._dated[element]


def _take_turns(marks: Iterable[tuple[str, Any]], *, is_row: bool) -> dict[str, tuple[Any, str]]:
    """Return links with their dates by their addresses; nothing where they do not strictly take turns.

    Args:
        marks: addresses with their links, and dates without an address.
        is_row: whether they stand in a row by its tag, which may have a page, its file, and two dates.
    """
    turns = [next(same) for _, same in groupby(marks, key=lambda mark: mark[0] or mark)]
    pairs = list(zip(turns[::2], turns[1::2], strict=False))
    if turns and not turns[0][0]:
        pairs = [(link, date) for date, link in pairs]
    found = {link[0]: (link[1], date[1]) for link, date in pairs if link[0] and not date[0]}
    kinds = {posixpath.splitext(urlsplit(address).path)[1] for address in found}
    is_plain = len(found) * 2 == len(turns) and len(found) > 1 and not (is_row and len(kinds) > 1)
    return found if is_plain else {}


def _rank(
    place: tuple[str, ...], rows: Sequence[Row], folder: str, near: set[Any]
) -> tuple[bool, bool, bool, int, int]:
    """What speaks for rows in one place of the skeleton being the list, what counts most first."""
    return (
        sum(row.dated for row in rows) * 2 > len(rows),
        list_pattern("frame_class").search(" ".join(place)) is None,
        sum(row.link.url.startswith(folder) for row in rows) * 2 > len(rows),
        sum(element in near for element in _ancestors(rows[0].element)),
        sum(len(row.link.title) for row in rows),
    )


def find_rows(root: Any, base: str) -> Iterator[Row]:
    """Yield each row of a parsed page, in order: for each row element its one main link."""
    return _rows_of(_Layout(root, _led_by(root.iter("a"), base)))


def find_clicked_rows(root: Any, base: str) -> Iterator[Row]:
    """Yield each row that has no link but by a click; without an address where that is not followed.

    Only for pages that have no other rows: what is clicked beside a link shares or downloads it.

    Args:
        root: the page.
        base: what addresses start from.
    """
    clicks = clicks_of(root)
    linked = {
        around for _, anchor in _led_by(root.iter("a"), base) for around in (anchor, *anchor.iterancestors())
    }
    clicked = [each for each in root.iter(etree.Element) if may_lead(each) and each not in linked]
    led = {each: url for each in clicked if (url := _own_address(clicks.address_of(each), base))}
    # A whole row may be clicked for the colour that it takes, and the link within it leads on.
    within = {below for each in led for below in each.iterdescendants()}
    around = {above for each in led for above in each.iterancestors()}
    found = [
        (led.get(each, ""), each)
        for each in clicked
        if each not in within and (each in led or (each not in around and clicks.refused(each)))
    ]
    layout = _Layout(root, found)
    return (row for row in _rows_of(layout) if row.element not in linked)


def _own_address(written: str | None, base: str) -> str:
    url = (written and clean_url(written, base)) or ""
    return url if urlsplit(url).netloc == urlsplit(base).netloc else ""


def _led_by(anchors: Iterable[Any], base: str) -> Iterator[tuple[str, Any]]:
    """Yield the addresses of links that lead somewhere, with these."""
    return ((url, anchor) for anchor in anchors if (url := link_address(anchor, base)))


def _rows_of(layout: _Layout) -> Iterator[Row]:
    by_row: dict[Any, list[tuple[str, Any]]] = defaultdict(list)
    for anchor, address in layout.links.items():
        by_row[layout.row_of(anchor)].append((address, anchor))
    for element, anchors in by_row.items():
        url, main = _main_link(anchors)
        title, date = link_title(main), row_date(element, main)
        # A row without an element has no text of its own but its title, which may speak of a date.
        if (beside := layout.find_beside(main)) and (date is None or element in layout.links):
            date = beside[1]
        dated = date is not None or _is_dated(url)
        # A link without a word, a picture in a menu, is no row unless a date stands by it.
        if dated or (title and element.tag in _SURE_ROW_TAGS):
            yield Row(ListedLink(url, title, date), dated, element)


def read_row(element: Any, base: str, chosen: Iterable[Any] | None = None) -> ListedLink | None:
    """Return the main link of an element that is known to be a row; None where it leads nowhere.

    Args:
        element: the row.
        base: what its links start from.
        chosen: the links that may be the main one, the first that leads somewhere; None where names tell it.
    """
    anchors = element.iter("a") if chosen is None else chosen
    found = list(_led_by(anchors, base))
    if not found:
        return None
    url, main = _main_link(found) if chosen is None else found[0]
    return ListedLink(url, link_title(main), row_date(element, main))


def fragment_rows(root: Any, base: str) -> tuple[ListedLink, ...]:
    """Return the rows of a piece of markup that holds a list and little else, in order.

    Lists are cut into several groups here (one per year, ten rows each), so all that has dates belongs to it.
    """
    rows = list(find_rows(root, base))
    dated = tuple(row.link for row in rows if row.dated)
    return dated or choose_group(rows, base, root)


def choose_group(rows: Iterable[Row], list_url: str, pager: Any | None) -> tuple[ListedLink, ...]:
    """Return the links of the group that is the list.

    Args:
        rows: the candidates, in order.
        list_url: the address of the list page.
        pager: the element that holds the paging; None where none was found.
    """
    by_place: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        by_place[_place(row.element)].append(row)
    near = set(_ancestors(pager)) if pager is not None else set()
    folder = folder_of(list_url)
    ranked = [(_rank(place, group, folder, near), group) for place, group in by_place.items()]
    # Without dates only the paging, or a folder of its own, tells a list from a menu.
    trusted = [
        (rank, group)
        for rank, group in ranked
        if rank[0] or (rank[1] and (near or (rank[2] and urlsplit(folder).path != "/")))
    ]
    _, best = max(trusted, key=itemgetter(0), default=((), ()))
    return tuple(row.link for row in best)


def link_address(anchor: Any, base: str) -> str:
    """Return where a link leads, absolute; empty for a place of its own page, and nowhere."""
    href = (anchor.get("href") or "").strip()
    return "" if href.startswith("#") else (href and clean_url(href, base)) or ""


def _main_link(links: Sequence[tuple[str, Any]]) -> tuple[str, Any]:
    """The link that a row is about; its heading where several lead there: Liferay's 更多关于… is longer."""
    url, main = max(links, key=_weight)
    headings = (link for link in links if link[0] == url and link[1].getparent().tag in _HEADINGS)
    return next(headings, (url, main))


def _weight(link: tuple[str, Any]) -> tuple[bool, int]:
    address, anchor = link
    return _is_dated(address), len(link_title(anchor))


def _turns_pages(anchor: Any) -> bool:
    said = "".join("".join(anchor.itertext())[:40].split())
    return said != "" and list_pattern("pager_link").fullmatch(said) is not None


def _is_dated(url: str) -> bool:
    return list_pattern("dated_address").search(urlsplit(url).path) is not None


def _ancestors(element: Any) -> tuple[Any, ...]:
    return (*reversed(list(element.iterancestors())), element)


def _place(element: Any) -> tuple[str, ...]:
    # The row's own class is left out: first, last and odd rows have one of their own.
    return (*map(_step, _ancestors(element)[:-1]), element.tag)


def _step(element: Any) -> str:
    # A list for each year, of which the page shows one at a time, is one list.
    shown = list_words("state_classes")
    classes = (each for each in (element.get("class") or "").split() if each not in shown)
    return f"{element.tag}.{' '.join(classes)}"
