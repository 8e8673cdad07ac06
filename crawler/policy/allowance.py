"""What a portal allows in a night: at which hours it is asked, and how much that may cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.clock import SHANGHAI

if TYPE_CHECKING:
    import datetime as dt

_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Budget:
    """What a portal may cost in one night; what is beyond it waits for the next.

    Attributes:
        requests: how many may be made. At one every three seconds a day has time for 28,800.
        megabytes: how many million bytes of bodies may come in.
    """

    requests: int = 50_000
    megabytes: int = 10_000


USUAL_BUDGET = Budget()
"""What a portal may cost whose YAML says nothing of it."""


class Spending:
    """The requests and bytes of one portal in one run.

    Args:
        budget: how much there may be.
        requests: how many were made before, in a run that is gone on with.
        size_bytes: what came in for them.
    """

    def __init__(self, budget: Budget, requests: int = 0, size_bytes: int = 0) -> None:
        self._budget = budget
        self._requests = requests
        self._size_bytes = size_bytes

    def spend(self, size_bytes: int) -> None:
        """Count a request, and the body that came in for it."""
        self._requests += 1
        self._size_bytes += size_bytes

    @property
    def room(self) -> int:
        """How many addresses that were not known there is room for: as many as a night may ask for."""
        return self._budget.requests

    @property
    def spent(self) -> str | None:
        """Why no more is asked for tonight, in words; None while there is something left."""
        if self._requests >= self._budget.requests:
            return f"the night's {self._budget.requests} requests are spent"
        if self._size_bytes >= self._budget.megabytes * _MEGABYTE:
            return f"the night's {self._budget.megabytes} megabytes are spent"
        return None


@dataclass(frozen=True, slots=True)
class NightHours:
    """The hours of a Shanghai day in which a portal may be crawled; they may pass midnight."""

    start: dt.time
    end: dt.time

    def contains(self, moment: dt.datetime) -> bool:
        """Whether crawling is allowed at an instant."""
        now = moment.astimezone(SHANGHAI).time()
        if self.start <= self.end:
            return self.start <= now < self.end
        return now >= self.start or now < self.end
