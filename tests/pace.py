"""How slow the machine is at this moment: limits are those of a small machine that is left alone."""

from __future__ import annotations

import time

_STEPS = 1_000_000
_USUAL_S = 0.08
"""Processor time that so many steps take on a small machine."""


def slowness() -> float:
    """Return how many times as long as on a small machine a fixed piece of work takes now; 1 at least.

    Time of the processor too grows where a host gives a machine less of it than it shows.
    """
    begin = time.process_time()
    total = 0
    for step in range(_STEPS):
        total += step
    return max(1.0, (time.process_time() - begin) / _USUAL_S)
