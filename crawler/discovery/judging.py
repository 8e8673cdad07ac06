"""Whether a column lists what its name promises: seen on its first page, read by the families that fit.

page ─▶ families that fit ─▶ rows, or the request behind a shell ─▶ the best reading
└─▶ no rows of the right sort: the frame in it
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from archive.frontier.targets import PageRequest
from crawler.discovery.column_words import (
    ANNUAL_REPORT,
    DOCUMENT,
    ENTRY,
    POLICY,
    column_pattern,
    is_article_address,
    is_false_name,
    is_one_site,
    is_same_page,
    least_share,
    may_be_report_title,
    path_segments,
    policy_weight,
    word_pattern,
)
from crawler.discovery.columns import columns_on
from crawler.discovery.fingerprints import UNKNOWN, piece_readers, readers_of, recognise_page
from crawler.discovery.page_links import DISCOVERY, Page
from crawler.discovery.probe_crawl import Column, MissingField, ProbeCrawl, Probing, Recognised
from crawler.families.base import NO_OPTIONS, ListedLink, ListPage, list_pattern
from crawler.families.pages.pager import read_declared
from crawler.families.pages.stated_requests import UNREAD, Stated, requests_on, unread_words
from pipelines.addresses import clean_url

# These read any page of links, so that what they read says nothing of its system.
_FALLBACK = ("static_list", "html_list")
_DATE = re.compile(r"((?:19|20)\d\d)\D+(\d{1,2})(?:\D+(\d{1,2}))?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_ASKED_YEAR = re.compile(r"(?i)year\W+((?:19|20)\d\d)\b")
_NOTHING = ListPage()


class Reading(NamedTuple):
    """A list page, as one family reads it.

    Attributes:
        match: the family, and why it was tried.
        listed: what it read.
        is_told: whether a fingerprint named the family; it was only tried otherwise.
    """

    match: Recognised
    listed: ListPage
    is_told: bool

    def rank(self, kind: str) -> tuple[float, bool, bool, bool, int]:
        """What speaks for this reading: rows of the right sort, a total, dates, a fingerprint, many rows."""
        links = self.listed.links
        total = self.listed.declared_total is not None or self.listed.declared_pages is not None
        return (
            share_that_fits(links, kind),
            total and bool(links),
            self.listed.is_dated,
            self.is_told,
            len(links),
        )


def judge_column(probe: ProbeCrawl, column: Column) -> Probing[Column | None]:
    """Look at a column's first page.

    Returns:
        The column with its family, rows and what they say; without rows where it shows none; None where it
        was not looked at, or not answered.
    """
    page = yield from probe.open(column.url)
    if page is None:
        return None
    judged = yield from _judge_page(probe, column, page)
    pages = [page]
    while not is_confirmed(judged) and len(pages) <= DISCOVERY.hops:
        framed = yield from _judge_frame(probe, column, pages[-1])
        if framed is None:
            break
        judged = framed[0] if is_confirmed(framed[0]) else judged
        pages.append(framed[1])
    for each in pages:
        if not is_confirmed(judged) or judged.is_cut:
            asked = yield from _judge_interfaces(probe, column, each)
            judged = asked if asked and not (is_confirmed(judged) and asked.is_cut) else judged
    _note_doubt(probe, judged, page)
    return judged


def _note_doubt(probe: ProbeCrawl, column: Column, page: Page) -> None:
    """Say where a list declares far more than its column shows: its request may be that of a whole site."""
    if not is_confirmed(column):
        return
    title, declared, shown = column.title or column.url, column.declared or 0, read_declared(page.root).rows
    is_mixed = column.kind == ANNUAL_REPORT and column.share * DISCOVERY.doubted_times < 1
    if column.is_cut:
        said = (
            f"declares {declared} rows" if declared else "has further pages, or loads more rows by a script"
        )
        probe.note(f"{title} {said}, and nothing tells how to turn its pages: give `page`")
    is_more = shown is not None and shown * DISCOVERY.doubted_times < declared
    if declared > DISCOVERY.doubted_rows and (is_mixed or is_more):
        said = f"its page says {shown}" if is_more else f"{column.share:.0%} of its first page are reports"
        probe.note(f"{title} declares {declared} rows, but {said}: is it the whole site's?")


def _judge_frame(probe: ProbeCrawl, column: Column, page: Page) -> Probing[tuple[Column, Page] | None]:
    """Look at the frame in a column's page, in which its list may stand, or the frame that it stands in."""
    frames = [link for link in page.links if link.how == "frame" and is_one_site(link.url, page.url)]
    # A frameset shows its menu first, on the left, and what is chosen in it last.
    frames = frames[::-1] if any(link.element.tag == "frame" for link in frames) else frames
    chosen = max(frames, key=lambda link: _is_main(link.element), default=None)
    inner = (yield from probe.open(chosen.url)) if chosen else None
    if inner is None:
        return None
    framed = column.replace(url=inner.url, why=(*column.why, "a frame in its page"))
    return (yield from _judge_page(probe, framed, inner)), inner


