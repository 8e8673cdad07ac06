"""Which of the columns that were found are proposed: the best of each kind, once they were looked at.

A column may only gather others: one list per year (2024年, 2023年, …), or one for the government, one for its
departments, one for the townships. Then those are the lists.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.recognition.columns import columns_on
from crawler.recognition.judging import is_confirmed, judge
from crawler.recognition.records import Column
from crawler.recognition.scope import is_one_site
from crawler.recognition.vocabulary import (
    ANNUAL_REPORT,
    POLICY,
    is_article_address,
    table_text,
)
from pipelines.addresses import canonical_address

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from archive.frontier.targets import PageRequest
    from crawler.recognition.page import Page
    from crawler.recognition.records import Seen
    from crawler.recognition.searching import Finds
    from crawler.recognition.tour import Tour

MOST_LISTS = {ANNUAL_REPORT: 3, POLICY: 2}
"""How many columns of a kind are looked at."""

_NAMES = {ANNUAL_REPORT: "annual reports", POLICY: "policy documents"}
MOST_PARTS = 40
_WORTH_A_LOOK = 0.5
_PARTS_LOOKED_AT = 2


def look(tour: Tour, finds: Finds, given: Column | None) -> Generator[PageRequest, Seen, tuple[Column, ...]]:
    """Look at the best columns of each kind and return those to propose, best first.

    Args:
        tour: what may still be asked for.
        finds: the columns found.
        given: the column that the survey started from, already looked at; None where that was none.
    """
    proposed: list[Column] = []
    for kind, most in MOST_LISTS.items():
        own = [given] if given and given.kind == kind else []
        seen = list(own)
        unseen: list[Column] = []
        for column in _likely(finds.best(kind), own)[: most - len(own)]:
            judged = yield from judge(tour, column)
            if judged is None:
                tour.note(f"{column.title or column.url} ({column.url}) was not seen")
                continue
            page = tour.page_at(column.url)
            gathered = _parts_of if kind == ANNUAL_REPORT else _policies_below
            lists = yield from gathered(tour, judged, page)
            seen += [each for each in lists if each.rows] or [judged]
            unseen += [each for each in lists if not each.rows and each is not judged]
        proposed += _chosen(tour, kind, seen, unseen)
    return tuple(proposed)


def _likely(found: list[Column], own: list[Column]) -> list[Column]:
    """The columns that are worth a look, and were not looked at yet."""
    known = {canonical_address(column.url) for column in own}
    left = [column for column in found if canonical_address(column.url) not in known]
    return [column for column in left if column.score >= _WORTH_A_LOOK] or ([] if own else left[:1])


def _parts_of(tour: Tour, column: Column, page: Page | None) -> Generator[PageRequest, Seen, list[Column]]:
    """Return a column and the lists that its page gathers; only these where it has no rows of its own."""
    parts = list(_parts(page, column))[:MOST_PARTS] if page else []
    if is_confirmed(column):
        return [column, *parts]
    judged = []
    for part in parts[:_PARTS_LOOKED_AT]:
        seen = yield from judge(tour, part)
        if seen is not None and is_confirmed(seen):
            judged.append(seen)
    if not judged:
        return []
    said = column.title or column.url
    tour.note(f"{said} gathers {len(parts)} lists, of which {len(judged)} were looked at")
    family, options = judged[0].family, judged[0].options
    rest = [part for part in parts if part.url not in _urls(judged)]
    return [*judged, *(replace(part, family=family, options=options) for part in rest)]


def _policies_below(
    tour: Tour, column: Column, page: Page | None
) -> Generator[PageRequest, Seen, list[Column]]:
    """Return a column; where it shows no documents of its own, the lists below it that do."""
    if page is None or is_confirmed(column):
        return [column]
    folder = column.url.partition("?")[0].rpartition("/")[0] + "/"
    own = {canonical_address(column.url), canonical_address(page.url)}
    below = [each for each in columns_on(page) if each.kind == POLICY and each.url.startswith(folder)]
    below = [each for each in below if canonical_address(each.url) not in own]
    found = []
    for each in below[:_PARTS_LOOKED_AT]:
        seen = yield from judge(tour, each)
        if seen is not None and is_confirmed(seen):
            found.append(seen)
    return found or [column]


def _parts(page: Page, column: Column) -> Iterator[Column]:
    """The lists of one year, or of one sort of organ, below a column."""
    folder = column.url.partition("?")[0].rpartition("/")[0] + "/"
    known = {canonical_address(column.url), canonical_address(page.url)}
    for link in page.links:
        is_year = re.fullmatch(table_text("year_parts"), link.name)
        is_organ = re.fullmatch(table_text("organ_parts"), link.name) and link.url.startswith(folder)
        if not (is_year or is_organ) or is_article_address(link.url) or not is_one_site(link.url, page.url):
            continue
        address = canonical_address(link.url)
        if address not in known:
            known.add(address)
            why = (f"{column.title or column.url} leads to it as {link.name}",)
            score = round(min(column.score, 0.9) * 0.9, 3)
            yield Column(link.url, link.name, column.kind, score, why, column.family, column.options)


def _chosen(tour: Tour, kind: str, seen: list[Column], unseen: list[Column]) -> list[Column]:
    """Return the columns whose rows are what was looked for, then their parts; else the likeliest one."""
    confirmed = [column for column in seen if is_confirmed(column)]
    if not confirmed:
        tour.note(f"no list of {_NAMES[kind]} was confirmed")
        return sorted(seen, key=lambda column: -column.score)[:1]
    chosen: list[Column] = []
    for column in sorted(confirmed, key=lambda each: -each.score):
        # One list may be linked under two addresses.
        if column.url not in _urls(chosen) and column.rows not in [one.rows for one in chosen]:
            chosen.append(column)
    return [*chosen, *{part.url: part for part in unseen if part.url not in _urls(chosen)}.values()]


def _urls(columns: list[Column]) -> set[str]:
    return {column.url for column in columns}
