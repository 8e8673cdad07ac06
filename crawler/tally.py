"""Counts of a run, by portal."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.process.plan import PortalSummary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archive.frontier.sweeps import Sweep
    from crawler.registry.portal import Portal


@dataclass(frozen=True, slots=True)
class Lists:
    """What a run knows of the lists of a portal.

    Attributes:
        sweeps: the walks over them.
        rows: how many rows they show, those of a list with nothing new included.
        newest_year: the newest year that their rows show; None where they show none.
    """

    sweeps: tuple[Sweep, ...]
    rows: int
    newest_year: int | None


class Tally:
    """What happened to one portal so far.

    Attributes:
        outcomes: answers of lists, articles and attachments, and failures, by outcome.
        new_links: addresses that were not known before.
        errors: what broke, in words.
    """

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.new_links = 0
        self.errors: list[str] = []

    def summary(
        self, portal: Portal, lists: Lists, stopped: Mapping[str, str], spent: str | None, *, finished: bool
    ) -> PortalSummary:
        """Return what became of the portal.

        Args:
            portal: whose counts these are.
            lists: its lists.
            stopped: hosts left alone for the rest of the run, with the reason word.
            spent: what of the night's budget is spent, in words; None where there is something left.
            finished: whether the run came to its end; only then is a portal held to what it was expected
                to bring.
        """
        unexpected = tuple(_unexpected(portal, lists)) if finished else ()
        return PortalSummary(
            portal=portal.id,
            outcomes=dict(sorted(self.outcomes.items())),
            new_links=self.new_links,
            sweeps=lists.sweeps,
            stopped=stopped,
            errors=(*self.errors, *unexpected),
            spent=spent,
        )


def _unexpected(portal: Portal, lists: Lists) -> Iterator[str]:
    found, newest_year = lists.rows, lists.newest_year
    low, high = portal.expected.min_documents, portal.expected.max_documents
    if low is not None and found < low:
        yield f"its lists show {found} documents, expected are at least {low}"
    if high is not None and found > high:
        yield f"its lists show {found} documents, expected are at most {high}"
    year = portal.expected.newest_year
    if year is not None and newest_year is not None and newest_year < year:
        yield f"the newest year that its lists show is {newest_year}, expected is {year}"
