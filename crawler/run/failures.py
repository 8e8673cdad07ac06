"""Errors without a response, by the outcome word that each is recorded under.

The words are those of the failure states in `docs/portals.md`. An error carries its cause, the cause its own:
the innermost that the table knows decides, because it is nearest to what happened.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from OpenSSL import SSL
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from service_identity import VerificationError
from twisted.internet import error as tx
from twisted.web import http as tx_http
from twisted.web._newclient import ParseError, _WrapperException

from pipelines.response.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

UNKNOWN = Outcome.FAILED


@dataclass(frozen=True, slots=True)
class _Rule:
    """An error's type, a pattern of its text where the type does not say enough, and the word for it."""

    kind: type[BaseException]
    outcome: Outcome
    pattern: str = ""


_RULES = (
    _Rule(SSL.Error, Outcome.TLS_CERT, r"certificate|self.signed|issuer"),
    _Rule(SSL.Error, Outcome.TLS_LEGACY),
    _Rule(VerificationError, Outcome.TLS_CERT),
    _Rule(DownloadTimeoutError, Outcome.TIMEOUT),
    _Rule(tx.TCPTimedOutError, Outcome.TIMEOUT),
    _Rule(tx.TimeoutError, Outcome.TIMEOUT),
    _Rule(DownloadConnectionRefusedError, Outcome.REFUSED),
    _Rule(tx.ConnectionRefusedError, Outcome.REFUSED),
    _Rule(CannotResolveHostError, Outcome.DNS),
    _Rule(tx.DNSLookupError, Outcome.DNS),
    _Rule(DownloadCancelledError, Outcome.TOO_LARGE),
    _Rule(UnsupportedURLSchemeError, UNKNOWN),
    _Rule(ParseError, UNKNOWN),
    _Rule(ResponseDataLossError, Outcome.RESET),
    _Rule(tx_http._DataLoss, Outcome.RESET),  # noqa: SLF001 - Twisted raises it and gives it no public name
    _Rule(tx.ConnectionLost, Outcome.RESET),
    _Rule(tx.ConnectionDone, Outcome.RESET),
    _Rule(tx.ConnectionAborted, Outcome.RESET),
    _Rule(tx.ConnectError, UNKNOWN),
)

TRANSPORT_ERRORS: tuple[type[BaseException], ...] = (
    *(rule.kind for rule in _RULES),
    DownloadFailedError,
    OSError,
)
"""What keeps an answer from coming; anything else is a fault of ours."""


def outcome_of(error: BaseException) -> Outcome:
    """Return the outcome word of an error; `failed` for one that the table does not know."""
    for each in reversed(list(_causes(error))):
        for rule in _RULES:
            if isinstance(each, rule.kind) and re.search(rule.pattern, str(each), re.IGNORECASE):
                return rule.outcome
    return UNKNOWN


def describe_error(error: BaseException) -> str:
    """Return an error and its causes in one line, outermost first."""
    said = dict.fromkeys(f"{type(each).__name__}: {each}".rstrip(": ") for each in _causes(error))
    return " < ".join(said)[:2000]


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error itself, then what it was raised from, then what Twisted wrapped up in that."""
    if error is None:
        return
    yield error
    if isinstance(error, _WrapperException):
        for reason in error.reasons:
            yield from _causes(reason.value)
    yield from _causes(error.__cause__)
