"""Connections that give up on a head without end.

Twisted bounds each line of a head and Scrapy each body, but neither how many lines a head has: a server that
sends header fields for as long as it may would fill the memory of the crawl, and with it end every portal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.core.downloader.handlers.http11 import _LenientHTTP11ClientFactory, _LenientHTTP11ClientProtocol
from scrapy.exceptions import DownloadCancelledError
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, STATUS

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress

MAX_HEAD_BYTES = 256 * 1024
"""Far more than any server sends: most refuse to take a head above 8 to 64 kB themselves."""


class _BoundedProtocol(_LenientHTTP11ClientProtocol):
    """Counts what comes in before the head has ended."""

    _head_bytes = 0

    def request(self, request: Any) -> Any:
        self._head_bytes = 0
        return super().request(request)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - the interface's name
        if self._parser is not None and self._parser.state in {STATUS, HEADER}:
            # What comes with the end of the head counts too: one read of some 64 kB at most.
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                said = f"more than {MAX_HEAD_BYTES:,} bytes of header fields"
                self._giveUp(Failure(DownloadCancelledError(said)))  # type: ignore[no-untyped-call]  # Twisted's
                return
        super().dataReceived(data)  # type: ignore[no-untyped-call]  # Twisted's


class BoundedFactory(_LenientHTTP11ClientFactory):
    """Makes the connections of a pool."""

    def buildProtocol(self, addr: IAddress | None) -> _BoundedProtocol:  # noqa: N802 - the interface's name
        """Make the protocol of one connection."""
        del addr
        return _BoundedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]  # Twisted's
