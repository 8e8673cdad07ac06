"""What a survey sees, what it may still ask for, and what it proposes.

It asks for few pages, for none twice, never leaves the site, and stops asking a host that blocks it.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from typing import TypeVar
from urllib.parse import urldefrag

from msgspec import Struct, field

from archive.frontier.targets import PageRequest
from crawler.discovery.column_words import is_own
from crawler.discovery.page_links import DISCOVERY, Page, read_page
from crawler.families import FAMILIES
from crawler.families.base import NO_OPTIONS, ListedLink, ListPage, PageAt
from crawler.families.pages.clicks import script_moves
from crawler.families.pages.markup import visible_text
from pipelines.addresses import clean_url, host_key
from pipelines.response.outcome import BLOCKED
from pipelines.structs import FrozenStruct


class Seen(FrozenStruct):
    """What came of a request.

    Attributes:
        request: as asked.
        url: where it was answered, after redirects.
        status: the HTTP status; None where nothing answered.
        outcome: the outcome word (`ok`, `waf_403`, `timeout`, …).
        text: the page, decoded; empty where there is none to read.
    """

    request: PageRequest
    url: str
    status: int | None
    outcome: str
    text: str = ""


T = TypeVar("T")
Probing = Generator[PageRequest, Seen, T]
"""Yields the pages that it wants to see, is sent what came of each, and returns what it found out."""


class Recognised(FrozenStruct):
    """A family that a page may belong to.

    Attributes:
        family: a key of `crawler.families.FAMILIES`; `unknown` where no fingerprint matched.
        evidence: the string of the page, or of its address, that says so.
        options: of the family, where an answer tells them.
    """

    family: str
    evidence: str
    options: Mapping[str, str] = field(default_factory=lambda: NO_OPTIONS)

    def read(
        self, text: str, url: str, *, request: PageRequest | None = None, list_url: str | None = None
    ) -> ListPage | None:
        """Read a page as the family would; None where the family is not there, or lacks an option.

        Args:
            text: the page, decoded.
            url: its address, after redirects.
            request: what it answers; None for the request for the list's first page.
            list_url: the list; None where it is the page itself.
        """
        family = FAMILIES.get(self.family)
        options = {**family.preset, **self.options} if family else {}
        if family is None or family.fault(options) is not None:
            return None
        list_url = list_url or url
        return family.read(
            text, PageAt(url, request or family.first_request(list_url, options), list_url, options)
        )


class Column(FrozenStruct):
    """A list that was found, or that may be one.

    Attributes:
        url: the request for its first page begins here.
        title: as linked or printed.
        kind: `annual_report` or `policy`; `entry` for a way in, which no proposal has.
        score: how much speaks for it, from 0 to 1.
        why: what speaks for it, in words.
        family: as recognised on the list page itself; None before it was looked at, or where nothing told.
        options: the family's.
        rows: the newest rows that its first page shows; none where it was not looked at, or showed none.
        declared: how many rows it says it has.
        share: how much of its first page is of its kind, from 0 to 1.
        is_cut: whether that says that there is more, and nothing tells how further pages are asked for.
    """

    url: str
    title: str
    kind: str
    score: float
    why: tuple[str, ...]
    family: str | None = None
    options: Mapping[str, str] = field(default_factory=lambda: NO_OPTIONS)
    rows: tuple[ListedLink, ...] = ()
    declared: int | None = None
    share: float = 0.0
    is_cut: bool = False


class MissingField(FrozenStruct):
    """The one field that keeps a request from being read whole: a person may know it.

    Attributes:
        column: the address of the column whose script asks.
        title: of the column.
        name: the field's.
        words: what stands in the script.
    """

    column: str
    title: str
    name: str
    words: str


class Proposal(FrozenStruct):
    """What a survey found out about a portal.

    Attributes:
        home_url: its front page, after redirects.
        name: as it names itself; None where it does not.
        issuer: the body whose portal it is, where one is told.
        region_code: six digits of GB/T 2260; None where nothing tells.
        site_id_code: the SiteIDCode that it prints.
        family: of the lists that were confirmed, of the front page where none was; with evidence.
        columns: the lists to walk, annual reports first, the best of each kind first.
        outcome: the outcome word of the front page.
        unsure: what a person should look at, in words.
        requests: how many pages were asked for.
        missing: fields without which lists could not be asked for.
        hosts: on which it stood before, whose documents are its own still.
    """

    home_url: str
    name: str | None
    issuer: str | None
    region_code: str | None
    site_id_code: str | None
    family: Recognised
    columns: tuple[Column, ...]
    outcome: str
    unsure: tuple[str, ...]
    requests: int
    missing: tuple[MissingField, ...] = ()
    hosts: tuple[str, ...] = ()


Answers = Mapping[str, Mapping[str, str]]
"""What a person says of fields that scripts leave open, by the column's address and the field's name."""

READABLE = frozenset(("ok", "js_shell", "empty_stub"))
"""Outcomes with a page: one that only sends its reader on looks like a stub."""

# A front page may lead on by `<meta http-equiv=refresh>` alone.
_REFRESH = re.compile(r"url\s*=\s*['\"]?(?P<to>[^'\"\s>;]+)", re.IGNORECASE)


class ProbeCrawl(Struct):
    """One survey's notebook.

    Attributes:
        home_url: the front page of the site that is surveyed; None before it is known.
        unsure: what a person should look at, in words.
        requests: how many pages were asked for.
        answers: what a person says of fields, by the address of the column and the field's name.
        missing: fields without which lists could not be asked for.
    """

    home_url: str | None = None
    unsure: list[str] = []
    requests: int = 0
    answers: Answers = {}
    missing: list[MissingField] = []
    _seen: dict[str, Seen] = {}
    _pages: dict[str, Page | None] = {}
    _closed: set[str] = set()

    @property
    def left(self) -> int:
        """How many pages may still be asked for."""
        return DISCOVERY.requests - self.requests

    def note(self, remark: str) -> None:
        """Write down what a person should look at, once."""
        if remark not in self.unsure:
            self.unsure.append(remark)

    def ask(self, request: PageRequest) -> Probing[Seen | None]:
        """Ask for a page; None where it may not be asked for."""
        if request.as_text() not in self._seen and not self._may_ask(request.url):
            return None
        return (yield from self.fetch(request))

    def fetch(self, request: PageRequest) -> Probing[Seen]:
        """Ask for a page, whatever it is; one that was seen is not asked for again."""
        known = self._seen.get(request.as_text())
        if known is not None:
            return known
        self.requests += 1
        seen = yield request
        self._seen[request.as_text()] = seen
        if request.body is None:
            self._seen[PageRequest(seen.url).as_text()] = seen
        if seen.outcome in BLOCKED:
            self._closed.add(host_key(request.url))
            self.note(
                f"{host_key(request.url)} turned us away with {seen.outcome}; nothing more was asked there"
            )
        return seen

    def open(self, url: str) -> Probing[Page | None]:
        """Ask for a page by its address and take it apart; a page that only sends on is followed."""
        for _ in range(DISCOVERY.hops + 1):
            seen = yield from self.ask(PageRequest(urldefrag(url)[0]))
            page = self._page(seen) if seen else None
            onward = sent_on_to(page) if page else None
            if onward is None:
                return page
            url = onward
        return page

    def page_at(self, url: str) -> Page | None:
        """Return a page that was opened, without asking for it."""
        seen = self._seen.get(PageRequest(urldefrag(url)[0]).as_text())
        return self._pages.get(seen.url) if seen else None

    def _page(self, seen: Seen) -> Page | None:
        if seen.outcome not in READABLE:
            self.note(f"{seen.request.url} answered {seen.outcome}")
            return None
        if seen.url not in self._pages:
            self._pages[seen.url] = read_page(seen.text, seen.url)
        return self._pages[seen.url]

    def _may_ask(self, url: str) -> bool:
        if self.requests >= DISCOVERY.requests or host_key(url) in self._closed:
            return False
        return self.home_url is None or is_own(url, self.home_url)


def sent_on_to(page: Page) -> str | None:
    """Return where a page that holds nothing but a redirect sends its reader."""
    if len(visible_text(page.root)) > DISCOVERY.little_text_chars or len(page.links) > 5:
        return None
    for tag in page.root.iter("meta"):
        if (tag.get("http-equiv") or "").lower() == "refresh":
            found = _REFRESH.search(tag.get("content") or "")
            return clean_url(found["to"], page.url) if found else None
    moves = (each.value for each in script_moves(page.script) if isinstance(each.value, str))
    to = next((url for each in moves if (url := clean_url(each, page.url))), None)
    return to if to != page.url else None
