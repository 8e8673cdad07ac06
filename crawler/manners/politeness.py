"""How fast a portal may be asked, and under which name."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from crawler.errors import ContactMissing
from crawler.registry.form import MIN_DELAY_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crawler.process.plan import Limits
    from crawler.registry.portal import Portal

JITTER = 0.2
JITTER_ALLOWANCE = 1 / (1 - JITTER)
"""Scrapy varies a delay by `JITTER` both ways: asked for this much more, it never falls below."""


def portal_settings(
    portal: Portal, *, loopback: bool, contact: str | None, limits: Limits, loopback_concurrency: int
) -> Mapping[str, Any]:
    """Return the Scrapy settings that a portal's spider runs with.

    Args:
        portal: whose.
        loopback: whether it stands on this machine, where nobody is to be spared.
        contact: who asks.
        limits: what one request may cost.
        loopback_concurrency: requests at a time to a portal on loopback.

    Raises:
        ContactMissing: a public host would be asked without a contact.
    """
    delay = max(portal.delay_s, MIN_DELAY_S) * JITTER_ALLOWANCE
    pace = {
        "DOWNLOAD_DELAY": 0.0 if loopback else delay,
        "DOWNLOAD_DELAY_JITTER": JITTER,
        "AUTOTHROTTLE_ENABLED": not loopback,
        "AUTOTHROTTLE_START_DELAY": delay,
        "CONCURRENT_REQUESTS_PER_DOMAIN": loopback_concurrency if loopback else 1,
    }
    if not loopback:
        check_contact([portal], {}, contact)
    return pace | {
        "USER_AGENT": user_agent(contact),
        "DOWNLOAD_TIMEOUT": limits.timeout_s,
        "DOWNLOAD_MAXSIZE": limits.max_bytes,
        "RETRY_TIMES": limits.retries,
    }


def check_contact(portals: Iterable[Portal], connect_to: Mapping[str, str], contact: str | None) -> None:
    """Refuse to ask a public host without saying who asks.

    Raises:
        ContactMissing: there is a public portal and no contact.
    """
    public = [portal.id for portal in portals if not portal.is_loopback(connect_to)]
    if public and not (contact or "").strip():
        raise ContactMissing(
            "no public host is asked without a contact",
            where=", ".join(public),
            hint="Set GONGKAI_CONTACT to a mail address or a page that says who you are",
        )


def user_agent(contact: str | None) -> str:
    """Return the User-Agent: project, version, and who to turn to."""
    try:
        number = version("gongkai")
    except PackageNotFoundError:
        number = "0"
    return f"gongkai/{number} (+{contact})" if contact else f"gongkai/{number} (loopback only)"
