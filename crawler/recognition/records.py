"""What a survey sees, and what it proposes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crawler.families.base import NO_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archive.frontier.targets import PageRequest
    from crawler.families.base import ListedLink


@dataclass(frozen=True, slots=True)
class Seen:
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


@dataclass(frozen=True, slots=True)
class Recognised:
    """A family that a page may belong to.

    Attributes:
        family: a key of `crawler.families.FAMILIES`; `unknown` where no fingerprint matched.
        evidence: the string of the page, or of its address, that says so.
        options: what the page itself tells of the family's options.
    """

    family: str
    evidence: str
    options: Mapping[str, str] = field(default_factory=lambda: NO_OPTIONS)


@dataclass(frozen=True, slots=True)
class Column:
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


@dataclass(frozen=True, slots=True)
class Proposal:
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
