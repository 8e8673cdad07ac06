"""The address that a survey starts from, where it is not the front page: it may be a list already."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urldefrag

from crawler.recognition.columns import columns_on, is_entry
from crawler.recognition.judging import is_confirmed, judge
from crawler.recognition.records import Column
from crawler.recognition.vocabulary import ANNUAL_REPORT, POLICY, is_article_address, words_of
from pipelines.addresses import canonical_address, clean_url

if TYPE_CHECKING:
    from collections.abc import Generator

    from archive.frontier.targets import PageRequest
    from crawler.recognition.page import Page
    from crawler.recognition.records import Seen
    from crawler.recognition.tour import Tour

_UNNAMED_SCORE = 0.6
_MOSTLY = 0.5


def judge_given(tour: Tour, page: Page, address: str) -> Generator[PageRequest, Seen, Column | None]:
    """Look at the page of the address that was given, as a list.

    Args:
        tour: what may still be asked for.
        page: what stands there.
        address: as given; its fragment may say which list of that page is meant.

    Returns:
        The column that it is; None where it is none. One that bears no telling name is a list of what most of
        its rows are.
    """
    if is_article_address(page.url):
        return None
    here = canonical_address(urldefrag(page.url)[0])
    own = [column for column in columns_on(page) if canonical_address(urldefrag(column.url)[0]) == here]
    named = [column for column in own if not is_entry(column)]
    # A way in that shows what is new lists nothing of its own, a column of notices no policies: only reports
    # alone make a list of them.
    is_other = bool(own) or words_of(POLICY).is_false(_name(page))
    kinds = (ANNUAL_REPORT,) if is_other else (ANNUAL_REPORT, POLICY)
    url = _with_fragment(address, page.url)
    for column in named or [_unnamed(page, url, kind) for kind in kinds]:
        judged = yield from judge(tour, column)
        if judged and is_confirmed(judged) and (named or judged.share > _MOSTLY):
            return judged
    return None


def _unnamed(page: Page, url: str, kind: str) -> Column:
    return Column(url, _name(page), kind, _UNNAMED_SCORE, ("it is the address that was given",))


def _name(page: Page) -> str:
    return page.meta.get("columnname") or page.title


def _with_fragment(address: str, url: str) -> str:
    """The address with the fragment that tells its list from others there, if it has one of that sort."""
    cleaned = clean_url(address, url) or url
    is_same = canonical_address(urldefrag(cleaned)[0]) == canonical_address(urldefrag(url)[0])
    return cleaned if is_same else url
