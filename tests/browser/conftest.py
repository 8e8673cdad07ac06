"""Debian's Chromium before a real server over the demo's three nights."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from gongkai.serving import free_port, serve_command
from tests.browser.watching import LOOPBACK, Walk, Watch, window
from tests.conftest import ROOT
from tests.e2e.conftest import make_demo_nights
from tests.made_once import made_once
from tests.web.conftest import answering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from archive.data_folder import DataDir

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")

ARGUMENTS = (
    # Chromium's own sandbox cannot be set up by root, which CI is; the pages are ours and hold no script.
    "--no-sandbox",
    # Whatever would leave this machine finds no name, beyond what the tests see of the pages' own requests.
    f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {LOOPBACK}",
)


@dataclass(frozen=True, slots=True)
class Served:
    """The demo as it is served.

    Attributes:
        address: of the site, without a closing slash.
        data: what is served.
    """

    address: str
    data: DataDir


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path; skips where there is none."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if not found:
        pytest.skip(f"no browser: none of {', '.join(CHROMIUM)} is on PATH (apt install chromium)")
    return found


@pytest.fixture(scope="session")
def served(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:  # noqa: ARG001 not harvested for nobody
    """The demo's three nights, served."""
    data = made_once(tmp_path_factory, "demo-nights", make_demo_nights).data
    port = free_port(LOOPBACK)
    with answering(serve_command(data, port=port), port) as address:
        yield Served(address, data)


# Not for the session: while Playwright runs, no other test of the process can start an event loop.
@pytest.fixture(scope="module")
def browser(chromium: str, served: Served) -> Iterator[Browser]:  # noqa: ARG001 harvested before, for the same reason
    """The browser, started once for the tests of a file."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def walk(browser: Browser, served: Served) -> Iterator[Walk]:
    """A window for all pages that the tests of a file look at one after the other."""
    watch = Watch()
    context = browser.new_context(base_url=served.address, locale="zh-CN")
    watch.attach(context)
    yield Walk(context.new_page(), watch)
    context.close()


@pytest.fixture
def reader(browser: Browser, served: Served) -> Iterator[Page]:
    """A reader of Chinese who has just opened the front page; fails when anything goes wrong unseen."""
    with window(browser, served.address) as page:
        page.goto("/")
        yield page


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """The folder that keeps what the pages looked like, for whoever looks at a run of CI."""
    folder = Path(os.environ.get("GONGKAI_SCREENSHOTS") or ROOT / "build" / "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
