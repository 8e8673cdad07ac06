"""Where the columns of a portal are, found with few requests.

the address given, the front page ─▶ entry points, best first ─▶ an article or two, for the way above them
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from archive.frontier.sweeps import PRINTED_YEAR
from archive.frontier.targets import PageRequest
from crawler.discovery.column_words import (
    ANNUAL_REPORT,
    ENTRY,
    POLICY,
    is_article_address,
    is_department_host,
    is_one_site,
    is_own,
    is_report_title,
    score_folder,
)
from crawler.discovery.columns import columns_on, tree_links
from crawler.discovery.judging import is_confirmed, judge_column, newest_rows
from crawler.discovery.page_links import DISCOVERY, Page, PageLink
from crawler.discovery.probe_crawl import Column, ProbeCrawl, Probing
from crawler.families import (
    FAMILIES,
    PARTS,
    YEARS,
    bodies_among,
    find_parts,
    is_year,
    named_parts,
    newest_first,
)
from crawler.families.base import ListedLink, PageAt
from pipelines.addresses import canonical_address, folder_of

SURE = {ANNUAL_REPORT: 0.85, POLICY: 0.6}
"""With this much speaking for one, no more entry points are opened for its kind."""


class Finds:
    """The columns found so far, each once per kind, with the best that was said for it.

    Args:
        home_url: the front page of the site.

    Attributes:
        pages: those that were looked at, in order.
    """

    def __init__(self, home_url: str) -> None:
        self.pages: list[Page] = []
        self._home_url = home_url
        self._by_key: dict[tuple[str, str], Column] = {}

    def open(self, probe: ProbeCrawl, url: str) -> Probing[None]:
        """Ask for a page and add its columns."""
        page = yield from probe.open(url)
        if page:
            self.add(page)

    def add(self, page: Page) -> None:
        """Add the columns on a page."""
        self.pages.append(page)
        for column in columns_on(page):
            if not is_own(column.url, self._home_url):
                continue
            key = (column.kind, canonical_address(column.url))
            known = self._by_key.get(key)
            if known is None or known.score < column.score:
                self._by_key[key] = column

    def best(self, kind: str) -> list[Column]:
        """Return the columns of a kind, best first: a department's last, and of equals that of a year."""
        columns = [column for column in self._by_key.values() if column.kind == kind]
        return sorted(
            columns,
            key=lambda each: (
                is_department_host(each.url, self._home_url),
                -each.score,
                PRINTED_YEAR.search(each.title) is not None,
            ),
        )

    def lacks(self, kind: str) -> bool:
        """Whether nothing sure of a kind was found."""
        columns = self.best(kind)
        return not columns or columns[0].score < SURE[kind]


def search_columns(probe: ProbeCrawl, pages: list[Page], home_url: str) -> Probing[Finds]:
    """Find columns from the pages at hand, from entry points, and from articles where those lead nowhere."""
    finds = Finds(home_url)
    for page in pages:
        finds.add(page)
    if pages and not finds.best(ANNUAL_REPORT) and not finds.best(ENTRY):
        # The frames that a front page is made of, or the script files that draw its menu.
        inner = [link.url for link in pages[0].links if link.how == "frame"] or pages[0].script_files
        for url in inner[: DISCOVERY.inner]:
            yield from finds.open(probe, url)
    yield from _behind_entries(probe, finds)
    # The way that an article prints above itself names the columns.
    articles = _likely_articles(finds.pages)[: DISCOVERY.articles] if finds.lacks(ANNUAL_REPORT) else []
    for url in articles:
        if finds.lacks(ANNUAL_REPORT) and probe.left > DISCOVERY.kept_for_lists:
            yield from finds.open(probe, url)
    return finds


