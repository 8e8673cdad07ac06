"""No connection to an address that the public cannot reach, whatever name or redirect led there.

    URL host ─▶ GuardedResolver: resolve once, drop forbidden addresses ─▶ connect to exactly what is left

Twisted connects to the very addresses that the name resolver hands it and asks no second time, so there is no
moment between checking and connecting in which a name could change its mind. Literal addresses go through the
resolver too. Loopback is allowed in two cases only: the host is written as loopback, or it is mapped to a
loopback port by `GONGKAI_CONNECT_TO`; the scope middleware lets only a portal that lives there ask.

Zope interfaces leave `self` out of their methods, so what implements them is `Any` to the type checker.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import CannotResolveHostError
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress, IHostnameResolver, IResolutionReceiver
from zope.interface import implementer

from archive.warc.entries import Role
from crawler.errors import CrawlBroken
from crawler.policy.access import PolicyAddon, Refused
from crawler.policy.hosts import check_connect_to, is_forbidden_address, is_loopback_host
from crawler.policy.tls import TlsPolicy
from crawler.policy.wire import RecordingAgent, RecordingFactory
from crawler.request_context import context_of, note_addresses
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
