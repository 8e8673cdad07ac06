"""What a night believes of the clock: captures are never dated before those known, nor years ahead.

    clock at or after the last night, not by much ─▶ believed
    behind it by days at most ─▶ gone on from where that ended, at half the pace, until the clock is there
    behind or ahead by more ─▶ nothing is asked this night; believed once another night agrees

A clock that leapt and is set right within a day has dated nothing. Pure: instants in, instants out.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NoReturn

from gongkai.nights.night_record import NIGHTS, LastNight
from pipelines.errors import GongkaiError

_TICK = dt.timedelta(milliseconds=1)


class ClockDoubtful(GongkaiError):
    """The clock is too far from the last night to date anything by it."""


@dataclass(frozen=True, slots=True)
class Timekeeping:
    """How a night is dated.

    Attributes:
        shown: what the clock shows.
        start: the instant by which the night begins.
        note: what somebody should know of the clock; None for one that is in order.
        is_doubtful: whether nothing may be dated by it, and so nothing asked.
        is_turned_back: whether it is believed although instants after it are known.
    """

    shown: dt.datetime
    start: dt.datetime
    note: str | None = None
    is_doubtful: bool = False
    is_turned_back: bool = False

    def refuse(self) -> NoReturn:
        """Raise what is said of a clock that nothing may be dated by."""
        raise ClockDoubtful(
            f"{self.note}: nothing was asked",
            hint="Set it right; one that is right is believed once another night agrees",
        )


def keep_time(shown: dt.datetime, last: LastNight | None) -> Timekeeping:
    """Return how a night is dated that begins when the clock shows an instant.

    Args:
        shown: what the clock shows.
        last: the last night that was dated; None for the first.
    """
    if last is None:
        return Timekeeping(shown, shown)
    ahead, since, nothing = shown - last.reached, shown - last.shown, dt.timedelta()
    longest, tolerated = dt.timedelta(days=NIGHTS.ahead_days), dt.timedelta(seconds=NIGHTS.behind_s)
    days, side = abs(ahead).days, "after" if ahead > nothing else "before"
    size = f"{days} days" if days else f"{abs(ahead).seconds // 60} minutes"
    far = f"the clock shows {_short(shown)}, {size} {side} the last night ({_short(last.reached)})"
    if nothing <= ahead <= longest:
        return Timekeeping(shown, shown)
    if nothing < -ahead <= dt.timedelta(days=NIGHTS.behind_days):
        start = max(last.reached + _TICK, last.reached + since / 2)
        note = f"{far}: this night is dated from {_short(start)} on. Set the clock right"
        return Timekeeping(shown, start, note if -ahead > tolerated else None)
    if -tolerated <= since <= longest:
        note = f"{far}: believed, because two nights agree"
        return Timekeeping(shown, shown, note, is_turned_back=ahead < nothing)
    return Timekeeping(shown, last.reached + _TICK, far, is_doubtful=True)


def _short(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC")
