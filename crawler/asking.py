"""A page request as Scrapy wants it: a GET, or the POST that a list's own script would send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy import Request

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from archive.frontier.targets import PageRequest


def ask(
    page: PageRequest,
    *,
    referer: str | None,
    callback: Callable[..., Any],
    errback: Callable[..., Any] | None,
    priority: int = 0,
) -> Request:
    """Return the request for a page.

    Args:
        page: what is asked for.
        referer: the page that leads there; None where none does.
        callback: takes the answer.
        errback: takes what came instead of one.
        priority: higher goes first.
    """
    headers = {"Referer": referer} if referer else {}
    if page.ajax:
        headers["X-Requested-With"] = "XMLHttpRequest"
    if page.content_type:
        headers["Content-Type"] = page.content_type
    return Request(
        page.url,
        method=page.method,
        body=page.body or "",
        headers=headers,
        callback=callback,
        errback=errback,
        dont_filter=True,
        priority=priority,
    )
