"""What appeared, changed, vanished or moved in the last nights, with its evidence: `/-/changes`.

    runs ─▶ the nights, those without a run among them ─▶ counts, ticks
    changes ─▶ entries by night, those whose figures changed first ─▶ their captures

What merely appeared is counted and not listed: the first night of a portal is thousands of lines long. What
cannot be reached is no change, and has a list of its own.

What nights told is another page, from their kept reports: `/-/nights`, and `/-/nights?night=ID`, one of them.
Of what went wrong its template says nothing: that is the operator's. Titles are those of the copy that
answers.
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
    from collections.abc import Iterable, Mapping, Sequence

    from archive.data_folder import DataDir
    from gongkai.web.pages.page_queries import Queries, Rows, Visit

    Row = Mapping[str, Any]

KINDS = ("changed", "withdrawn", "retracted", "returned", "moved", "appeared")


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened to a document.

    Attributes:
        row: of `changes`, with the document's title, address and body.
        captures: those that prove it, the oldest first.
        evidence: of the row, read.
    """

    row: Row
    captures: tuple[Row, ...]
    evidence: Mapping[str, Any]

    @property
    def figures(self) -> int:
        """How many figures changed."""
        return int(self.evidence.get("figures_changed", 0))

    @property
    def how(self) -> str:
        """What proves that it is gone, is back or moved: `redirect`, `same_text`, `nights` …; empty else."""
        return str(self.evidence.get("how", "nights")) if "looks" in self.evidence else ""

    @property
    def has_two_texts(self) -> bool:
        """Whether there is a text before and another after it, of one document."""
        before, after = self.row["from_version_id"], self.row["to_version_id"]
        return bool(self.row["kind"] != "moved" and before and after and before != after)


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
    return {**nights, "kinds": KINDS, "unreachable": unreachable}


async def _read_nights(queries: Queries, runs: Rows) -> dict[str, Any]:
    days = last_days(dt.date.fromisoformat(runs[0]["night"]))
    span = {"first": days[0].isoformat(), "last": days[-1].isoformat()}
    crawled = {dt.date.fromisoformat(run["night"]) for run in runs if run["is_crawl"]}
    nights = nights_of(days, crawled, await queries.read_rows("counts", **span))
    rows = await queries.read_rows("entries", **span, most=PAGES.changes_listed)
    with_figures = await queries.read_rows("with_figures", **span, most=PAGES.changes_with_figures)
    used = sorted({capture for row in (*rows, *with_figures) for capture in _proof(row)})
    captures = await queries.read_rows("captures", ids=json.dumps(used))
    entries = [make_entry(row, captures) for row in rows]
    totals = sum((night.counts for night in nights), Counter[str]())
    listed = sum(totals[kind] for kind in KINDS if kind != "appeared")
    return {
        "nights": nights,
        "totals": totals,
        "with_figures": [make_entry(row, captures) for row in with_figures],
        "by_night": [(day, list(each)) for day, each in groupby(entries, key=lambda one: one.row["night"])],
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


def _proof(row: Row) -> list[str]:
    evidence = json.loads(row["evidence"])
    return [look["capture"] for look in evidence.get("looks", ())] or [row["capture_id"]]


def make_entry(row: Row, captures: Sequence[Row]) -> Entry:
    """Put a change and its captures together.

    Args:
        row: of `changes`.
        captures: rows of `captures`, the oldest first; those of other changes may be among them.
    """
    proof = frozenset(_proof(row))
    of_it = tuple(capture for capture in captures if capture["id"] in proof)
    return Entry(row, of_it, json.loads(row["evidence"]))


async def read_nights(visit: Visit) -> dict[str, Any]:
    """Return the newest nights of which a report is kept, and the one that is asked for.

    Raises:
        NotFound: no report of that night is kept, or it cannot be read.
    """
    return await asyncio.to_thread(_read_reports, visit.database.data, visit.read_text("night"))


def _read_reports(data: DataDir, night: str) -> dict[str, Any]:
    kept = kept_nights(data)
    asked, _ = load_reports(data, [each for each in kept if each == night])
    if night and not asked:
        raise NotFound("no such night")
    shown = with_titles(asked[0], data) if asked else None
    newest, _ = load_reports(data, kept[-PAGES.snapshots :])
    return {"nights": newest[::-1], "shown": shown, "kinds": NAMED_KINDS}
