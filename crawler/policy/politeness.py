"""How fast hosts may be asked, and under which name."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from crawler.errors import ContactMissing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MIN_DELAY_S = 3.0
"""No public host is asked more often than once in this many seconds."""

JITTER = 0.2
JITTER_ALLOWANCE = 1 / (1 - JITTER)
"""Scrapy varies a delay by `JITTER` both ways: asked for this much more, it never falls below."""


def polite_settings(delay_s: float) -> Mapping[str, Any]:
    """Return the Scrapy settings by which public hosts are asked: one request at a time, never too soon.

    Args:
        delay_s: seconds between two requests to one host; no less than `MIN_DELAY_S` counts.
    """
    delay = max(delay_s, MIN_DELAY_S) * JITTER_ALLOWANCE
    return {
        "DOWNLOAD_DELAY": delay,
        "DOWNLOAD_DELAY_JITTER": JITTER,
        "AUTOTHROTTLE_ENABLED": True,
        "AUTOTHROTTLE_START_DELAY": delay,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
    }


def loopback_settings(concurrency: int) -> Mapping[str, Any]:
    """Return the Scrapy settings for a portal on this machine, where nobody is to be spared."""
    return {
        "DOWNLOAD_DELAY": 0.0,
        "AUTOTHROTTLE_ENABLED": False,
        "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
    }


def check_contact(public: Iterable[str], contact: str | None) -> None:
    """Refuse to ask a public host without saying who asks.

    Args:
        public: the names of portals that are not on this machine.
        contact: who asks.

    Raises:
        ContactMissing: there is a public portal and no contact.
    """
    named = list(public)
    if named and not (contact or "").strip():
        raise ContactMissing(
            "no public host is asked without a contact",
            where=", ".join(named),
            hint="Set GONGKAI_CONTACT to a mail address or a page that says who you are",
        )


def user_agent(contact: str | None) -> str:
    """Return the User-Agent: project, version, and who to turn to."""
    try:
        number = version("gongkai")
    except PackageNotFoundError:
        number = "0"
    return f"gongkai/{number} (+{contact})" if contact else f"gongkai/{number} (loopback only)"
