"""`/-/nights`: what nights told, from their kept reports, and `/-/nights?night=ID`, one of them.

Of what went wrong its template says nothing: that is the operator's. Titles are those of the copy that
answers.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import NotFound

from gongkai.nights.kept_reports import kept_nights, load_report, with_titles
from gongkai.nights.night_report import NAMED_KINDS
from gongkai.web.thresholds import PAGES

if TYPE_CHECKING:
    from archive.data_folder import DataDir
    from gongkai.web.pages.page_queries import Visit


async def read_nights(visit: Visit) -> dict[str, Any]:
    """Return the newest nights of which a report is kept, and the one that is asked for.

    Raises:
        NotFound: no report of that night is kept.
    """
    return await asyncio.to_thread(_read_reports, visit.database.data, visit.read_text("night"))


def _read_reports(data: DataDir, night: str) -> dict[str, Any]:
    kept = kept_nights(data)
    if night and night not in kept:
        raise NotFound("no such night")
    shown = with_titles(load_report(data, night), data) if night else None
    newest = [load_report(data, each) for each in reversed(kept[-PAGES.snapshots :])]
    return {"nights": newest, "shown": shown, "kinds": NAMED_KINDS}
