"""What a demo site says to a request: the vocabulary shared by the server and the sites it serves.

Nights are numbered from 1. A site's answer depends on the night, the address and the request's
headers alone, so that the same night always gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST_NIGHT = dt.date(2026, 2, 1)
SHANGHAI = ZoneInfo("Asia/Shanghai")

Headers = tuple[tuple[str, str], ...]


class DemoError(GongkaiError):
    """The demo cannot be served."""


class DemoDataMismatch(DemoError):
    """A data file of the demo contradicts itself or another one."""


class NotAFolder(DemoError):
    """What is to be served as a portal is no folder, or holds no file."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, without what the server adds (`Date`, `Content-Length`).

    Attributes:
        status: the HTTP status code.
        headers: name and value in the order sent; names may repeat.
        body: the payload, content coding applied.
    """

    status: int
    headers: Headers
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


class Site(Protocol):
    """Anything the demo server can serve."""

    def answer(self, target: str, night: int, headers: Mapping[str, str]) -> Answer:
        """Answer one GET.

        Args:
            target: path with query as sent, still percent-encoded.
            night: the night shown, from 1.
            headers: request headers by lower-case name; `host` is the host asked for, without port.
        """


def night_date(night: int) -> dt.date:
    """Return the Shanghai day that names a night: 2026-02-01 for night 1."""
    return FIRST_NIGHT + dt.timedelta(days=night - 1)


def http_date(day: dt.date, hour: int = 9) -> str:
    """Write a Shanghai day and hour as an HTTP date."""
    moment = dt.datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)
    return format_datetime(moment.astimezone(dt.UTC), usegmt=True)


def html_answer(
    body: bytes, *, status: int = 200, charset: str | None = "utf-8", more: Headers = ()
) -> Answer:
    """Answer with an HTML page; `charset=None` leaves the header silent about the encoding."""
    content_type = f"text/html; charset={charset}" if charset else "text/html"
    return Answer(status, (("Content-Type", content_type), *more), body)


def redirect(status: int, location: str) -> Answer:
    """Answer with a redirect and the few words that portals put below it."""
    body = (
        f'<html><head><title>{status}</title></head><body><a href="{location}">{location}</a></body></html>'
    )
    return html_answer(body.encode(), status=status, more=(("Location", location),))
