"""Surveys without a network: a site is a dict of pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from crawler.discovery.columns import columns_on
from crawler.discovery.page_links import read_page
from crawler.discovery.probe_crawl import Column, Seen

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from archive.frontier.targets import PageRequest

Told = TypeVar("Told")


def lead(
    tour: Generator[PageRequest, Seen, Told],
    site: Mapping[str, str | Seen] | Callable[[PageRequest], str | Seen | None],
) -> tuple[Told, list[PageRequest]]:
    """Answer what a survey asks from a dict of pages, or by a function; what is not in it is gone.

    Returns:
        What the survey returned, and what it asked for, in order.
    """
    asked: list[PageRequest] = []
    request = next(tour)
    while True:
        asked.append(request)
        found = site(request) if callable(site) else site.get(request.url)
        page = Seen(request, request.url, 404, "gone") if found is None else found
        seen = Seen(request, request.url, 200, "ok", page) if isinstance(page, str) else page
        try:
            request = tour.send(seen)
        except StopIteration as stop:
            return stop.value, asked


def find_columns(text: str, url: str) -> tuple[Column, ...]:
    """Return the columns that a page leads to, or is, best first."""
    page = read_page(text, url)
    return columns_on(page) if page else ()
