"""The bytes of each exchange, as they were sent and received: what the archive keeps.

Scrapy hands over a reconstruction: names in one spelling, fields of the connection dropped, chunks joined.
So the protocol of the connection keeps what passes through it, bounded as the body is, and the agent hands
that on with the request. Over TLS it sits within: what it sees is HTTP.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.serialization import Encoding
from scrapy.core.downloader.handlers.http11 import (
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
    _ScrapyAgent,
)
from scrapy.exceptions import DownloadCancelledError
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, ISSLTransport
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, STATUS, ParseError

from archive.warc.entries import Connection
from archive.warc.record_parts import STATUS as STATUS_LINE
from crawler.policy.politeness import POLITENESS

if TYPE_CHECKING:
    from scrapy import Request

_META = "wire_record"


@dataclass(slots=True)
class WireRecord:
    """What went over the wire for one request.

    Attributes:
        sent: the request, in pieces.
        received: interim responses and the response, in pieces.
        connection: over what it came; known once something has come.
        excess: why the rest of the response was not taken in; empty where it was.
    """

    sent: list[bytes] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)
    connection: Connection = field(default_factory=Connection)
    excess: str = ""


def take_wire_record(request: Request) -> WireRecord | None:
    """Return what went over the wire for a request, once; None for an answer that did not come over it."""
    record = request.meta.pop(_META, None)
    return record if isinstance(record, WireRecord) else None


class _NotingTransport:
    """Passes on what is written, and notes it."""

    def __init__(self, transport: Any, sent: list[bytes]) -> None:
        self._transport = transport
        self._sent = sent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        self._sent.append(data)
        self._transport.write(data)

    def writeSequence(self, parts: list[bytes]) -> None:  # noqa: N802 - the interface's name
        self._sent.extend(parts)
        self._transport.writeSequence(parts)


class _StrictStatusParser(_LenientHTTPClientParser):
    """Takes no status that the archive would not read back, and lines as long as a head may be."""

    MAX_LENGTH = POLITENESS.head_bytes

    def statusReceived(self, status: bytes) -> None:  # noqa: N802 - the interface's name
        found = STATUS_LINE.match(status)
        if found is None or found[1] < b"100":
            raise ParseError("the status line has no status of three digits (RFC 9112, 4)", status)  # type: ignore[no-untyped-call]  # Twisted's
        super().statusReceived(status)  # type: ignore[no-untyped-call]  # Twisted's


class RecordingProtocol(_LenientHTTP11ClientProtocol):
    """Keeps what passes, and gives up on a head, a line or a framing without end.

    Twisted bounds each line of a head and Scrapy each body, but neither how many lines a head has, nor what
    the chunks of a body add to it: a server that sends either for as long as it may would fill the memory of
    the crawl, and end every portal.

    Args:
        quiescent: called when the connection may be used again.
        limit: how much of one response is taken in, in bytes; 0 for no limit.
    """

    def __init__(self, quiescent: Any, limit: int) -> None:
        super().__init__(quiescent)  # type: ignore[no-untyped-call]  # Twisted's
        self._limit = limit + POLITENESS.head_bytes if limit else 0
        self._record = WireRecord()
        self._taken = 0
        self._connection: Connection | None = None

    def request(self, request: Any) -> Any:
        """Send a request; its response carries the record as `wire_record`."""
        record = self._record = WireRecord()
        self._taken = 0
        write = request.writeTo
        request.writeTo = lambda transport: write(_NotingTransport(transport, record.sent))
        answered = super().request(request)
        if self._parser is not None:
            self._parser.__class__ = _StrictStatusParser

        def attach(response: Any) -> Any:
            response.wire_record = record
            return response

        return answered.addCallback(attach)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - the interface's name
        """Note what came and pass it on."""
        if self._parser is not None:
            if self._connection is None:
                self._connection = describe_connection(self.transport)
            self._record.connection = self._connection
            self._record.received.append(data)
            # What comes with the end of the head counts too: one read of some 64 kB at most.
            self._taken += len(data)
            if said := self._excess(self._parser.state):
                self._record.excess = said
                self._giveUp(_excess_failure(said))  # type: ignore[no-untyped-call]  # Twisted's
                return
        super().dataReceived(data)  # type: ignore[no-untyped-call]  # Twisted's

    def _excess(self, state: str) -> str:
        if state in {STATUS, HEADER} and self._taken > POLITENESS.head_bytes:
            return f"more than {POLITENESS.head_bytes:,} bytes of header fields"
        if self._limit and self._taken > self._limit:
            return f"more than {self._limit:,} bytes with head and chunks"
        return ""

    def _finishResponse(self, rest: bytes) -> None:  # noqa: N802 - the interface's name
        # What came behind the end of the response belongs to none.
        received = self._record.received
        if rest and received:
            received[-1] = received[-1][: -len(rest)]
        super()._finishResponse(rest)


def _excess_failure(said: str) -> Failure:
    return Failure(DownloadCancelledError(said))  # type: ignore[no-untyped-call]  # Twisted's


def describe_connection(transport: Any) -> Connection:
    """Return over what a connection runs, once it does: the peer, and what TLS agreed on."""
    address = str(transport.getPeer().host)
    if not ISSLTransport.providedBy(transport):
        return Connection(address)
    handle = transport.getHandle()
    chain = handle.get_peer_cert_chain(as_cryptography=True) or ()
    digests = tuple(hashlib.sha256(each.public_bytes(Encoding.DER)).hexdigest() for each in chain)
    return Connection(address, handle.get_protocol_version_name(), handle.get_cipher_name(), digests)


class RecordingFactory(_LenientHTTP11ClientFactory):
    """Makes the connections of a pool.

    Args:
        quiescent: called when a connection may be used again.
        metadata: for the log.
        limit: how much of one response each takes in, in bytes; 0 for no limit.
    """

    def __init__(self, quiescent: Any, metadata: str, limit: int) -> None:
        super().__init__(quiescent, metadata)  # type: ignore[no-untyped-call]  # Twisted's
        self._limit = limit

    def buildProtocol(self, addr: IAddress | None) -> RecordingProtocol:  # noqa: N802 - the interface's name
        """Make the protocol of one connection."""
        del addr
        return RecordingProtocol(self._quiescentCallback, self._limit)


class RecordingAgent(_ScrapyAgent):
    """Scrapy's agent, which hands the record on in the request's `meta`."""

    def _cb_bodyready(self, txresponse: Any, request: Request) -> Any:
        record = request.meta[_META] = txresponse.wire_record
        ready = super()._cb_bodyready(txresponse, request)

        def explain(failure: Failure) -> Failure:
            # To the reader of the body it looks like a connection that was lost.
            return _excess_failure(record.excess) if record.excess else failure

        return ready.addErrback(explain) if isinstance(ready, Deferred) else ready
