"""What a portal may cost in one night, and what it has cost so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.registry.portal import Budget

OVER_BUDGET = "over_budget"
"""The word for what is put off to another night because this one's budget is spent."""

_MEGABYTE = 1_000_000


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
