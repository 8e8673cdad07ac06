"""What appeared, changed, vanished or moved in the last nights, with its evidence: `/-/changes`.

    runs ─▶ the nights, those without a run among them ─▶ counts, ticks
    changes ─▶ entries by night, those whose figures changed first, with their evidence

What merely appeared is counted and not listed: the first night of a portal is thousands of lines long. What
cannot be reached is no change, and has a list of its own.

What nights told stands in their kept reports: `/-/nights` lists them, `/-/nights?night=ID` names the
documents of one. Of what went wrong neither says anything: that is the operator's.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import NotFound

from gongkai.nights.kept_reports import kept_nights, load_reports, with_titles
from gongkai.nights.night_report import NAMED_KINDS
from gongkai.web.thresholds import PAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archive.data_folder import DataDir
    from gongkai.nights.night_report import NightReport
    from gongkai.web.pages.page_queries import Queries, Rows, Visit

KINDS = ("changed", "withdrawn", "retracted", "returned", "moved", "appeared")


@dataclass(frozen=True, slots=True)
class Night:
    """A night.

    Attributes:
        day: the Shanghai date on which its runs started.
        was_crawled: whether there was a run that crawls.
        counts: kind → how many.
    """

    day: dt.date
    was_crawled: bool
    counts: Counter[str]

    @property
    def told(self) -> int:
        """How many things happened; what merely appeared is counted and not listed."""
        return self.counts.total() - self.counts["appeared"]


async def read_changes(visit: Visit) -> dict[str, Any]:
    """Return the nights, what happened in them with its proof, and what cannot be reached."""
    runs = await visit.queries.read_rows("runs")
    nights: dict[str, Any] = await _read_nights(visit.queries, runs) if runs else {"nights": ()}
    unreachable = await visit.queries.read_rows("unreachable", most=PAGES.changes_listed)
    reports, _ = await asyncio.to_thread(_read_reports, visit.database.data)
    return {**nights, "kinds": KINDS, "unreachable": unreachable, "reports": reports}


async def _read_nights(queries: Queries, runs: Rows) -> dict[str, Any]:
    days = last_days(dt.date.fromisoformat(runs[0]["night"]))
    span = {"first": days[0].isoformat(), "last": days[-1].isoformat()}
    crawled = {dt.date.fromisoformat(run["night"]) for run in runs if run["is_crawl"]}
    nights = nights_of(days, crawled, await queries.read_rows("counts", **span))
    entries = await queries.read_rows("entries", **span, most=PAGES.changes_listed)
    totals = sum((night.counts for night in nights), Counter[str]())
    listed = sum(totals[kind] for kind in KINDS if kind != "appeared")
    most = max(night.told for night in nights)
    return {
        "nights": nights,
        "fullest": [night for night in nights if most and night.told == most],
        "totals": totals,
        "with_figures": await queries.read_rows("with_figures", **span, most=PAGES.changes_with_figures),
        "by_night": [(day, list(each)) for day, each in groupby(entries, key=lambda row: row["night"])],
        "listed": len(entries),
        "not_listed": listed - len(entries),
    }


def last_days(newest: dt.date) -> tuple[dt.date, ...]:
    """Return the days that the page tells of, the oldest first."""
    return tuple(newest - dt.timedelta(days=back) for back in reversed(range(PAGES.changes_nights)))


def nights_of(days: Sequence[dt.date], crawled: Iterable[dt.date], counted: Rows) -> tuple[Night, ...]:
    """Put together what happened by night.

    Args:
        days: the oldest first.
        crawled: days with a run that crawls.
        counted: rows of `night`, `kind` and `changes`.
    """
    of = {day.isoformat(): Counter[str]() for day in days}
    for row in counted:
        of[row["night"]][row["kind"]] += row["changes"]
    looked = frozenset(crawled)
    return tuple(Night(day, day in looked, of[day.isoformat()]) for day in days)


async def read_nights(visit: Visit) -> dict[str, Any]:
    """Return the newest nights of which a report is kept, and the documents that one of them names.

    Raises:
        NotFound: no report of that night is kept, or it cannot be read.
    """
    night = visit.read_text("night")
    reports, asked = await asyncio.to_thread(_read_reports, visit.database.data, night)
    if night and not asked:
        raise NotFound("no such night")
    told = {kind: getattr(asked, kind) for kind in NAMED_KINDS} if asked else {}
    ids = [it.id for documents in told.values() for it in documents]
    rows = await visit.queries.read_rows("shown", ids=json.dumps(ids))
    # Where the copy has a title that may not stand in the report, the document is to be hidden by now.
    shown = {(row["id"], row["title"]) for row in rows}
    named = {kind: [it for it in told[kind] if (it.id, it.title) in shown] for kind in told}
    return {"nights": reports, "shown": asked, "named": named}


def _read_reports(data: DataDir, night: str = "") -> tuple[list[NightReport], NightReport | None]:
    """Return the newest kept reports that can be read, the newest first, and that of a night, likewise."""
    kept = kept_nights(data)
    newest, _ = load_reports(data, kept[-PAGES.snapshots :])
    asked, _ = load_reports(data, [each for each in kept if each == night])
    return newest[::-1], with_titles(asked[0], data) if asked else None
