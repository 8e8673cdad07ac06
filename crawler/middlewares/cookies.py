"""Cookies, one jar per host and port: enough for portals that set one and look whether it comes back.

Scrapy's own middleware keeps one jar for all hosts and therefore needs the list of public suffixes, which it
fetches from the network on first use, past every rule of this crawler. With a jar per host nothing can cross.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from scrapy.http.cookies import CookieJar

from pipelines.addresses import host_key

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

MAX_COOKIE_BYTES = 8 * 1024
"""Servers take no longer field, as a rule: a host that sets more would lock us out; its jar is emptied."""


class HostCookiesMiddleware:
    """Sends back to a host what it set, for as long as the run lasts."""

    def __init__(self) -> None:
        self._jars: defaultdict[str, CookieJar] = defaultdict(CookieJar)

    def process_request(self, request: Request) -> None:
        """Set the `Cookie` header of this very host; a redirect carries that of the one before."""
        request.headers.pop("Cookie", None)
        host = host_key(request.url)
        if host not in self._jars:
            return
        self._jars[host].add_cookie_header(request)
        if len(request.headers.get("Cookie") or b"") > MAX_COOKIE_BYTES:
            del request.headers["Cookie"]
            del self._jars[host]

    def process_response(self, request: Request, response: Response) -> Response:
        """Take in what the host set."""
        if "Set-Cookie" in response.headers:
            self._jars[host_key(request.url)].extract_cookies(response, request)
        return response
