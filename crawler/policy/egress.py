"""Connections: none to an address that the public cannot reach, and what passes over them is kept.

    URL host ─▶ GuardedResolver: resolve once, drop forbidden addresses ─▶ connect to exactly what is left

Twisted connects to the very addresses that the name resolver hands it and asks no second time, so there is no
moment between checking and connecting in which a name could change its mind. Literal addresses go through the
resolver too. Loopback is allowed in two cases only: the host is written as loopback, or it is mapped to a
loopback port by `GONGKAI_CONNECT_TO`; the scope middleware lets only a portal that lives there ask.

Zope interfaces leave `self` out of their methods, so what implements them is `Any` to the type checker.
"""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
    _ScrapyAgent,
)
from scrapy.exceptions import CannotResolveHostError, DownloadCancelledError
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IHostnameResolver, IResolutionReceiver, ISSLTransport
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, STATUS, ParseError
from zope.interface import implementer

from archive.warc.entries import Connection, Role
from archive.warc.record_parts import STATUS as STATUS_LINE
from crawler.errors import CrawlBroken
from crawler.policy.access import PolicyAddon, Refused
from crawler.policy.hosts import check_connect_to, is_forbidden_address, is_loopback_host
from crawler.policy.politeness import POLITENESS
from crawler.policy.tls import TlsPolicy
from crawler.request_context import WIRE_RECORD, WireRecord, context_of, note_addresses
from pipelines.addresses import host_key
from pipelines.response.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response


@implementer(IHostnameResolver)
class GuardedResolver:
    """The reactor's name resolver, with forbidden addresses left out of every answer.

    Args:
        reactor: whose resolver it wraps, IPv4 and IPv6.
        connect_to: hosts that stand on a loopback port.

    Attributes:
        refused: the forbidden address last met, by host.
        answered: every address that a name led to, forbidden ones included, until it is taken up, by host.
    """

    def __init__(self, reactor: Any, connect_to: Mapping[str, str]) -> None:
        check_connect_to(connect_to)
        self._reactor = reactor
        self._inner = reactor.nameResolver
        self._connect_to = dict(connect_to)
        self.refused: dict[str, str] = {}
        self.answered: dict[str, tuple[str, ...]] = {}

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> GuardedResolver:
        """Make one for a crawling process, as Scrapy asks for it."""
        return cls(reactor, crawler.settings.getdict("GONGKAI_CONNECT_TO"))

    def install_on_reactor(self) -> None:
        """Put it in the place of the one it wraps."""
        self._reactor.installNameResolver(self)

    def resolveHostName(  # noqa: N802 - the interface's name
        self,
        resolutionReceiver: Any,  # noqa: N803 - the interface's names
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        """Resolve a name to the addresses that may be connected to."""
        address, _, port = self._connect_to.get(hostName, f"{hostName}:{portNumber}").rpartition(":")
        host = address.strip("[]")
        self.refused.pop(host, None)
        receiver = _GuardedReceiver(resolutionReceiver, host, self)
        return self._inner.resolveHostName(receiver, host, int(port), addressTypes, transportSemantics)


@implementer(IResolutionReceiver)
class _GuardedReceiver:
    def __init__(self, receiver: Any, host: str, resolver: GuardedResolver) -> None:
        self._receiver = receiver
        self._host = host
        self._resolver = resolver
        self._answered: list[str] = []
        self._may_be_loopback = is_loopback_host(host)

    def resolutionBegan(self, resolutionInProgress: Any) -> None:  # noqa: N802, N803
        self._receiver.resolutionBegan(resolutionInProgress)

    def addressResolved(self, address: IAddress) -> None:  # noqa: N802
        if isinstance(address, (IPv4Address, IPv6Address)):
            resolved = str(address.host)
            self._answered.append(resolved)
            if is_forbidden_address(resolved) and not (self._may_be_loopback and is_loopback_host(resolved)):
                self._resolver.refused[self._host] = resolved
                return
        self._receiver.addressResolved(address)

    def resolutionComplete(self) -> None:  # noqa: N802
        # A host of numbers is its own address, however it is spelt: nobody was asked for it.
        if self._host.rpartition(".")[2][:1].isalpha() and "." in self._host:
            self._resolver.answered[self._host] = tuple(self._answered)
        self._receiver.resolutionComplete()


class GuardedDownloadHandler(HTTP11DownloadHandler):
    """Scrapy's handler, which downloads nothing unless the guard stands, and names what the guard refused.

    Args:
        crawler: whose rules say what may still be asked for.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._rules = PolicyAddon.of(crawler)
        self._contextFactory = TlsPolicy(self._rules.site.tls_ciphers)  # type: ignore[assignment]  # zope's
        pool: Any = self._pool
        pool._factory = partial(RecordingFactory, limit=self._default_maxsize)  # noqa: SLF001 - as Scrapy does

    async def download_request(self, request: Request) -> Response:
        """Download; a host with forbidden addresses only is refused as such, not as a name unknown.

        Raises:
            CrawlBroken: the guard is not installed.
            Refused: every address of the host is forbidden; or, while the request waited, it was given up,
                the night ended, or its budget was spent.
        """
        # It would connect on its own judgement.
        request.meta.pop("proxy", None)
        await self._rules.access.patience.wait(host_key(request.url))
        is_probe = context_of(request).role is Role.PROBE
        self._rules.access.check_now(self._rules.site, request.url, is_probe=is_probe)
        from twisted.internet import reactor  # noqa: PLC0415 - importing it chooses it

        resolver = getattr(reactor, "nameResolver", None)
        if not isinstance(resolver, GuardedResolver):
            raise CrawlBroken(
                "the address guard is not installed", hint="Leave the setting TWISTED_DNS_RESOLVER as it is"
            )
        host = urlsplit(request.url).hostname or ""
        try:
            response = await self._download(request)
        except CannotResolveHostError as error:
            address = resolver.refused.get(host)
            if address is None:
                raise
            reason = f"{host} is {address}, which is not a public address"
            raise Refused(Outcome.ADDRESS_DENIED, reason, kept=True) from error
        finally:
            note_addresses(request, resolver.answered.pop(host, ()))
        return response

    async def _download(self, request: Request) -> Response:
        """Do what the handler of Scrapy does, with an agent that hands on what went over the wire."""
        agent = RecordingAgent(
            contextFactory=self._contextFactory,
            bindAddress=self._bind_address,
            pool=self._pool,
            maxsize=self._default_maxsize,
            fail_on_dataloss=self._fail_on_dataloss,
            crawler=self._crawler,
        )
        with wrap_twisted_exceptions():
            return await maybe_deferred_to_future(agent.download_request(request))


# The bytes of each exchange, as they were sent and received: what the archive keeps.
# Scrapy hands over a reconstruction: names in one spelling, fields of the connection dropped, chunks joined.
# So the protocol of the connection keeps what passes through it, bounded as the body is, and the agent hands
# that on with the request. Over TLS it sits within: what it sees is HTTP.


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
        record = request.meta[WIRE_RECORD] = txresponse.wire_record
        ready = super()._cb_bodyready(txresponse, request)

        def explain(failure: Failure) -> Failure:
            # To the reader of the body it looks like a connection that was lost.
            return _excess_failure(record.excess) if record.excess else failure

        return ready.addErrback(explain) if isinstance(ready, Deferred) else ready
