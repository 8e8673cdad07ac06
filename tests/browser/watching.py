"""A browser window in which nothing goes wrong unseen, and nothing is asked beyond this machine."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import (
        Browser,
        BrowserContext,
        ConsoleMessage,
        Page,
        Request,
        Response,
        ViewportSize,
    )

LOOPBACK = "127.0.0.1"
PHONE: ViewportSize = {"width": 320, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 900}

_PATIENCE_MS = 15_000


@dataclass
class Watch:
    """What a reader would not see go wrong.

    Attributes:
        status: the HTTP status that the pages answer with.
        troubles: console errors, errors of scripts, failed requests, unexpected statuses, foreign addresses.
    """

    status: int = 200
    troubles: list[str] = field(default_factory=list)

    def attach(self, context: BrowserContext) -> None:
        """Look at everything that happens in the context's pages."""
        context.on("console", self._console)
        context.on("weberror", lambda it: self.troubles.append(f"script: {it.error}"))
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # Of a page that answers 404 on purpose the console tells too.
        expected = f"status of {self.status} " in message.text
        if message.type in {"error", "warning"} and not expected:
            self.troubles.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.hostname != LOOPBACK:
            self.troubles.append(f"leaves this machine: {request.url}")

    def _failed(self, request: Request) -> None:
        # The browser ends what it saves as a file, which `expect_download` answers for, and what is still
        # under way when a reader leaves a page. Of what it refuses to run the console tells.
        if "ERR_ABORTED" not in (request.failure or ""):
            self.troubles.append(f"failed: {request.url} {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status != self.status:
            self.troubles.append(f"{response.status}: {response.url}")


@dataclass(frozen=True, slots=True)
class Walk:
    """One window through many pages, in which nothing goes wrong unseen: a new one for each takes a second.

    Attributes:
        page: the window.
        watch: looks at it.
    """

    page: Page
    watch: Watch

    @contextmanager
    def at(self, viewport: ViewportSize, status: int = 200) -> Iterator[Page]:
        """Have the window as a new reader has it, and fail when anything goes wrong in it.

        Args:
            viewport: width and height in CSS pixels.
            status: the HTTP status that the pages answer with.
        """
        self.watch.status = status
        self.page.context.clear_cookies()
        self.page.set_viewport_size(viewport)
        self.page.emulate_media(media="screen")
        try:
            yield self.page
            self.page.goto("about:blank")
            assert not self.watch.troubles, "\n".join(self.watch.troubles)
        finally:
            self.watch.troubles.clear()


@contextmanager
def window(
    browser: Browser,
    address: str,
    *,
    viewport: ViewportSize = DESK,
    scripts: bool = True,
    status: int = 200,
) -> Iterator[Page]:
    """Open a window of a new reader, and fail when anything went wrong in it.

    Args:
        browser: the browser.
        address: of the site; paths are relative to it.
        viewport: width and height in CSS pixels.
        scripts: whether the reader lets scripts run.
        status: the HTTP status that the pages answer with.
    """
    watch = Watch(status)
    context = browser.new_context(
        base_url=address, viewport=viewport, java_script_enabled=scripts, locale="zh-CN"
    )
    try:
        context.set_default_timeout(_PATIENCE_MS)
        watch.attach(context)
        yield context.new_page()
    finally:
        context.close()
    assert not watch.troubles, "\n".join(watch.troubles)


def scrolls_sideways(page: Page) -> bool:
    """Whether a page is wider than its window."""
    return bool(page.evaluate("document.scrollingElement.scrollWidth > window.innerWidth"))


def focus_is_seen(page: Page) -> bool:
    """Whether the focused element, or the shape drawn in it, has an outline or stroke of at least 2 px."""
    return bool(
        page.evaluate(
            """() => [document.activeElement, ...document.activeElement.querySelectorAll("rect")].some(it => {
                 const style = getComputedStyle(it);
                 return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
                   || it instanceof SVGElement && parseFloat(style.strokeWidth) >= 3;
               })"""
        )
    )
