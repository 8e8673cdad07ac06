"""What the house rules stop before it is sent."""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest


class Refused(IgnoreRequest):
    """A request that is not sent.

    Args:
        outcome: the word for it (`robots_denied`, `address_denied`, `host_stopped`, …).
        reason: why, for a person.
        kept: whether it is an observation that goes into the archive; what the crawl only puts off is not.
    """

    def __init__(self, outcome: str, reason: str, *, kept: bool = False) -> None:
        super().__init__(f"{outcome}: {reason}")
        self.outcome = outcome
        self.reason = reason
        self.kept = kept
