"""What the spiders of this project yield: the documents that were fetched, for feeds and item pipelines."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class DocumentItem:
    """A document, or something attached to one, as the crawl met it; what it says is read from the archive.

    Attributes:
        url: where it answered, or would be asked for.
        portal: the id of its portal.
        role: `article` or `attachment`.
        title: the link text on the list page; None where no list told one.
        date: the date beside it, as printed.
        list_url: the list that led to it.
        capture_id: its WARC record; None before it is fetched.
    """

    url: str
    portal: str
    role: str
    title: str | None = None
    date: str | None = None
    list_url: str | None = None
    capture_id: str | None = None
