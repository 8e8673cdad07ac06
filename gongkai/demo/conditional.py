"""Conditional requests and content coding: what HTTP adds to a page that the site has already made.

Source: RFC 9110, sections 8.4.1 (gzip), 13.1.2 (If-None-Match), 13.1.3 (If-Modified-Since), 15.4.5.
"""

from __future__ import annotations

import gzip
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from gongkai.demo.answers import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

KEPT_IN_304 = {"etag", "last-modified", "vary"}


def not_modified_or(answer: Answer, headers: Mapping[str, str]) -> Answer:
    """Return 304 when the request's validators say that the client has this page, else the page."""
    if answer.status != 200 or not client_has_it(answer, headers):
        return answer
    kept = tuple((name, value) for name, value in answer.headers if name.lower() in KEPT_IN_304)
    return Answer(304, kept, b"")


def client_has_it(answer: Answer, headers: Mapping[str, str]) -> bool:
    """Say whether the request's validators match the page's; an entity tag outweighs a date."""
    etag, modified = answer.header("ETag"), answer.header("Last-Modified")
    if "if-none-match" in headers:
        named = {tag.strip().removeprefix("W/") for tag in headers["if-none-match"].split(",")}
        return etag is not None and ("*" in named or etag in named)
    if modified is None or "if-modified-since" not in headers:
        return False
    try:
        since = parsedate_to_datetime(headers["if-modified-since"])
    except ValueError:  # RFC 9110, 13.1.3: a date that is none is ignored
        return False
    return parsedate_to_datetime(modified) <= since


def gzip_for(answer: Answer, headers: Mapping[str, str]) -> Answer:
    """Return the answer gzipped when the client accepts that; always the same bytes for the same page."""
    varying = (*answer.headers, ("Vary", "Accept-Encoding"))
    if "gzip" not in headers.get("accept-encoding", ""):
        return Answer(answer.status, varying, answer.body)
    coded = gzip.compress(answer.body, mtime=0)
    return Answer(answer.status, (*varying, ("Content-Encoding", "gzip")), coded)