def _is_main(frame: Any) -> bool:
    name = f"{frame.get('name') or ''} {frame.get('id') or ''}"
    return word_pattern("main_frame").search(name) is not None


def _judge_interfaces(probe: ProbeCrawl, column: Column, page: Page) -> Probing[Column | None]:
    """Ask what the page's script would ask for, and see whether the answer has the rows."""
    answers = probe.answers.get(column.url, NO_OPTIONS)
    requests, unread = interfaces_of(page, answers)
    title = column.title or column.url
    for words, stated in unread.items():
        probe.note(f"{title}: its script asks for what is not read whole: {words}{_name_missing(stated)}")
        if _name_missing(stated):
            probe.missing += (MissingField(column.url, title, *each) for each in stated.unread.items())
    # Of a system that is known, what it would be narrowed by is not: a wider list is another one.
    is_unsure = (
        bool(requests)
        and not answers
        and any(_is_unsure(match, page, column) for match in recognise_page(page))
    )
    for request in () if is_unsure else requests:
        seen = yield from probe.ask(request)
        if seen is None or seen.outcome != "ok":
            continue
        for match in (*readers_of(seen.text, request), *piece_readers(seen.text, request, page.url)):
            options = {**match.options}
            if request.body is not None:
                options |= {"body": request.body, "content_type": request.content_type or ""}
            found = Recognised(match.family, f"its script asks {request.url}", options)
            listed = found.read(seen.text, seen.url, request=request, list_url=request.url) or _NOTHING
            asked = column.replace(url=_told_apart(request, column), why=(*column.why, found.evidence))
            judged = _judged(asked, Reading(found, listed, is_told=True))
            if is_confirmed(judged):
                if year := _ASKED_YEAR.search(request.as_text()):
                    probe.note(f"{title}: its script asks for {year[1]} alone: other years are lists, too")
                return judged
        probe.note(f"{title}: its script asks {request.url}, in whose answer no such list was recognised")
    return None


def _is_unsure(match: Recognised, page: Page, column: Column) -> bool:
    """Whether a family would read a page's list, but for what cannot be read of its request."""
    listed = match.read(page.markup, page.url, list_url=column.url)
    return listed is not None and (listed.unreadable or "").startswith(UNREAD)


def _name_missing(stated: Stated) -> str:
    """Ask for the field that a request lacks, where it is a single one that has a name."""
    is_single = len(stated.unread) == 1 and "" not in stated.unread
    return "; what is {}? Say it on a terminal, or write the list".format(*stated.unread) if is_single else ""


def _told_apart(request: PageRequest, column: Column) -> str:
    """The address of a list that is posted for; its column's address tells it from others at that address."""
    if request.body is None:
        return request.url
    _, mark, query = column.url.partition("?")
    name = (path_segments(column.url) or ["list"])[-1]
    return f"{request.url}#{quote(name + mark + query, safe='?=&')}"


def is_confirmed(column: Column) -> bool:
    """Tell whether the first page of a column showed rows of the sort that its name promises.

    One report makes a column of reports; a single document among notices makes no column of policies.
    """
    return column.share > 0 if column.kind == ANNUAL_REPORT else column.share >= least_share()


