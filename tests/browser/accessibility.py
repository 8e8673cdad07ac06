"""What axe-core finds in a page.

axe-core is Deque's, under MPL-2.0. It is taken unmodified from the package axe-playwright-python, runs in
tests only, and is no part of what gongkai ships.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from axe_playwright_python.base import AXE_SCRIPT

if TYPE_CHECKING:
    from playwright.sync_api import Page

GRAVE = {"serious", "critical"}

# WCAG 2.2's rule on the size of what is touched is off by default.
_OPTIONS = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}


def grave_violations(page: Page) -> list[str]:
    """Return the serious and critical violations: the rule, and up to three places with what is wrong."""
    page.evaluate(AXE_SCRIPT)
    result: dict[str, Any] = page.evaluate("options => axe.run(options)", _OPTIONS)
    return [
        f"{it['impact']} {it['id']}: {place['html'][:200]}\n{place['failureSummary']}"
        for it in result["violations"]
        if it["impact"] in GRAVE
        for place in it["nodes"][:3]
    ]
