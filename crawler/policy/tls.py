"""TLS as portals speak it: strict, unless a portal's YAML names ciphers of its own; other protocols by name.

Scrapy's own factory cannot lower the security level: Twisted takes `@SECLEVEL=` out of a cipher string
(twisted issue 11903). Certificates are verified under every cipher string.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from OpenSSL import SSL
from twisted.internet._sslverify import ClientTLSOptions
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer

if TYPE_CHECKING:
    from twisted.protocols.tls import TLSMemoryBIOProtocol

TLCP, HTTP2 = "TLCP", "HTTP/2"
"""What the errors of `_NamingConnection` name."""

# SSL_OP_LEGACY_SERVER_CONNECT: servers without RFC 5746, which pyOpenSSL has no name for.
_LEGACY_SERVER_CONNECT = 0x4


class _NamingConnection(SSL.Connection):
    """A connection whose error names the protocol of a server that speaks neither TLS nor HTTP/1.1."""

    _head = b""
    _is_first = True

    def bio_write(self, buf: Any) -> int:
        """Take in what the server sent; its first bytes are remembered."""
        self._head = self._head or bytes(buf[:3])
        return super().bio_write(buf)

    def do_handshake(self) -> None:
        """Go on with the handshake.

        Raises:
            SSL.Error: it failed, or waits for more. An alert or a ServerHello of version 1.1 is TLCP, which
                counts on its own (GB/T 38636-2020, 6.3.3); TLS counts from 3.1.
        """
        try:
            super().do_handshake()
        except SSL.WantReadError:
            raise
        except SSL.Error:
            if self._head in {b"\x15\x01\x01", b"\x16\x01\x01"}:
                raise _error(f"{TLCP}: the host speaks the national protocol (SM2) only") from None
            raise

    def recv(self, bufsiz: int, flags: int | None = None) -> bytes:
        """Return what the server said.

        Raises:
            SSL.Error: there is nothing, or it begins with a frame of HTTP/2 (SETTINGS or GOAWAY on stream 0;
                RFC 9113, 3.4 and 5.4.1).
        """
        said = super().recv(bufsiz, flags)
        if self._is_first and said[3:4] in {b"\x04", b"\x07"} and said[5:9] == bytes(4):
            raise _error(f"{HTTP2}: the host answers HTTP/1.1 with a frame of HTTP/2")
        self._is_first = False
        return said


def _error(said: str) -> SSL.Error:
    """An error in the form of OpenSSL's own, as Twisted takes them apart: library, function, reason."""
    return SSL.Error([("gongkai", "", said)])


@functools.cache
def _make_context(ciphers: str | None) -> SSL.Context:
    """Make the context of a cipher string, once: reading the system's certificates takes 20 ms a time."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_default_verify_paths()
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    context.set_min_proto_version(SSL.TLS1_VERSION if ciphers else SSL.TLS1_2_VERSION)
    context.set_options(_LEGACY_SERVER_CONNECT if ciphers else 0)
    context.set_alpn_protos([b"http/1.1"])
    context.set_cipher_list((ciphers or "DEFAULT").encode())
    return context


@implementer(IPolicyForHTTPS)
class TlsPolicy:
    """How the hosts of a portal are connected to.

    Args:
        ciphers: OpenSSL's cipher string for old servers, such as `DEFAULT@SECLEVEL=0`: with it TLS 1.0 and
            1.1 and servers without secure renegotiation are spoken to as well. None: TLS 1.2 and newer.
    """

    def __init__(self, ciphers: str | None) -> None:
        self._context = _make_context(ciphers)

    def creatorForNetloc(self, hostname: bytes, port: int) -> ClientTLSOptions:  # noqa: N802 - the interface's
        """Return what makes the connections to a host, whose certificate must bear its name."""
        del port
        return ClientTLSOptions(self._connect, hostname.decode("ascii"))

    def _connect(self, protocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        del protocol
        return _NamingConnection(self._context)