def _judge_page(probe: ProbeCrawl, column: Column, page: Page) -> Probing[Column]:
    if not is_same_page(column.url, page.url):
        column = column.replace(url=page.url)
    matches = recognise_page(page)
    readings = yield from _readings(probe, page, column, matches)
    best = max(readings, key=lambda reading: reading.rank(column.kind), default=None)
    if best is None or not (best.listed.links or best.is_told):
        best = Reading(matches[0], best.listed if best else _NOTHING, is_told=True)
    judged, listed = _judged(column, best), best.listed
    is_whole = listed.next_pages or listed.declared_total is not None or not listed.links
    loads_more = not is_whole and list_pattern("loads_more").search(page.markup) is not None
    return judged.replace(is_cut=judged.is_cut or loads_more)


def _readings(
    probe: ProbeCrawl, page: Page, column: Column, matches: tuple[Recognised, ...]
) -> Probing[list[Reading]]:
    told = {match.family for match in matches}
    tried = [Recognised(name, "tried") for name in _FALLBACK if name not in told]
    readings = []
    for match in (*matches, *tried):
        listed = match.read(page.markup, page.url, list_url=column.url)
        if listed is None:
            continue
        if listed.is_shell and listed.next_pages:
            listed = yield from _behind(probe, match, listed.next_pages[0], column.url)
        readings.append(Reading(match, listed, match.family in told))
    return readings


def _behind(probe: ProbeCrawl, match: Recognised, request: PageRequest, list_url: str) -> Probing[ListPage]:
    """Ask for what a shell leads to, and read it."""
    seen = yield from probe.ask(request)
    if seen is None or seen.outcome != "ok":
        answer = seen.outcome if seen else "was not asked for"
        return ListPage(unreadable=f"{request.url}, which brings its rows, {answer}")
    return match.read(seen.text, seen.url, request=request, list_url=list_url) or _NOTHING


def _judged(column: Column, reading: Reading) -> Column:
    listed = reading.listed
    seen = column.replace(
        family=None if reading.match.family == UNKNOWN else reading.match.family,
        options=reading.match.options,
        rows=newest_rows(listed.links, column.kind),
        declared=listed.declared_total,
        is_cut=(
            len(listed.links) < (listed.declared_total or 0)
            or (listed.declared_pages or 0) > 1
            or listed.unreadable is not None
        )
        and not listed.next_pages,
    )
    if not listed.links:
        said = "its page says that it has no rows" if listed.is_empty else "its page shows no rows"
        said = f"{said} ({listed.unreadable})" if listed.unreadable else said
        return seen.replace(score=round(column.score * 0.5, 3), why=(*column.why, said))
    fitting = sum(_weight(link, column.kind) == DOCUMENT for link in listed.links)
    sort = "annual reports" if column.kind == ANNUAL_REPORT else "policy documents"
    why = (*column.why, f"{fitting} of {len(listed.links)} rows on its first page look like {sort}")
    share = share_that_fits(listed.links, column.kind)
    score = 1 - (1 - column.score) * (1 - share) if share else column.score * 0.4
    return seen.replace(score=round(min(score, 0.99), 3), share=round(share, 3), why=why)


def newest_rows(links: tuple[ListedLink, ...], kind: str) -> tuple[ListedLink, ...]:
    """Return the newest rows by their dates, those of the sort that is looked for first.

    Where dates do not tell, the order of the page counts. What the page shows twice is there twice.
    """
    ordered = sorted(links, key=lambda link: (_weight(link, kind) > 0, _date_key(link)), reverse=True)
    return tuple(ordered[: DISCOVERY.shown_rows])


def share_that_fits(links: tuple[ListedLink, ...], kind: str) -> float:
    """Return how much of the rows, from 0 to 1, is of the sort that a column of this kind lists."""
    weights = [_weight(link, kind) for link in links]
    # Notices alone are no documents.
    return sum(weights) / len(weights) if DOCUMENT in weights else 0.0


