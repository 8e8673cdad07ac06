"""Scope: a spider asks its own hosts, at their hours, and none that is not to be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from archive.warc.model import Role
from crawler.errand import errand_of
from crawler.policy.access import Refused
from crawler.run.addon import RunAddon

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler


class ScopeMiddleware:
    """Refuses what a spider must not ask for."""

    def __init__(self, rules: RunAddon) -> None:
        self._rules = rules

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make one for a crawler, as Scrapy asks for it."""
        return cls(RunAddon.of(crawler))

    def process_request(self, request: Request) -> None:
        """Let a request pass, or refuse it.

        Raises:
            Refused: on the stop list, another scheme, another site, the wrong hour, a host given up, the
                night's budget spent, nobody who says that he asks, or done already.
        """
        role, rules = errand_of(request).role, self._rules
        rules.access.check_address(rules.site, request.url)
        rules.check_contact(request.url)
        rules.access.check_now(rules.site, request.url, is_probe=role is Role.PROBE)
        # A target may come to its end as the goal of another one's redirect while it waits in the queue.
        if role in {Role.ARTICLE, Role.ATTACHMENT} and rules.is_finished(request.url):
            raise Refused("done", f"{request.url} was fetched in this run")
