"""`/-/nights`: what nights told, from their kept reports, and `/-/nights?night=ID`, one of them.

Of what went wrong it says nothing: that is the operator's. Titles are those of the copy that answers.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import NotFound

from archive.data_folder import DataDir
from gongkai.nights.kept_reports import find_titles, load_reports, with_titles
from gongkai.nights.night_report import NAMED_KINDS
from gongkai.web.thresholds import PAGES

if TYPE_CHECKING:
    from gongkai.nights.night_report import NightReport
    from gongkai.web.pages.page_queries import Visit


async def read_nights(visit: Visit) -> dict[str, Any]:
    """Return the newest nights of which a report is kept, and the one that is asked for.

    Raises:
        NotFound: no report of that night is kept.
    """
    data = DataDir(visit.database.folder.parent)
    night = visit.read_text("night")
    return await asyncio.to_thread(_read_reports, data, night)


def _read_reports(data: DataDir, night: str) -> dict[str, Any]:
    reports = load_reports(data)[::-1]
    shown = next((report for report in reports if report.id == night), None)
    if night and shown is None:
        raise NotFound("no such night")
    if shown:
        shown = with_titles(shown, lambda ids: find_titles(data, ids))
    return {
        "nights": [_outline(report) for report in reports[: PAGES.snapshots]],
        "shown": shown and _outline(shown),
        "named": {kind: getattr(shown, kind) for kind in NAMED_KINDS} if shown else {},
    }


def _outline(report: NightReport) -> dict[str, Any]:
    """Return what the public is told of a night."""
    return {
        "id": report.id,
        "captures": report.captures,
        "portals": len(report.portals),
        "changes": report.changes,
        "is_new": report.is_new,
        "root": report.root,
    }
