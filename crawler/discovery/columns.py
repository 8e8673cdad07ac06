"""Columns on a page that may be worth walking: by what they are called and where they stand.

    links, crumbs, frames, menus in scripts ─▶ name and folder weighed against a table ─▶ columns, best first

Nothing is asked for here: whether a column lists what its name promises is seen on its first page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from crawler.discovery.column_words import (
    ANNUAL_REPORT,
    ENTRY,
    KINDS,
    POLICY,
    column_of_article,
    is_article_address,
    is_one_site,
    is_report_title,
    score_folder,
    score_name,
    word_pattern,
)
from crawler.discovery.page_links import DISCOVERY, Page, PageLink, bare_name
from crawler.discovery.probe_crawl import Column
from crawler.families.pages.json_answers import plain_value
from pipelines.addresses import canonical_address, clean_url

_SAID_BY = {
    "link": "a link",
    "crumb": "the way to this page",
    "script": "a menu in a script",
    "frame": "a frame",
    "own": "the page itself",
    "block": "the fourth block of the disclosure column",
    "tree": "the directory tree",
}
# A page knows where it is, and a tree has all columns; a link may be another site's.
_SURER = {"crumb": 0.1, "own": 0.1, "tree": 0.1}
# How much a folder counts below a name that says nothing: every link below /zfxxgk/ would be an entry.
_FOLDER_ALONE = {ANNUAL_REPORT: 1.0, POLICY: 0.5, ENTRY: 0.0}


def columns_on(page: Page) -> tuple[Column, ...]:
    """Find the columns that a page leads to, or is, best first.

    Returns:
        Columns of annual reports and policies, and entry points; each address once per kind.
    """
    found: dict[tuple[str, str], Column] = {}
    for column in _candidates(page):
        if not is_one_site(column.url, page.url):
            continue
        key = (column.kind, canonical_address(column.url))
        found[key] = _joined(found[key], column) if key in found else column
    return tuple(sorted(found.values(), key=lambda column: (KINDS.index(column.kind), -column.score)))


def _candidates(page: Page) -> Iterator[Column]:
    links = (*page.crumbs, *page.links, *tree_links(page), *_own(page))
    for link in links:
        if not is_article_address(link.url):
            yield from (column for kind in KINDS for column in _weighed(link, kind))
    for link in fourth_block(page):
        yield from _weighed(link, ANNUAL_REPORT)
    yield from _behind_reports(page.links)
    yield from _of_this_article(page)


def _weighed(link: PageLink, kind: str) -> Iterator[Column]:
    """Yield the link as a column of a kind, with what speaks for it; nothing where too little does."""
    by_name = score_name(kind, link.name)
    by_folder, segment = score_folder(kind, link.url)
    if (
        len(link.name) > DISCOVERY.column_name_chars
        or by_name < 0
        or (by_folder < 0 and by_name < DISCOVERY.sure_name)
    ):
        return
    by_folder = max(by_folder, 0.0)
    if link.how == "block":
        by_name = max(by_name, 0.5)
    if by_name == 0 and link.name:
        by_folder *= _FOLDER_ALONE[kind]
    score = 1 - (1 - by_name) * (1 - by_folder) * (1 - _SURER.get(link.how, 0.0))
    if max(by_name, by_folder) > 0 and score >= DISCOVERY.least_score:
        yield Column(
            link.url, link.name, kind, round(score, 3), _why(link, by_name, segment * (by_folder > 0))
        )


def _why(link: PageLink, by_name: float, segment: str) -> tuple[str, ...]:
    said = _SAID_BY[link.how]
    called = (f"{said} is called {link.name}",) if by_name > 0 and link.name else (said,)
    return (*called, f"its folder is called {segment}") if segment else called


def _own(page: Page) -> Iterator[PageLink]:
    """The page itself, by its column name, the end of the way to it, or its title."""
    if "articletitle" in page.meta and "pubdate" in page.meta:
        return
    column = bare_name(page.meta.get("columnname", ""))
    heads = [bare_name(part) for part in page.title.replace("|", "_").replace("-", "_").split("_")]
    for name in tuple(dict.fromkeys(filter(None, (column, *heads[:1])))) or ("",):
        yield PageLink(page.url, name, "own")


def _behind_reports(links: Iterable[PageLink]) -> Iterator[Column]:
    """The columns in which the reports that a page links to stand, as their addresses show."""
    for link in links:
        if is_report_title(link.name):
            url = column_of_article(link.url)
            if url:
                yield Column(url, "", ANNUAL_REPORT, 0.7, (f"{link.name} stands in it",))


def _of_this_article(page: Page) -> Iterator[Column]:
    """The column of an article that names it."""
    name = bare_name(page.meta.get("columnname", ""))
    url = column_of_article(page.url) if is_article_address(page.url) else None
    if url and name:
        for kind in KINDS:
            for column in _weighed(PageLink(url, name, "own"), kind):
                yield column.replace(why=(*column.why, "by the address of an article in it"))


def _joined(one: Column, other: Column) -> Column:
    better = max(one, other, key=lambda column: column.score)
    title = better.title or one.title or other.title
    return better.replace(title=title, why=tuple(dict.fromkeys((*one.why, *other.why))))


# The national layout of the disclosure column: four blocks, the fourth of which is the annual reports.
# 政府信息公开指南 · 政府信息公开制度 · 法定主动公开内容 · 政府信息公开年报. Where the blocks are pictures,
# or the last one is called something else, its place still tells what it is.
# Source: 国办公开办函〔2019〕60号 (《政府信息公开专栏》 layout).

_FIRST_THREE = ("block_guide", "block_rules", "block_content")


def fourth_block(page: Page) -> Iterator[PageLink]:
    """Yield the link that stands where the annual reports stand, if the page has the four blocks."""
    placed = [link for link in page.links if link.element is not None]
    patterns = map(word_pattern, _FIRST_THREE)
    guide, rules, third = (
        next((link for link in placed if pattern.search(link.name)), None) for pattern in patterns
    )
    if guide is None or rules is None or third is None:
        return
    above = list(third.element.iterancestors())[: DISCOVERY.block_height]
    early = {*guide.element.iterancestors(), *rules.element.iterancestors()}
    # The smallest element that holds the third block and one before it.
    block = next((element for element in above if element in early), above[-1])
    for link in placed[placed.index(third) + 1 :]:
        is_other = link.url != third.url and not word_pattern("no_block").search(link.name)
        if is_other and block in link.element.iterancestors():
            yield PageLink(link.url, link.name, "block", link.element)
            return


# The directory tree that pages of Guangdong's disclosure platform (公开目录平台) carry in a script.


def tree_links(page: Page, below: str | None = None) -> Iterator[PageLink]:
    """Yield each directory of the tree that lists something, as the platform addresses it.

    Args:
        page: which carries the tree.
        below: the address of the directory whose own are wanted, at any depth; None for all there are.
    """
    trees = [each.value for each in page.script.values if each.name == "TREE"]
    if trees:
        yield from _directories(plain_value(trees[0]), page.url, below, is_wanted=below is None)


def _directories(nodes: Any, url: str, below: str | None, *, is_wanted: bool) -> Iterator[PageLink]:
    # No deeper than scripts are read (`script_depth`).
    for node in nodes if isinstance(nodes, list) else ():
        if not isinstance(node, dict):
            continue
        name, jump = bare_name(str(node.get("name") or "")), str(node.get("jump_url") or "")
        address = clean_url(jump or f"/gkmlpt/index#{node.get('id')}", url)
        if name and address and is_wanted:
            yield PageLink(address, name, "tree")
        yield from _directories(node.get("children"), url, below, is_wanted=is_wanted or address == below)
