"""What an answer is, as far as the crawl must know it: to count it, and to leave a host alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.decode.coding import decode_content
from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.outcome import Outcome, classify_response, is_blocked

if TYPE_CHECKING:
    from archive.warc.model import Exchange

LIMIT_BYTES = 8 * 1024 * 1024
"""No more is unpacked to see what an answer is: every kind told apart here is far smaller.

It bounds what a body of a few kilobytes that unpacks to gigabytes costs the crawling process.
"""

# A page that sets a cookie and sends back to itself is content with the cookie; only a loop of it blocks.
_PASSING = frozenset((Outcome.CHALLENGE_COOKIE_REDIRECT,))
_PUT_OFF = frozenset((Outcome.RATE_LIMITED,))


def response_outcome(exchange: Exchange) -> str:
    """Return the outcome word of an exchange; a body that cannot be unpacked is judged packed."""
    try:
        body = decode_content(exchange.payload, exchange.response_headers, LIMIT_BYTES)
    except (UnreadableDocument, ReaderMissing):
        body = exchange.payload
    return str(
        classify_response(
            url=exchange.url, status=exchange.status, headers=exchange.response_headers, body=body
        )
    )


def ends_host(outcome: str) -> bool:
    """Whether the host is to be left alone for the rest of the run: it blocks, or asks for patience."""
    try:
        known = Outcome(outcome)
    except ValueError:
        return False
    return (is_blocked(known) and known not in _PASSING) or known in _PUT_OFF