def _weight(link: ListedLink, kind: str) -> float:
    if kind == ANNUAL_REPORT:
        return DOCUMENT if may_be_report_title(link.title) else 0.0
    return policy_weight(link.title)


def _date_key(link: ListedLink) -> tuple[int, int, int]:
    found = _DATE.search(link.date or "")
    if found:
        return int(found[1]), int(found[2]), int(found[3] or 0)
    year = _YEAR.search(link.title)
    # A report on 2024 appears in 2025.
    return (int(year[0]) + 1, 0, 0) if year else (0, 0, 0)


# The address that a survey starts from, where it is not the front page: it may be a list already.


def judge_start_page(probe: ProbeCrawl, page: Page, address: str) -> Probing[Column | None]:
    """Look at the page of the address that was given, as a list.

    Args:
        probe: what may still be asked for.
        page: what stands there.
        address: as given; its fragment may say which list of that page is meant.

    Returns:
        The column that it is; None where it is none. One that bears no telling name is a list of what most of
        its rows are.
    """
    if is_article_address(page.url):
        return None
    own = [column for column in columns_on(page) if is_same_page(column.url, page.url)]
    named = [column for column in own if column.kind != ENTRY]
    # A way in that shows what is new lists nothing of its own, a column of notices no policies: only reports
    # alone make a list of them.
    is_other = bool(own) or is_false_name(POLICY, _name(page))
    kinds = (ANNUAL_REPORT,) if is_other else (ANNUAL_REPORT, POLICY)
    url = _with_fragment(address, page.url)
    why = ("it is the address that was given",)
    unnamed = [Column(url, _name(page), kind, DISCOVERY.unnamed_score, why) for kind in kinds]
    for column in named or unnamed:
        judged = yield from judge_column(probe, column)
        if judged and is_confirmed(judged) and (named or judged.share > DISCOVERY.unnamed_share):
            return judged
    return None


def _name(page: Page) -> str:
    return page.meta.get("columnname") or page.title


def _with_fragment(address: str, url: str) -> str:
    """The address with the fragment that tells its list from others there, if it has one of that sort."""
    cleaned = clean_url(address, url) or url
    return cleaned if is_same_page(cleaned, url) else url


# The requests by which a page's script brings its rows, those that look most like a list's first.

_LIST_FIELDS = ("field_of_page", "field_of_size", "field_of_column")


def interfaces_of(
    page: Page, answers: Mapping[str, str] = NO_OPTIONS
) -> tuple[tuple[PageRequest, ...], dict[str, Stated]]:
    """Return the requests that a page's scripts write out, with what a person says of what is left open.

    Returns:
        Those that were read whole, the likeliest first, then the files beside the page that may hold its
        rows; and the others, by the words for what could not be read.
    """
    asked = requests_on(page.root, page.url, column_pattern("interface_addresses"), answers)
    own = [each for each in asked if is_one_site(each.url, page.url) and not is_article_address(each.url)]
    found = dict.fromkeys(request for each in own if (request := each.as_request()))
    unread = {f"{each.url}: {words}": each for each in own if (words := unread_words(each, {}))}
    requests = sorted(found, key=_likeliness, reverse=True)[: DISCOVERY.interfaces]
    return (*requests, *map(PageRequest, _files_beside(page))), unread


def _files_beside(page: Page) -> Iterator[str]:
    """The files that may hold a column's rows: its feed, and scripts that stand in its own folder."""
    feeds = page.root.xpath("//link[contains(@type, 'rss') or contains(@type, 'atom')]/@href")
    yield from filter(None, (clean_url(str(each), page.url) for each in feeds))
    folder = page.url.rpartition("/")[0]
    yield from (each for each in page.script_files if each.rpartition("/")[0] == folder)


def _likeliness(request: PageRequest) -> tuple[int, int]:
    """How many of the words of a list's request it has (a page, a size, a column), and how much it says."""
    asked = f"{request.url} {request.body or ''}"
    return sum(word_pattern(field).search(asked) is not None for field in _LIST_FIELDS), len(asked)
