"""A walk through the site by its links: a few pages of every kind."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import lxml.html

from tests.soak import SOAK

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.web.conftest import Site

SEEDS = (
    "/",
    "/gongkai",
    "/-/download",
    "/-/about",
    "/-/search?q=公",
    "/-/compare",
    "/-/checks",
    "/-/coverage",
    "/-/regions",
    "/-/changes",
    "/-/copied",
    "/-/followup",
    "/gongkai/documents?_facet=title&_facet=issuer",
    "/gongkai?sql=select title, url as 链接, text from documents, sections limit 200",
    *(f"/-/feeds/{kind}.atom" for kind in ("documents", "changes", "withdrawals", "checks")),
    *(f"/gongkai/{table}" for table in ("captures", "facts", "portals", "issuers", "runs", "check_failures")),
)
MOST_OF_A_SHAPE = 3
FEW_OF_A_SHAPE = MOST_OF_A_SHAPE if SOAK else 1
"""Where each page costs, and all of a shape are made by one template: in `make test` one."""

MOST_PAGES = 260


def shape(address: str) -> tuple[str, ...]:
    """Return what kind of page an address leads to: its path without ids, the names of its arguments."""
    place = urlsplit(address)
    names = sorted({pair.partition("=")[0] for pair in place.query.split("&")} - {"lang"})
    return (*place.path.split("/")[1:3], str(place.path.count("/")), *names[:2])


def walked(site: Site, *more: str, of_a_shape: int = MOST_OF_A_SHAPE) -> Iterator[tuple[str, httpx.Response]]:
    """Yield the pages that links lead to from the seeds and more addresses, a few of each kind."""
    waiting, known, shapes = [*SEEDS, *more], {*SEEDS, *more}, Counter[tuple[str, ...]]()
    for _ in range(MOST_PAGES):
        if not waiting:
            return
        address = waiting.pop(0)
        answer = site.get(address)
        yield address, answer
        if not answer.text.strip() or not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        page = lxml.html.document_fromstring(answer.text)
        for link in dict.fromkeys(page.xpath("//@href | //@src | //@action | //@formaction | //@cite")):
            target = urljoin(address, link).partition("#")[0]
            kind = shape(target)
            if target.startswith("/") and target not in known and shapes[kind] < of_a_shape:
                shapes[kind] += 1
                known.add(target)
                waiting.append(target)
