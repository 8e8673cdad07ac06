"""What goes wrong on a portal, as data: which requests, on which nights, how.

    FaultySite(site, read_faults(entries))      answer ─▶ fault ─▶ another answer, or another way to send it

A fault is chosen by the path that is asked for, by the night, and by how often the address was asked for on
that night, so that a burst of errors ends. The first fault that applies is the one that happens.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import threading
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from gongkai.demo.server import Answer, html_answer, redirect
from gongkai.demo.site import challenge
from tests.portals.broken_wire import break_answer
from tests.portals.material import DemoDataMismatch, render_page
from tests.portals.sent_fields import query_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gongkai.demo.server import Asked, Headers, Site

FOR_EVER_S = 3600.0
"""Longer than any client waits; the server's end ends it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes:
        shows: what happens, a key of `FAULTS`.
        path: matches the whole path of the requests that it happens to.
        nights: when; None for every night.
        host: where; None for every host.
        first: how many requests for one address it happens to on a night; None for all.
        amount: seconds, bytes or a status, as the fault has it; 0 for its usual.
    """

    shows: str
    path: re.Pattern[str]
    nights: frozenset[int] | None = None
    host: str | None = None
    first: int | None = None
    amount: float = 0

    def concerns(self, asked: Asked, night: int) -> bool:
        """Say whether it may happen to a request, its count aside."""
        return (
            (self.nights is None or night in self.nights)
            and (self.host is None or asked.host == self.host)
            and self.path.fullmatch(asked.path) is not None
        )


class FaultySite:
    """A site on which things go wrong.

    Args:
        site: the site as it is when all is well.
        faults: what goes wrong, in order.
    """

    def __init__(self, site: Site, faults: Iterable[Fault]) -> None:
        self._site = site
        self._faults = tuple(faults)
        self._seen: Counter[tuple[int, int, str]] = Counter()
        self._guard = threading.Lock()

    def answer(self, asked: Asked, night: int) -> Answer:
        """Answer one request, or let it go wrong."""
        for at, fault in enumerate(self._faults):
            if fault.concerns(asked, night):
                times = self._times((at, night, f"{asked.host}{asked.target}"))
                if fault.first is None or times <= fault.first:
                    return FAULTS[fault.shows](asked, self._site.answer(asked, night), fault.amount)
        return self._site.answer(asked, night)

    def _times(self, key: tuple[int, int, str]) -> int:
        with self._guard:
            self._seen[key] += 1
            return self._seen[key]


def read_faults(entries: Iterable[Mapping[str, Any]]) -> tuple[Fault, ...]:
    """Read faults from the entries of a YAML file.

    Args:
        entries: mappings with `shows` and `path`, and `nights`, `host`, `first`, `amount` where needed.

    Raises:
        DemoDataMismatch: a fault of an unknown name.
    """
    return tuple(_fault(entry) for entry in entries)


def _fault(entry: Mapping[str, Any]) -> Fault:
    if entry["shows"] not in FAULTS:
        raise DemoDataMismatch(f"no fault is called {entry['shows']!r}", hint=f"Faults: {', '.join(FAULTS)}")
    return Fault(
        shows=entry["shows"],
        path=re.compile(entry["path"]),
        nights=frozenset(entry["nights"]) if "nights" in entry else None,
        host=entry.get("host"),
        first=entry.get("first"),
        amount=entry.get("amount", 0),
    )


def _shown(template: str, status: int = 200, more: Headers = ()) -> Answer:
    return html_answer(render_page(f"faults/{template}").encode(), status=status, more=more)


def _half(answer: Answer) -> int:
    return len(answer.body) // 2


def _gzip_broken(answer: Answer) -> Answer:
    coded = bytearray(gzip.compress(answer.body, mtime=0))
    coded[12 : len(coded) // 2] = b"\xff" * (len(coded) // 2 - 12)
    return Answer(answer.status, (*answer.headers, ("Content-Encoding", "gzip")), bytes(coded))


def _redirect_loop(asked: Asked) -> Answer:
    return redirect(302, asked.path if "again" in query_of(asked) else f"{asked.path}?again=1")


def _cookie_first(asked: Asked, answer: Answer) -> Answer:
    """Send a client round once for its cookie, as some load balancers do."""
    if "CT6T=" in asked.headers.get("cookie", ""):
        return answer
    back = redirect(302, asked.target)
    cookie = ("Set-Cookie", f"CT6T={hashlib.sha256(asked.host.encode()).hexdigest()[:16]}; Path=/")
    return Answer(302, (*back.headers, cookie), back.body)


def _to_https(asked: Asked) -> Answer:
    return redirect(301, f"https://{asked.host}{asked.target}")


FAULTS: Mapping[str, Callable[[Asked, Answer, float], Answer]] = {
    "slow_start": lambda _, answer, amount: break_answer(answer, wait_s=amount or 1.0),
    "hang": lambda _, answer, amount: break_answer(answer, wait_s=amount or FOR_EVER_S),
    "slow_body": lambda _, answer, amount: break_answer(answer, pause_s=amount or 0.5),
    "reset": lambda _, answer, __: break_answer(answer, reset=True),
    "reset_midway": lambda _, answer, __: break_answer(answer, reset=True, cut_at=_half(answer)),
    "truncated": lambda _, answer, __: break_answer(answer, cut_at=_half(answer)),
    "declared_too_long": lambda _, answer, amount: break_answer(
        answer, declared=len(answer.body) + int(amount or 100)
    ),
    "declared_too_short": lambda _, answer, amount: break_answer(
        answer, declared=max(0, len(answer.body) - int(amount or 100))
    ),
    "gzip_broken": lambda _, answer, __: _gzip_broken(answer),
    "gzip_undeclared": lambda _, answer, __: replace(answer, body=gzip.compress(answer.body, mtime=0)),
    "server_error": lambda _, __, amount: _shown("error.html", int(amount or 500)),
    "rate_limited": lambda _, __, amount: _shown("busy.html", 429, (("Retry-After", f"{amount or 2:g}"),)),
    "busy": lambda _, __, amount: _shown("busy.html", 503, (("Retry-After", f"{amount or 2:g}"),)),
    "not_found": lambda _, __, ___: _shown("not_found.html", 404),
    "gone": lambda _, __, ___: _shown("not_found.html", 410),
    "stub": lambda _, __, ___: html_answer(b""),
    "maintenance": lambda _, __, ___: _shown("maintenance.html"),
    "redirect_loop": lambda asked, _, __: _redirect_loop(asked),
    "cookie_first": lambda asked, answer, _: _cookie_first(asked, answer),
    "to_https": lambda asked, _, __: _to_https(asked),
    "challenge_ruishu": lambda _, __, ___: challenge(),
    "challenge_jsl": lambda _, __, ___: _shown(
        "challenge_jsl.html", 521, (("Set-Cookie", "__jsluid_h=7c1e0d; Path=/"),)
    ),
    "challenge_aliyun": lambda _, __, ___: _shown(
        "challenge_aliyun.html", 200, (("Set-Cookie", "acw_tc=2f624a; Path=/"),)
    ),
    "block_page": lambda _, __, ___: _shown("block_page.html", 403),
}
"""What can happen, by name: from the request, the answer as it should be, and the fault's amount."""
