"""Surveys small enough to know what they ask for; the crawling process imports them by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.frontier.targets import PageRequest

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from crawler.discovery.probe_crawl import Seen

Told = tuple["Seen", ...]


def look_at(*pages: PageRequest) -> Generator[PageRequest, Seen, Told]:
    """Ask for pages, one after the other; return what came."""
    seen: Told = ()
    for page in pages:
        seen = (*seen, (yield page))
    return seen


def look_for_ever(address: str) -> Generator[PageRequest, Seen, None]:
    """Ask for page after page, whatever comes."""
    number = 0
    while True:
        number += 1
        yield PageRequest(f"{address}?page={number}")


def look_until_told(address: str) -> Generator[PageRequest, Seen, Mapping[str, int]]:
    """Ask for page after page until one is not asked for; return how many were."""
    number = 0
    while True:
        seen = yield PageRequest(f"{address}?page={number}")
        if seen.outcome == "not_asked":
            return {"pages": number}
        number += 1


def stumble(address: str) -> Generator[PageRequest, Seen, None]:
    """Fall over the first page."""
    seen = yield PageRequest(address)
    raise ValueError(f"no idea what {seen.outcome} means")
