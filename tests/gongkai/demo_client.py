"""A plain HTTP client for the demo server: one request, everything that came back."""

from __future__ import annotations

import http.client
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gongkai.demo.site import HOST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.portals.site_server import SiteServer


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, header fields in order, and body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def values(self, name: str) -> list[str]:
        """Return every value of a header field."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


def ask(
    server: SiteServer,
    target: str,
    *,
    host: str = HOST,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Reply:
    """Send one request on a connection of its own."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        return ask_on(connection, target, host=host, method=method, headers=headers, body=body)


def ask_on(
    connection: http.client.HTTPConnection,
    target: str,
    *,
    host: str = HOST,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Reply:
    """Send one request on a connection that stays open."""
    connection.request(method, target, body=body, headers={"Host": host, **(headers or {})})
    response = connection.getresponse()
    return Reply(response.status, tuple(response.getheaders()), response.read())
