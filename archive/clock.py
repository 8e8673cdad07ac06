"""The clock is an argument. This is where it comes from.

`GONGKAI_NOW` (ISO 8601) starts the clock at that instant, from which it runs on: for tests and for
simulated nights. Nights, snapshots and printed dates are Asia/Shanghai days; instants are UTC.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

from pipelines.errors import BadConfiguration

Clock = Callable[[], dt.datetime]

# China has one civil time, and portals date what they publish by it.
SHANGHAI = ZoneInfo("Asia/Shanghai")


class BadClock(BadConfiguration):
    """The starting instant is not a time."""


def running_from(start: dt.datetime) -> Clock:
    """Return a clock that shows `start` now and runs on at the machine's pace."""
    origin = time.monotonic()
    return lambda: start + dt.timedelta(seconds=time.monotonic() - origin)


def clock_from(now: str | None) -> Clock:
    """Return the machine's clock, or one that starts at an instant.

    Args:
        now: an ISO 8601 instant with its offset (`2026-01-31T19:00:00Z`); None for the machine's own.

    Raises:
        BadClock: the text is no instant, or has no offset.
    """
    if now is None:
        return lambda: dt.datetime.now(dt.UTC)
    try:
        start = dt.datetime.fromisoformat(now)
    except ValueError as error:
        raise BadClock(f"{now!r} is not an ISO 8601 time", where="GONGKAI_NOW") from error
    if start.tzinfo is None:
        raise BadClock(
            f"{now!r} has no offset", where="GONGKAI_NOW", hint="Write 2026-01-31T19:00:00Z or …+08:00"
        )
    return running_from(start.astimezone(dt.UTC))


def instant(moment: dt.datetime) -> str:
    """Write an instant as the corpus and WARC keep it: UTC, ISO 8601, microseconds, `Z`."""
    # strftime writes the years before 1000 with less than four digits.
    return moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def night_of(moment: dt.datetime) -> dt.date:
    """Return the Shanghai date that names the night of a run started at `moment`."""
    return moment.astimezone(SHANGHAI).date()
