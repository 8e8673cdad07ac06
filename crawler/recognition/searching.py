"""Where the columns of a portal are, found with few requests.

the address given, the front page ─▶ entry points, best first ─▶ an article or two, for the way above them
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.recognition.columns import columns_on
from crawler.recognition.scope import is_department_host, is_own
from crawler.recognition.vocabulary import (
    ANNUAL_REPORT,
    POLICY,
    is_article_address,
    is_report_title,
    words_of,
)
from pipelines.addresses import canonical_address

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from archive.frontier.targets import PageRequest
    from crawler.recognition.page import Page
    from crawler.recognition.records import Column, Seen
    from crawler.recognition.tour import Tour

SURE = {ANNUAL_REPORT: 0.85, POLICY: 0.6}
"""With this much speaking for one, no more entry points are opened for its kind."""

_MOST_ENTRIES = 4
_MOST_ARTICLES = 2
_MOST_INNER = 3
_KEPT_FOR_LISTS = 5


class Finds:
    """The columns found so far, each once per kind, with the best that was said for it."""

    def __init__(self, home_url: str) -> None:
        self._home_url = home_url
        self._by_key: dict[tuple[str, str], Column] = {}

    def add(self, page: Page) -> None:
        """Add the columns on a page."""
        for column in columns_on(page):
            if not is_own(column.url, self._home_url):
                continue
            key = (column.kind, canonical_address(column.url))
            known = self._by_key.get(key)
            if known is None or known.score < column.score:
                self._by_key[key] = column

    def best(self, kind: str) -> list[Column]:
        """Return the columns of a kind, best first; those on a department's host last."""
        columns = [column for column in self._by_key.values() if column.kind == kind]
        return sorted(columns, key=lambda each: (is_department_host(each.url, self._home_url), -each.score))

    def lacks(self, kind: str) -> bool:
        """Whether nothing sure of a kind was found."""
        columns = self.best(kind)
        return not columns or columns[0].score < SURE[kind]

    def entries(self) -> list[Column]:
        """Return the entry points, best first."""
        return self.best("entry")


def search(tour: Tour, pages: list[Page], home_url: str) -> Generator[PageRequest, Seen, Finds]:
    """Find columns from the pages at hand, from entry points, and from articles where those lead nowhere."""
    finds = Finds(home_url)
    for page in pages:
        finds.add(page)
    if pages and not finds.best(ANNUAL_REPORT) and not finds.entries():
        inner = [link.url for link in pages[0].links if link.how == "frame"] or pages[0].script_files
        pages = [*pages, *(yield from _behind_the_front(tour, inner, finds))]
    yield from _behind_entries(tour, finds, pages)
    if finds.lacks(ANNUAL_REPORT):
        yield from _above_articles(tour, finds, pages)
    return finds


def _behind_the_front(
    tour: Tour, urls: Sequence[str], finds: Finds
) -> Generator[PageRequest, Seen, list[Page]]:
    """Open the frames that a front page is made of, or the script files that draw its menu."""
    opened = []
    for url in urls[:_MOST_INNER]:
        inner = yield from tour.open(url)
        if inner:
            finds.add(inner)
            opened.append(inner)
    return opened


def _behind_entries(tour: Tour, finds: Finds, pages: list[Page]) -> Generator[PageRequest, Seen, None]:
    opened = {canonical_address(page.url) for page in pages}
    for count in range(_MOST_ENTRIES):
        missing = finds.lacks(ANNUAL_REPORT) or (finds.lacks(POLICY) and count < _MOST_ENTRIES // 2)
        waiting = [entry for entry in finds.entries() if canonical_address(entry.url) not in opened]
        if not missing or not waiting or tour.left <= _KEPT_FOR_LISTS:
            return
        opened.add(canonical_address(waiting[0].url))
        page = yield from tour.open(waiting[0].url)
        if page:
            opened.add(canonical_address(page.url))
            finds.add(page)
            pages.append(page)


def _above_articles(tour: Tour, finds: Finds, pages: list[Page]) -> Generator[PageRequest, Seen, None]:
    """Open an article or two: the way that it prints above itself names the columns."""
    for url in _likely_articles(pages)[:_MOST_ARTICLES]:
        if not finds.lacks(ANNUAL_REPORT) or tour.left <= _KEPT_FOR_LISTS:
            return
        page = yield from tour.open(url)
        if page:
            finds.add(page)


def _likely_articles(pages: list[Page]) -> list[str]:
    """Articles on the pages, those that stand in or near a column of reports or policies first."""
    ranked: dict[str, float] = {}
    for link in (link for page in pages for link in page.links):
        if not is_article_address(link.url):
            continue
        near = max(words_of(kind).folder_score(link.url)[0] for kind in (ANNUAL_REPORT, "entry"))
        rank = 2.0 if is_report_title(link.name) else max(near, 0.0) + (0.2 if "公开" in link.name else 0.0)
        ranked[link.url] = max(rank, ranked.get(link.url, 0.0))
    return sorted(ranked, key=lambda url: -ranked[url])