def _behind_entries(probe: ProbeCrawl, finds: Finds) -> Probing[None]:
    asked: set[str] = set()
    for count in range(DISCOVERY.entries):
        missing = finds.lacks(ANNUAL_REPORT) or (finds.lacks(POLICY) and count < DISCOVERY.entries // 2)
        opened = asked | {canonical_address(page.url) for page in finds.pages}
        waiting = [entry.url for entry in finds.best(ENTRY) if canonical_address(entry.url) not in opened]
        if not missing or not waiting or probe.left <= DISCOVERY.kept_for_lists:
            return
        asked.add(canonical_address(waiting[0]))
        yield from finds.open(probe, waiting[0])


def _likely_articles(pages: list[Page]) -> list[str]:
    """Articles on the pages, those that stand in or near a column of reports or policies first."""
    ranked: dict[str, float] = {}
    for link in (link for page in pages for link in page.links):
        if not is_article_address(link.url):
            continue
        near = max(score_folder(kind, link.url)[0] for kind in (ANNUAL_REPORT, ENTRY))
        rank = 2.0 if is_report_title(link.name) else max(near, 0.0) + (0.2 if "公开" in link.name else 0.0)
        ranked[link.url] = max(rank, ranked.get(link.url, 0.0))
    return sorted(ranked, key=lambda url: -ranked[url])


# Which of the columns that were found are proposed: the best of each kind, once looked at.
# A column may only gather others: one list per year (2024年, 2023年, …), or one for the government, one for
# its departments, one for the townships. Then those are the lists.

MOST_LISTS = {ANNUAL_REPORT: 3, POLICY: 2}
"""How many columns of a kind are looked at."""

_NAMES = {ANNUAL_REPORT: "annual reports", POLICY: "policy documents"}


def propose_columns(probe: ProbeCrawl, finds: Finds, given: Column | None) -> Probing[tuple[Column, ...]]:
    """Look at the best columns of each kind and return those to propose, best first.

    Args:
        probe: what may still be asked for.
        finds: the columns found.
        given: the column that the survey started from, already looked at; None where that was none.
    """
    proposed: list[Column] = []
    for kind, most in MOST_LISTS.items():
        own = [given] if given and given.kind == kind else []
        seen = list(own)
        unseen: list[Column] = []
        for column in _likely(finds.best(kind), own)[: most - len(own)]:
            judged = yield from judge_column(probe, column)
            if judged is None:
                probe.note(f"{column.title or column.url} ({column.url}) was not seen")
                continue
            lists = yield from _gathered(probe, judged, probe.page_at(column.url))
            seen += [each for each in lists if each.rows] or [judged]
            unseen += [each for each in lists if not each.rows and each is not judged]
        proposed += _chosen(probe, kind, seen, unseen)
    return tuple(proposed)


def _likely(found: list[Column], own: list[Column]) -> list[Column]:
    """The columns that are worth a look, and were not looked at yet."""
    known = {canonical_address(column.url) for column in own}
    left = [column for column in found if canonical_address(column.url) not in known]
    return [column for column in left if column.score >= DISCOVERY.worth_a_look] or ([] if own else left[:1])


def _gathered(probe: ProbeCrawl, column: Column, page: Page | None) -> Probing[list[Column]]:
    """Return a column and the lists that its page gathers; only these where it has no rows of its own."""
    below = years = _below(page, column) if page else []
    if is_confirmed(column):
        return [column, *below]
    judged = yield from _confirmed(probe, below)
    if not judged and column.kind == ANNUAL_REPORT:
        listed = yield from _list_of_reports(probe, column, below)
        if listed is not None:
            return [listed]
        below = yield from _within_parts(probe, years[: DISCOVERY.parts_seen])
        judged = yield from _confirmed(probe, below)
    whole = _as_one_list(probe, column, years, judged) if judged else None
    if whole is not None:
        return [whole]
    if below is not years:
        below = yield from _within_parts(probe, years)
        judged = yield from _confirmed(probe, below)
    if not judged or column.kind == POLICY:
        return judged
    said = column.title or column.url
    if any(is_year(part.title) for part in below):
        probe.note(f"{said}: its years are lists each by itself: the next one is to be added when it appears")
    probe.note(f"{said} gathers {len(below)} lists, of which {len(judged)} were looked at")
    family, options = judged[0].family, judged[0].options
    rest = [part for part in below if part.url not in _urls(judged)]
    return [*judged, *(part.replace(family=family, options=options) for part in rest)]


def _as_one_list(
    probe: ProbeCrawl, column: Column, parts: Sequence[Column], judged: Sequence[Column]
) -> Column | None:
    """The column as one list of what its years list; None where they are not all read in one way."""
    families = {"html_list" if each.family == "static_list" else each.family or "" for each in judged}
    ways = {(*sorted(each.options.items()),) for each in judged}
    family = min(families)
    reached: set[str] = set()
    for url in (column.url, *(part.url for part in parts)):
        page = probe.page_at(url)
        if page:
            at = PageAt(page.url, PageRequest(url), column.url)
            found = find_parts(page.markup, at, YEARS, is_within=url != column.url)
            reached.update(each.url for each in found)
    is_one_way = len(ways) == len(families) == 1 and PARTS in FAMILIES[family].options
    if not is_one_way or not reached.issuperset(_urls(judged)):
        return None
    return column.replace(
        family=family,
        options={**judged[0].options, PARTS: YEARS},
        rows=newest_rows(tuple(row for each in judged for row in each.rows), column.kind),
        share=max(each.share for each in judged),
        is_cut=any(each.is_cut for each in judged),
        why=(*column.why[:-1], *judged[0].why[-1:], "its page leads to lists by year"),
    )


def _list_of_reports(probe: ProbeCrawl, column: Column, parts: Sequence[Column]) -> Probing[Column | None]:
    """The column whose years are no lists but the reports: its rows, or pages of one address (Hanweb)."""
    rows = tuple(row for row in column.rows if is_year(row.title))
    family, options = column.family, column.options
    if not rows:
        paths = {urlsplit(part.url).path for part in parts}
        rows = tuple(ListedLink(part.url, part.title) for part in parts)
        if len(paths) != 1:
            return None
        family, options = "html_list", {"rows": f'a[href*="{paths.pop().rpartition("/")[2]}?"]'}
    for row in rows[: DISCOVERY.parts_seen]:
        page = yield from probe.open(row.url)
        if page and is_report_title(page.meta.get("articletitle") or page.title):
            why = (*column.why, "its years lead to the reports")
            return column.replace(family=family, options=options, rows=rows, share=1.0, why=why)
    return None


def _within_parts(probe: ProbeCrawl, parts: Sequence[Column]) -> Probing[list[Column]]:
    """Open the parts of a column and return theirs: years, and in each the government, departments, towns."""
    found: list[Column] = []
    for part in parts:
        if probe.left <= DISCOVERY.kept_for_lists:
            probe.note(f"{part.title} ({part.url}) was not opened: the lists in it are not known")
            continue
        page = yield from probe.open(part.url)
        inner = _parts(page, part, is_within=True) if page else ()
        found += (each.replace(title=f"{part.title} {each.title}") for each in inner)
    return found


def _below(page: Page, column: Column) -> list[Column]:
    """The parts of a column; of one of policies its years, or the columns below it where it has no rows."""
    parts = _parts(page, column)
    if column.kind == ANNUAL_REPORT:
        # There may be more than are opened.
        return parts[: DISCOVERY.parts]
    own = {canonical_address(column.url), canonical_address(page.url)}
    years = [each for each in parts if is_year(each.title)]
    found = years if years or is_confirmed(column) else columns_on(page)
    below = [each for each in found if each.kind == POLICY and each.url.startswith(folder_of(column.url))]
    return [each for each in below if canonical_address(each.url) not in own]


def _confirmed(probe: ProbeCrawl, columns: Sequence[Column]) -> Probing[list[Column]]:
    """Look at the first of some columns; return those that show what their names promise."""
    judged = []
    for each in columns[: DISCOVERY.parts_seen]:
        seen = yield from judge_column(probe, each)
        if seen is not None and is_confirmed(seen):
            judged.append(seen)
    return judged


def _parts(page: Page, column: Column, *, is_within: bool = False) -> list[Column]:
    """The lists of one year, or of one sort of organ, below a column, the newest first."""
    # A directory that has rows itself has those of the directories below it, too.
    tree = () if is_confirmed(column) else _directories(page, column)
    links = [(link.url, link.name) for link in page.links]
    named = {
        **named_parts(links, column.url, is_within=is_within),
        **bodies_among(links, column.url),
        **{link.url: link.name for link in tree},
    }
    known = {canonical_address(column.url), canonical_address(page.url)}
    parts = []
    for url in newest_first(named):
        address = canonical_address(url)
        if address not in known and is_one_site(url, page.url) and not is_article_address(url):
            known.add(address)
            why = (f"{column.title or column.url} leads to it as {named[url]}",)
            score = round(min(column.score, 0.9) * 0.9, 3)
            parts.append(Column(url, named[url], column.kind, score, why, column.family, column.options))
    return parts


def _directories(page: Page, column: Column) -> tuple[PageLink, ...]:
    """The directories below a column of a tree; those of its kind where its address is none of the tree's."""
    below = tuple(tree_links(page, column.url))
    named = {each.url for each in columns_on(page) if each.kind == column.kind}
    return below or tuple(link for link in tree_links(page) if link.url in named)


def _chosen(probe: ProbeCrawl, kind: str, seen: list[Column], unseen: list[Column]) -> list[Column]:
    """Return the columns whose rows are what was looked for, then their parts; else the likeliest one."""
    confirmed = [column for column in seen if is_confirmed(column)]
    if not confirmed:
        probe.note(f"no list of {_NAMES[kind]} was confirmed")
        return sorted(seen, key=lambda column: -column.score)[:1]
    chosen: list[Column] = []
    for column in sorted(confirmed, key=lambda each: -each.score):
        # One list may be linked under two addresses.
        if column.url not in _urls(chosen) and column.rows not in [one.rows for one in chosen]:
            chosen.append(column)
    return [*chosen, *{part.url: part for part in unseen if part.url not in _urls(chosen)}.values()]


def _urls(columns: Sequence[Column]) -> set[str]:
    return {column.url for column in columns}
