"""axe-core over pages in English, by night and on a phone, and over a figure in another site's frame.

Every kind of page in Chinese, on a desk by day: `test_every_page`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pytest

from tests.browser.accessibility import grave_violations
from tests.browser.page_kinds import EMBEDDED, KINDS, PageKind, in_language
from tests.browser.watching import DESK, PHONE, scrolls_sideways
from tests.soak import first_of, series

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import ViewportSize

    from tests.browser.conftest import Served
    from tests.browser.watching import Walk


@dataclass(frozen=True, slots=True)
class Look:
    """How a page is looked at: its language, the window's size, and the colours that the reader prefers."""

    language: str
    viewport: ViewportSize
    colours: Literal["light", "dark"]


# On a phone those kinds that hold what the others are made of.
ON_A_DESK, ON_A_PHONE = Look("zh", DESK, "light"), Look("en", PHONE, "dark")
ON_PHONES = first_of(
    ("front", "document", "compare-years", "search", "table", "question", "government", "proof", "checks"), 3
)
LOOKS = [(EMBEDDED, ON_A_DESK), *((kind, ON_A_PHONE) for kind in KINDS if kind.name in ON_PHONES)]


@series
@pytest.mark.parametrize(
    ("kind", "look"), LOOKS, ids=[f"{kind.name}-{look.language}" for kind, look in LOOKS]
)
def test_axe_finds_no_serious_barrier(
    walk: Walk, served: Served, screenshots: Path, kind: PageKind, look: Look
) -> None:
    with walk.at(look.viewport, kind.status) as page:
        page.emulate_media(color_scheme=look.colours)
        page.goto(in_language(kind.address(served.data), look.language))
        assert scrolls_sideways(page) is False
        page.screenshot(path=screenshots / f"{kind.name}-{look.language}.jpg", full_page=True)
        assert grave_violations(page) == []
