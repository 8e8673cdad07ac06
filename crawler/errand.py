"""Why a request is made: carried in its `meta`, through retries and redirects, into the archive."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.warc.model import Context, Role

if TYPE_CHECKING:
    from scrapy import Request

    from archive.frontier.sweeps import SweepKey

_META = "errand"
_CAPTURE = "capture_id"
_OUTCOME = "outcome"


@dataclass(frozen=True, slots=True)
class Errand:
    """What a fetch is for.

    Attributes:
        role: why it is fetched.
        parent: the capture id of the page that led here: a list page, or the redirect before.
        target: the address that the errand began with; a chain of redirects ends this one.
        list_title: the link text on the list page.
        list_date: the date beside it, as printed.
        sweep: the walk that a list page belongs to.
        list_url: the list that led to a target, itself or through an article.
    """

    role: Role
    target: str
    parent: str | None = None
    list_title: str | None = None
    list_date: str | None = None
    sweep: SweepKey | None = None
    list_url: str | None = None

    def after(self, capture_id: str | None) -> Errand:
        """Return the errand of the next hop, whose parent is the capture of this one."""
        return dataclasses.replace(self, parent=capture_id or self.parent)

    def context(self, run_id: str, portal: str | None) -> Context:
        """Return what a rebuild needs to know of the capture."""
        return Context(
            run_id=run_id,
            role=self.role,
            portal=portal,
            parent=self.parent,
            list_title=self.list_title,
            list_date=self.list_date,
            list_url=self.sweep.list_url if self.sweep else self.list_url,
        )


def errand_of(request: Request) -> Errand:
    """Return a request's errand; what comes without one looks around (robots.txt)."""
    errand = request.meta.get(_META)
    return errand if isinstance(errand, Errand) else Errand(Role.PROBE, request.url)


def give_errand(request: Request, errand: Errand) -> Request:
    """Set a request's errand and return the request."""
    request.meta[_META] = errand
    return request


def note_capture(request: Request, capture_id: str, outcome: str) -> None:
    """Note the capture that the answer to a request became, and what the answer was."""
    request.meta[_CAPTURE] = capture_id
    request.meta[_OUTCOME] = outcome


def capture_of(request: Request) -> str | None:
    """Return the capture id of the answer to a request."""
    capture_id = request.meta.get(_CAPTURE)
    return capture_id if isinstance(capture_id, str) else None


def outcome_noted(request: Request) -> str:
    """Return what the answer to a request was."""
    return str(request.meta.get(_OUTCOME, ""))
