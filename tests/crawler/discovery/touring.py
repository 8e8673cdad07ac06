"""Surveys without a network: a site is a dict of pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from crawler.discovery.probe_crawl import Seen

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from archive.frontier.targets import PageRequest

Told = TypeVar("Told")


def lead(
    tour: Generator[PageRequest, Seen, Told], site: Mapping[str, str | Seen]
) -> tuple[Told, list[PageRequest]]:
    """Answer what a survey asks from a dict of pages; what is not in it is gone.

    Returns:
        What the survey returned, and what it asked for, in order.
    """
    asked: list[PageRequest] = []
    request = next(tour)
    while True:
        asked.append(request)
        page = site[request.url] if request.url in site else Seen(request, request.url, 404, "gone")
        seen = Seen(request, request.url, 200, "ok", page) if isinstance(page, str) else page
        try:
            request = tour.send(seen)
        except StopIteration as stop:
            return stop.value, asked
