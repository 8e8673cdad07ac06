"""How long a host that asks for patience is given it: `Retry-After`, within reason.

    429 or 503, asks for two minutes at most ─ the host waits, then the request is made again
    asks for longer, for no time at all, or for the fourth time ─ the host is left alone for this run

A night is short and a portal has thousands of pages: what asks for hours is asked again the next night.

Source: RFC 9110, 10.2.3.
"""

from __future__ import annotations

import asyncio
import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

MAX_WAIT_S = 120.0
MAX_PAUSES = 3

_SECONDS = re.compile(r"\d{1,9}")


def asked_wait_s(retry_after: str, now: dt.datetime) -> float | None:
    """Return the seconds that a `Retry-After` asks for; None where it says nothing that can be understood.

    Args:
        retry_after: the field as sent: seconds, or an HTTP date.
        now: the instant from which a date is counted.
    """
    said = retry_after.strip()
    if _SECONDS.fullmatch(said):
        return float(said)
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    return max((until - now).total_seconds(), 0.0) if until.tzinfo else None


class Patience:
    """The hosts of a run that wait."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._pauses: dict[str, int] = {}

    def grant(self, host: str, wait_s: float | None) -> bool:
        """Let a host have its time; whether it is to be asked again in this run.

        An answer to a request that was on its way before the pause began asks for nothing new.
        """
        now = _loop_time()
        if self._until.get(host, 0.0) > now:
            return True
        if wait_s is None or wait_s > MAX_WAIT_S or self._pauses.get(host, 0) >= MAX_PAUSES:
            return False
        self._pauses[host] = self._pauses.get(host, 0) + 1
        self._until[host] = now + wait_s
        return True

    async def wait(self, host: str) -> None:
        """Wait until a host may be asked again."""
        while (rest := self._until.get(host, 0.0) - _loop_time()) > 0:
            await asyncio.sleep(rest)


def _loop_time() -> float:
    return asyncio.get_event_loop().time()
