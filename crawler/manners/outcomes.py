"""Which answers mean that a host is to be left alone."""

from __future__ import annotations

from pipelines.response.outcome import Outcome, is_blocked

# A page that sets a cookie and sends back to itself is content with the cookie; only a loop of it blocks.
_PASSING = frozenset((Outcome.CHALLENGE_COOKIE_REDIRECT,))
_PUT_OFF = frozenset((Outcome.RATE_LIMITED,))


def ends_host(outcome: str) -> bool:
    """Whether the host is to be left alone for the rest of the run: it blocks, or asks for patience."""
    try:
        known = Outcome(outcome)
    except ValueError:
        return False
    return (is_blocked(known) and known not in _PASSING) or known in _PUT_OFF
