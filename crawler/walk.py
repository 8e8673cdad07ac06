"""When a walk over a list is over, and whether it was complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.families.pages.paging import MAX_PAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.frontier.sweeps import Sweep
    from archive.frontier.targets import PageRequest


MAX_ROWS_ON_PAGE = 20_000
"""No page has more; what is beyond them is not read."""

MAX_SHELLS = 50
"""So many pages without rows may lead to the first that has some; two or three do."""

MAX_ROWS = 500_000
"""No list has more."""


def too_much(sweep: Sweep, *, rows: int, pages_read: int) -> str | None:
    """Return why a walk ends that goes further than any list, in words; None while it does not.

    Args:
        sweep: how far it came.
        rows: on the page just read.
        pages_read: so far, those included that hold no rows and only lead to others.
    """
    if rows > MAX_ROWS_ON_PAGE:
        return f"more than {MAX_ROWS_ON_PAGE:,} rows on one page"
    if sweep.found > MAX_ROWS:
        return f"more than {MAX_ROWS:,} rows"
    if pages_read > sweep.pages + MAX_SHELLS:
        return f"more than {MAX_SHELLS} pages without rows of their own"
    return None


def is_over(sweep: Sweep, *, added: int, next_page: PageRequest | None) -> bool:
    """Whether a walk ends with the page just read.

    Args:
        sweep: how far it came.
        added: how many addresses the page showed that no page before it did; a stub, and the first page
            served again under another name, add none.
        next_page: the page that would be next; None where there is none.
    """
    return added == 0 or next_page is None or sweep.pages >= MAX_PAGES


def why_incomplete(sweep: Sweep, page_rows: Sequence[int]) -> str | None:
    """Return why a walk that is over did not see the whole list; None when it did.

    A first page is never taken for a full list: without a declared total, only a last page shorter than
    those before it shows that the list ends there.

    Args:
        sweep: how far it came.
        page_rows: rows on each page that was read, in order.
    """
    if sweep.declared is not None:
        if sweep.found == sweep.declared:
            return None
        return f"declared {sweep.declared} rows, found {sweep.found}"
    if sweep.declared_pages is not None:
        # Stubs after the last page that adds something are read, but do not count as pages.
        if sweep.pages == max(sweep.declared_pages, 1):
            return None
        return f"declared {sweep.declared_pages} pages, found {sweep.pages}"
    # A walk that was cut off may end at a short page, too.
    is_cut = sweep.pages >= MAX_PAGES
    if not is_cut and len(page_rows) > 1 and 0 < page_rows[-1] < max(page_rows):
        return None
    return f"declared nothing, found {sweep.found} rows"
