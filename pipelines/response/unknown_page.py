"""The page that a portal shows for an address that does not exist, and which pages are nothing but that.

Many portals answer 200 for what they do not have: with a text of their own, in their own frame, or with the
home page. One address that cannot exist is asked for per portal and run; a page that adds nothing to its
answer is no document. Whatever a page shows of its own, if only one line or a link to a file, clears it: an
error page that is kept costs a row, a document that is taken for one would be lost.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from pipelines.duplicates.left_out import without_volatile
from pipelines.knowledge import Thresholds
from pipelines.response.outcome import OUTCOME, Evidence, first_rule, gather_evidence
from pipelines.structs import FrozenStruct
from pipelines.text.charset import decode_leniently
from pipelines.text.normalise import mask_numbers

if TYPE_CHECKING:
    from pipelines.response.http_message import Headers

ANSWERS_OF_UNKNOWN = frozenset({200, 404, 410, 550})
"""The statuses whose page tells what a portal shows for what it does not have."""
# Says to an operator who reads a log what was asked for, and why it is not there.
_NAME = "gongkai-unknown-page"
_PATH = re.compile(rf"/{_NAME}-[0-9A-Za-z-]{{1,8}}\.html")
# What the rules may say of an unknown page that tells something: nothing, or that it is an error page.
_TELLING = frozenset({None, "soft_404"})


class UnknownPageThresholds(Thresholds):
    """What counts of a page; every pattern is bounded, so that a line costs no more than its length."""

    least_shown: int
    most_missing: float
    head: int
    longer_by: int
    longer: int
    longest_name: int
    addresses: re.Pattern[str]
    times: re.Pattern[str]
    request_ids: re.Pattern[str]
    embedded: re.Pattern[str]
    file_endings: re.Pattern[str]


UNKNOWN_PAGE = UnknownPageThresholds.load("unknown_page")
_ADDRESS, _TIME, _REQUEST = "\x01", "\x02", "\x03"
"""The signs that stand for what changes from visit to visit."""
_VOLATILE = (
    (UNKNOWN_PAGE.addresses, _ADDRESS),
    (UNKNOWN_PAGE.times, _TIME),
    (UNKNOWN_PAGE.request_ids, _REQUEST),
)
# A day and a time behind it are one: both differ at every request.
_TIMES = re.compile(rf"{_TIME}(?:\s*{_TIME})+")
_TITLE = re.compile(rb"<title\b[^<>]*>([^<]*)", re.IGNORECASE)
# What ends the address that a name of a file is the last part of.
_BEFORE_NAME = re.compile(r"[\s\"'<>()/\\=?&]")


def unknown_page_url(home_url: str, run_id: str) -> str:
    """Return an address of a portal that does not exist, another in every run.

    Args:
        home_url: of the portal.
        run_id: of the run that asks.
    """
    parts = urlsplit(home_url)
    token = re.sub(r"[^0-9A-Za-z]", "-", run_id)[:8] or "-"
    return f"{parts.scheme}://{parts.netloc}/{_NAME}-{token}.html"


def is_unknown_page(url: str) -> bool:
    """Whether an address is one that `unknown_page_url` makes up."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return _PATH.fullmatch(parts.path) is not None and not parts.query


def is_told_apart(url: str) -> bool:
    """Whether a probe asks for what pages are held against: a made-up one, the front page, not robots.txt."""
    return not url.endswith("/robots.txt")


class UnknownPage(FrozenStruct):
    """What a portal shows for an address that does not exist, or on its front page.

    Attributes:
        tells: whether it says anything: a blank page, a shell and a challenge are like too much else.
        title: of the window, without what changes from visit to visit.
        lines: the visible blocks of text, likewise.
        files: the names of what is embedded in it and of the documents that it links to.
        size: bytes of its body.
        written_title: its title as the first bytes of the body have it, figures aside; None where it changes
            from visit to visit, or where there is none.
    """

    tells: bool
    title: str
    lines: frozenset[str]
    files: frozenset[str]
    size: int
    written_title: str | None

    @classmethod
    def of(cls, headers: Headers, body: bytes) -> Self:
        """Look at the answer to an address that does not exist.

        Args:
            headers: the response's header fields.
            body: the payload with its content coding undone.
        """
        seen = gather_evidence(headers, body)
        tells = (
            seen.is_html
            and seen.size <= OUTCOME.evidence_bytes
            and seen.visible >= UNKNOWN_PAGE.least_shown
            and first_rule(200, seen) in _TELLING
        )
        title = _stable_title(seen.title)
        # The quick look compares titles as written: one that holds the address or the hour differs on every
        # page.
        written = None if {_ADDRESS, _TIME, _REQUEST} & set(title) else _written_title(body)
        return cls(tells, title, _stable_lines(seen), _name_files(seen), len(body), written)

    def resembles(self, headers: Headers, body: bytes) -> bool:
        """Whether a page adds nothing of its own to this one.

        Never for a page of which a part was not looked at, nor for one that lacks what this one says.

        Args:
            headers: the response's header fields.
            body: the payload with its content coding undone.
        """
        if not self.tells or len(body) > OUTCOME.evidence_bytes or self._is_plainly_another(body):
            return False
        seen = gather_evidence(headers, body)
        if not seen.is_html or _stable_title(seen.title) != self.title:
            return False
        lines = _stable_lines(seen)
        return (
            # One line of its own clears a page; what it lacks of the frame may be a line that changes
            # (`most_missing`).
            lines <= self.lines
            and len(self.lines - lines) <= UNKNOWN_PAGE.most_missing * len(self.lines)
            and _name_files(seen) <= self.files
            # No page that declares the title or the date of an article is an error page.
            and all(said == "null" for _, said in seen.declared)
        )

    def _is_plainly_another(self, body: bytes) -> bool:
        """Whether a page is longer by far, or has another title: most are, and seen whole it takes long."""
        if len(body) > UNKNOWN_PAGE.longer_by * self.size + UNKNOWN_PAGE.longer:
            return True
        return self.written_title is not None and _written_title(body) != self.written_title


def _written_title(body: bytes) -> str | None:
    found = _TITLE.search(body, 0, UNKNOWN_PAGE.head)
    if found is None:
        return None
    return mask_numbers(" ".join(html.unescape(decode_leniently(found[1])).split()))


def _mask_volatile(text: str) -> str:
    """Write a sign where an address, a moment or the number of a request stands."""
    for pattern, mask in _VOLATILE:
        text = pattern.sub(mask, text)
    return _TIMES.sub(_TIME, text).strip()


def _stable_title(title: str) -> str:
    # Counters, ids and page numbers are what differs between two error pages of one portal.
    return mask_numbers(_mask_volatile(title))


def _stable_lines(seen: Evidence) -> frozenset[str]:
    stable = (_mask_volatile(without_volatile(line)) for line in seen.lines)
    return frozenset(line for line in stable if line)


def _name_files(seen: Evidence) -> frozenset[str]:
    """Return file names: one page says `../images/a.png` where another says `/images/a.png`."""
    embedded = (source.partition("?")[0] for source in UNKNOWN_PAGE.embedded.findall(seen.markup))
    names = {source.rsplit("/", 1)[-1] for source in embedded if not source.startswith("data:")}
    for found in UNKNOWN_PAGE.file_endings.finditer(seen.markup):
        before = seen.markup[max(0, found.start() - UNKNOWN_PAGE.longest_name) : found.start()]
        names.add(_BEFORE_NAME.split(before)[-1] + found.group())
    return frozenset(names)
