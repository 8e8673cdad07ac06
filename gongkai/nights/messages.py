"""Messages by `apprise`: to whom a night is told, and by mail to readers."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping


def send_message(address: str, title: str, body: str, *, is_bad: bool = False) -> str | None:
    """Send a message; return why it was not taken, without what the address keeps secret.

    Args:
        address: of apprise.
        title: in one line.
        body: plain text.
        is_bad: whether somebody has to look.
    """
    import apprise  # noqa: PLC0415  takes most of a second, where nothing may be to tell

    logging.getLogger("apprise").propagate = False  # it may name what is secret
    capture = apprise.LogCapture(level=logging.WARNING, fmt="%(message)s")  # type: ignore[no-untyped-call]
    with capture as said:
        try:
            service = apprise.Apprise.instantiate(address)
            if not service:
                return "no service of apprise has such an address"
            service.overflow_mode = apprise.OverflowMode.SPLIT
            kind = apprise.NotifyType.WARNING if is_bad else apprise.NotifyType.SUCCESS
            courier = apprise.Apprise(services=[service])
            if courier.notify(body, title=title, notify_type=kind, body_format=apprise.NotifyFormat.TEXT):
                return None
        except Exception as failure:  # noqa: BLE001  a notifier never fails the night
            return type(failure).__name__
        return _redact(said.getvalue(), address) or "it was not taken"


def _redact(said: str, address: str) -> str:
    """Return what a notifier said in one line, without any word of its address but the scheme."""
    scheme = urlsplit(address).scheme
    words = {word for word in re.split(r"[/?&=:@,\s]+", f"{address} {unquote(address)}") if word}
    for word in sorted(words - {scheme}, key=len, reverse=True):
        said = said.replace(word, "…")
    return " ".join(said.split())


@dataclass(frozen=True, slots=True)
class Post:
    """By what mail is sent to readers, and where the site is that its links lead to.

    Attributes:
        mail: an address of apprise without a recipient, as `mailtos://user:password@smtp.example.org`.
        site: of the front page, without a closing slash.
    """

    mail: str
    site: str

    def send(self, address: str, title: str, body: str) -> str | None:
        """Send a mail; return why it was not taken."""
        mark = "&" if "?" in self.mail else "?"
        return send_message(f"{self.mail}{mark}{urlencode({'to': address})}", title, body)

    def link_alert(self, token: str) -> str:
        """Return the address at which an alert is confirmed and ended."""
        return f"{self.site}/-/alerts/{token}"


def find_post(stored: Mapping[str, str]) -> Post | None:
    """Return how readers are written to; None where the operator has not said by what, or where the site is.

    Args:
        stored: the operator's file.
    """
    return Post(stored["mail"], stored["site"].rstrip("/")) if {"mail", "site"} <= stored.keys() else None
