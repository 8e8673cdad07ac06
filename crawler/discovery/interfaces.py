"""The requests by which a page's script brings its rows, those that look most like a list's first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.discovery.vocabulary import is_article_address, is_one_site, table_text
from crawler.families.pages.script_values import read_controls
from crawler.families.pages.stated_requests import joined_addresses, stated_requests, unread_words

if TYPE_CHECKING:
    from archive.frontier.targets import PageRequest
    from crawler.discovery.page import Page

_LIST_WORDS = (
    re.compile(r"page(?!size)|\bpn?\b", re.IGNORECASE),
    re.compile(r"size|rows|\brn\b|\bn\b", re.IGNORECASE),
    re.compile("ch|col|cat", re.IGNORECASE),
)


@dataclass(frozen=True, slots=True)
class Interfaces:
    """What a page's scripts would ask for.

    Attributes:
        requests: read whole, the likeliest first.
        unread: the others, in words.
    """

    requests: tuple[PageRequest, ...]
    unread: tuple[str, ...]


def interfaces_of(page: Page) -> Interfaces:
    """Return the requests that a page's scripts write out."""
    asked = list(stated_requests(page.script, page.url, read_controls(page.root)))
    joined = [*joined_addresses(page.script, page.url)]
    wholes = [each.url for each in (*asked, *joined)]
    # What a longer address begins with is a part of it, not a request of its own.
    joined = [
        each for each in joined if not any(url != each.url and url.startswith(each.url) for url in wholes)
    ]
    asked += [
        each for each in joined if each.url not in {one.url for one in asked} and _is_interface(each.url)
    ]
    own = [each for each in asked if is_one_site(each.url, page.url) and not is_article_address(each.url)]
    found = dict.fromkeys(request for each in own if (request := each.as_request()))
    unread = dict.fromkeys(f"{each.url}: {words}" for each in own if (words := unread_words(each, {})))
    return Interfaces(tuple(sorted(found, key=_likeliness, reverse=True)), tuple(unread))


def _is_interface(url: str) -> bool:
    return re.search(table_text("interface_addresses"), url) is not None


def _likeliness(request: PageRequest) -> tuple[int, int]:
    """How many of the words of a list's request it has (a page, a size, a column), and how much it says."""
    asked = f"{request.url} {request.body or ''}"
    return sum(word.search(asked) is not None for word in _LIST_WORDS), len(asked)
